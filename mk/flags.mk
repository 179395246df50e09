# SPDX-License-Identifier: MIT
#
# flags.mk - how things are compiled. Two kinds: the library is freestanding; all else
# is hosted. A change of flags rebuilds what they were used for.

WARNINGS := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wundef \
	-Wvla -Wpointer-arith -Wwrite-strings
O ?= -O2
# Whoever reads no more of it than lines (.ci/run) compiles a quarter faster with -g1.
DEBUG_INFO ?= -g
# Under a sanitizer every variable has a red zone: frames are larger than in the real library.
FRAME := $(if $(SANITIZE),,-Wframe-larger-than=1024)
SANITIZE_FLAGS := $(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-sanitize-recover=all \
	-fno-omit-frame-pointer)
INCLUDES := -I$(B)/include -Iinclude -I.

COMMON_FLAGS = -std=c11 $(WARNINGS) $(O) $(DEBUG_INFO) $(ARCH_CFLAGS) $(SANITIZE_FLAGS)
LIB_FLAGS = $(COMMON_FLAGS) -ffreestanding $(FRAME) $(INCLUDES) $(CFLAGS)
HOST_FLAGS = $(COMMON_FLAGS) -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -pthread $(INCLUDES) $(CFLAGS)
LINK_FLAGS = $(ARCH_CFLAGS) $(SANITIZE_FLAGS) -pthread $(LDFLAGS)

# $(call sources,FOLDERS): the C files below them
sources = $(sort $(shell find $(wildcard $(1)) /dev/null -name '*.c'))

# $(call say,WHAT,FILE): one line for a step, unless V=1 shows the command itself, or -s is given.
QUIET := $(findstring s,$(firstword -$(MAKEFLAGS)))
say = $(if $(V)$(QUIET),,@printf '  %-5s %s\n' '$(1)' '$(2)')

# The folder of $@, made if it is not there: where it is, that costs no process.
make_dir = $(if $(wildcard $(@D)/.),,@mkdir -p $(@D))

# $(call write_if_changed,COMMAND): its output into $@, which keeps its age when it is the same.
define write_if_changed
$(make_dir)
@new=$@.$$$$; $(1) > $$new || { rm -f $$new; exit 1; }; \
	if cmp -s $$new $@; then rm $$new; else mv $$new $@; fi
endef

$(B)/lib.flags: FORCE
	$(call write_if_changed,echo '$(CC) $(LIB_FLAGS)')
$(B)/host.flags: FORCE
	$(call write_if_changed,echo '$(CC) $(HOST_FLAGS) $(LINK_FLAGS)')
$(B)/tools.flags: FORCE
	$(call write_if_changed,echo '$(CC) $(HOST_FLAGS) $(OPTIONAL_FLAGS)')

# Compiles $< to $@: $(call compile,FLAGS)
define compile
$(call say,CC,$<)
$(make_dir)
$(Q)$(CC) -pipe $(1) -MMD -MP -c -o $@ $<
endef

# $(call archive): the objects among $^ into $@
define archive
$(call say,AR,$@)
$(make_dir)
$(Q)rm -f $@
$(Q)$(AR) rcs $@ $(filter %.o,$^)
endef

# $(call link,LIBRARIES): the objects and archives among $^, in this order, into $@
define link
$(call say,LD,$@)
$(make_dir)
$(Q)$(CC) $(LINK_FLAGS) -o $@ $(filter %.o %.a,$^) $(1)
endef
