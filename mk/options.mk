# SPDX-License-Identifier: MIT
#
# options.mk - writes <quire/options.h>, which every file of the library and of its
# embedders includes first, and with PREFIX the <quire/prefix.h> that it includes.

OPTIONS_H := $(B)/include/quire/options.h
PREFIX_H := $(B)/include/quire/prefix.h

$(OPTIONS_H): FORCE $(if $(PREFIX),$(PREFIX_H))
	$(call write_if_changed,mk/write-options "$(if $(PREFIX),quire/prefix.h)" $(OPTIONS))

# The symbols to rename are those of a library with the same options and no prefix. What it
# defines is the same however it is compiled: the fastest way will do.
PLAIN := $(B)/unprefixed
.PHONY: plain-library
plain-library:
	@$(MAKE) --no-print-directory B=$(PLAIN) PREFIX= O=-O0 CFLAGS='$(CFLAGS) -g0 -w' $(PLAIN)/libquire.a

$(PREFIX_H): plain-library
	$(call write_if_changed,mk/write-prefix "$(PREFIX)" "$(NM)" $(PLAIN)/libquire.a)
