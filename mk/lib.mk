# SPDX-License-Identifier: MIT
#
# lib.mk - libquire.a: every C file below mm/, or below the folders of it that PARTS names.

LIB_SRCS := $(call sources,$(if $(PARTS),$(addprefix mm/,$(PARTS)),mm))
LIB_OBJS := $(LIB_SRCS:%.c=$(B)/obj/%.o)

$(LIB_OBJS): $(B)/obj/%.o: %.c $(OPTIONS_H) $(B)/lib.flags
	$(call compile,$(LIB_FLAGS))

# The compiler calls memcpy, memmove, memset and memcmp by these names, whatever a header
# says. A library with a prefix that brings its own calls them by its own names.
MEM_NAMES := memcpy memmove memset memcmp

$(B)/libquire.a: $(LIB_OBJS)
	$(archive)
ifneq ($(PREFIX),)
	$(Q)if $(NM) --defined-only $@ 2>/dev/null | grep -q ' W memcpy$$'; then \
		$(OBJCOPY) $(foreach name,$(MEM_NAMES),--redefine-sym $(name)=$(PREFIX)$(name)) $@; \
	fi
endif

-include $(LIB_OBJS:.o=.d)
