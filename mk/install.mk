# SPDX-License-Identifier: MIT
#
# install.mk - make install: headers, library, command, pkg-config and CMake package.

prefix ?= /usr/local
bindir = $(prefix)/bin
libdir = $(prefix)/lib
includedir = $(prefix)/include
VERSION = $(shell sed -n 's/^.define QUIRE_VERSION "\(.*\)"/\1/p' include/quire/quire.h)
fill_in = sed -e 's|@prefix@|$(prefix)|g' -e 's|@version@|$(VERSION)|g'

.PHONY: install
install: all
	install -d $(DESTDIR)$(includedir)/quire $(DESTDIR)$(libdir)/pkgconfig \
		$(DESTDIR)$(libdir)/cmake/Quire
	install -m 644 include/quire/*.h $(OPTIONS_H) $(if $(PREFIX),$(PREFIX_H)) \
		$(DESTDIR)$(includedir)/quire
	install -m 644 $(B)/libquire.a $(DESTDIR)$(libdir)
	$(fill_in) quire.pc.in > $(DESTDIR)$(libdir)/pkgconfig/quire.pc
	$(fill_in) mk/QuireConfig.cmake.in > $(DESTDIR)$(libdir)/cmake/Quire/QuireConfig.cmake
	$(fill_in) mk/QuireConfigVersion.cmake.in > \
		$(DESTDIR)$(libdir)/cmake/Quire/QuireConfigVersion.cmake
ifneq ($(COMMAND),)
	install -d $(DESTDIR)$(bindir)
	install -m 755 $(COMMAND) $(DESTDIR)$(bindir)
endif
