# SPDX-License-Identifier: MIT
#
# kernel.mk - the reference kernel on bare metal: `make boot-MACHINE` builds it and runs it in
# QEMU.
#
# A machine is described by port/*/port.mk, which adds its name to MACHINES and sets
#   MACHINE.cc       the compiler
#   MACHINE.arch     its flags for compiling and linking: the CPU, and what code may use
#   MACHINE.options  options of the library beside SINGLE=1, LEAF_ORDER=9 and the format (config.h)
#   MACHINE.format   the page-table format, a constant of the build
#   MACHINE.srcs     the port's C and assembly files
#   MACHINE.lds      the linker script, preprocessed with the same flags
#   MACHINE.libs     what else is linked (optional)
#   MACHINE.image    the file made of kernel.elf that QEMU loads, by a rule of port.mk (kernel.elf)
#   MACHINE.qemu     the command that runs it, but for -kernel and -append
#   MACHINE.passed   QEMU's exit status of a kernel that ends well (0)
# Each machine is built by a make of its own in $(B)/MACHINE, where MACHINE is set. KERNEL_OPTIONS
# adds options of the library: make boot-i386 KERNEL_OPTIONS="DEBUG_VM=1 DEBUG_VM_EXPENSIVE=1".

# Where what is this machine's alone lies; other machines may use the same library.
KERNEL_B ?= $(B)
MACHINES :=
include $(wildcard port/*/port.mk)

# What no kernel has: a C library, position independence, stack canaries, unwinding.
KERNEL_CODE := -ffreestanding -fno-pic -fno-pie -fno-stack-protector \
	-fno-asynchronous-unwind-tables

# $(call kernel_make,MACHINE,FOLDER,OPTIONS,TARGET): a make for this machine
kernel_make = $(MAKE) --no-print-directory B=$(B)/$(2) MACHINE=$(1) CC='$($(1).cc)' \
	ARCH_CFLAGS='$($(1).arch) $(KERNEL_CODE)' OPTIONS='$($(1).options) $(3)' \
	SANITIZE= PREFIX= PARTS= $(B)/$(2)/$(4)

kernel_options = SINGLE=1 LEAF_ORDER=9 PGTABLE_FORMAT=$($(1).format) $(KERNEL_OPTIONS)

.PHONY: list-machines
list-machines:
	@echo $(MACHINES)

.PHONY: kernels $(MACHINES:%=kernel-%) $(MACHINES:%=boot-%)
kernels: $(MACHINES:%=kernel-%)
$(MACHINES:%=kernel-%): kernel-%:
	+@$(call kernel_make,$*,$*,$(call kernel_options,$*),$(or $($*.image),kernel.elf))

APPEND ?= show=buddyinfo
# $(call run_kernel,MACHINE,FOLDER): runs it with the command line APPEND
run_kernel = tools/run-qemu --passed $(or $($(1).passed),0) $($(1).qemu) $(QEMU_FLAGS) \
	-kernel $(B)/$(2)/$(or $($(1).image),kernel.elf) -append '$(APPEND)'
$(MACHINES:%=boot-%): boot-%: kernel-%
	@$(call run_kernel,$*,$*)

# ---- in the make of one machine

ifneq ($(MACHINE),)
KERNEL_FILES ?= $(wildcard kernel/*.c)
KERNEL_SRCS := $(sort $(KERNEL_FILES)) $($(MACHINE).srcs)
KERNEL_OBJS := $(KERNEL_SRCS:%=$(KERNEL_B)/kernel/%.o)
KERNEL_CC = $(CC) $(LIB_FLAGS)
KERNEL_AS = $(CC) $(ARCH_CFLAGS) $(INCLUDES) $(DEBUG_INFO)
KERNEL_CPP = $(CC) $(ARCH_CFLAGS) $(INCLUDES) -std=c11 -E -P -x c -D__ASSEMBLER__
KERNEL_LD = $(CC) $(ARCH_CFLAGS) -nostdlib -static -Wl,--build-id=none -Wl,--fatal-warnings \
	-Wl,-z,noexecstack -Wl,-z,max-page-size=4096

$(KERNEL_B)/kernel.flags: FORCE
	$(call write_if_changed,echo '$(KERNEL_CC) $(KERNEL_AS) $(KERNEL_CPP) $(KERNEL_LD)')
$(filter %.c.o,$(KERNEL_OBJS)): $(KERNEL_B)/kernel/%.c.o: %.c $(OPTIONS_H) $(KERNEL_B)/kernel.flags
	$(call compile,$(LIB_FLAGS))
$(filter %.S.o,$(KERNEL_OBJS)): $(KERNEL_B)/kernel/%.S.o: %.S $(OPTIONS_H) $(KERNEL_B)/kernel.flags
	$(call compile,$(ARCH_CFLAGS) $(INCLUDES) $(DEBUG_INFO))
$(KERNEL_B)/kernel.lds: $($(MACHINE).lds) $(OPTIONS_H) $(KERNEL_B)/kernel.flags
	$(make_dir)
	$(Q)$(KERNEL_CPP) -MMD -MP -MT $@ -MF $@.d -o $@ $<
$(KERNEL_B)/kernel.elf: $(KERNEL_B)/kernel.lds $(KERNEL_OBJS) $(B)/libquire.a
	$(call say,LD,$@)
	$(Q)$(KERNEL_LD) -Wl,-T,$< -o $@ $(filter %.o %.a,$^) $($(MACHINE).libs)

-include $(KERNEL_OBJS:.o=.d) $(KERNEL_B)/kernel.lds.d
endif
