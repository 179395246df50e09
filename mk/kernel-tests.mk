# SPDX-License-Identifier: MIT
#
# kernel-tests.mk - the unit tests of mm/ inside a kernel: `make unit-MACHINE` builds the
# machine's kernel with tests/kernel in the place of what it does otherwise, and runs it in
# QEMU. It prints TAP. tests/kernel/kernel_tests.h says how it works.
#
# APPEND is the tests' environment: APPEND=QUIRE_TEST_ONLY=memblock runs those tests alone;
# QUIRE_TEST_SEED, QUIRE_TEST_LOG and QUIRE_TEST_SCALE are as in a process.

UNITS := $(MACHINES:%=unit-%)
UNIT_SECONDS ?= 200

# The library is as in a process, for test machines have what a kernel's may not, but for one
# CPU. MACHINE.unit (optional) tells the port what it else concludes from its kernel's options.
# MACHINE.unit_as (optional) names a machine whose code is the same but for the port: what is
# compiled of the library and the tests is compiled once for both.
UNIT_OPTIONS := SINGLE=0 THREADS=0
# What ports need of kernel/: tests/kernel has another kernel_main. Their own tests go when
# the linker drops what nobody refers to.
UNIT_KERNEL_FILES := $(patsubst %,kernel/%.c,address console hooks text trap)
UNIT_CODE := -ffunction-sections -fdata-sections
# The kernel's command, with more time.
run_unit = $(subst run-qemu ,run-qemu --seconds $(UNIT_SECONDS) ,$(run_kernel))

.PHONY: unit-kernels $(UNITS) $(UNITS:unit-%=unit-kernel-%)
unit-kernels: $(UNITS:unit-%=unit-kernel-%)
$(UNITS:unit-%=unit-kernel-%): unit-kernel-%:
	@$(MAKE) --no-print-directory B=$(B)/unit-$(or $($*.unit_as),$*) KERNEL_B=$(B)/unit-$* \
		MACHINE=$* UNIT=1 CC='$($*.cc)' \
		ARCH_CFLAGS='$($*.arch) $(KERNEL_CODE) $(UNIT_CODE)' OPTIONS='$(UNIT_OPTIONS)' \
		KERNEL_FILES='$(UNIT_KERNEL_FILES)' SANITIZE= PREFIX= PARTS= \
		$(B)/unit-$*/$(or $($*.image),kernel.elf)
# One make at a time writes to the folder that two machines share.
$(foreach machine,$(MACHINES),$(if $($(machine).unit_as),\
	$(eval unit-kernel-$(machine): unit-kernel-$($(machine).unit_as))))
$(UNITS): APPEND := QUIRE_TEST_SCALE=1/20
$(UNITS): unit-%: unit-kernel-%
	@$(call run_unit,$*,unit-$*)

# ---- in the make of one machine

ifneq ($(and $(MACHINE),$(UNIT)),)

UNIT_LAYERS := $(notdir $(wildcard mm/*))
UNIT_TESTS := $(wildcard tests/kernel/*_test.c) tests/support/fixture_test.c \
	$(shell tests/kernel/list-tests $(wildcard $(UNIT_LAYERS:%=tests/%/*_test.c)))
# What test files share, the fixture, and what stands in for a process below it.
UNIT_HELPERS := $(filter-out %_test.c,$(wildcard $(UNIT_LAYERS:%=tests/%/*.c)))
UNIT_SUPPORT := $(filter-out %_test.c %/main.c %/crash.c %/leaks.c %/leaks_host.c,$(wildcard tests/support/*.c))
UNIT_PROCESS := $(filter-out %_test.c,$(wildcard tests/kernel/*.c))
UNIT_FIXTURES := $(wildcard tests/fixtures/*/*.txt)

unit_object = $(1:%.c=$(B)/unit/%.o)
UNIT_OBJS := $(call unit_object,$(UNIT_TESTS) $(UNIT_HELPERS) $(UNIT_SUPPORT) $(UNIT_PROCESS))

# What is called the same in every program gets the file's name: the table of tests, and the
# hooks that a file brings in the place of the fixture's.
unit_name = $(subst /,_,$(basename $(1)))
$(foreach file,$(UNIT_TESTS),$(eval $(call unit_object,$(file)): \
	private unit_flags += -Dtap_tests=tap_$(call unit_name,$(file))))
$(foreach pair,$(shell tests/kernel/list-hooks $(UNIT_TESTS) $(UNIT_HELPERS)),\
	$(eval unit_file := $(firstword $(subst :, ,$(pair))))\
	$(eval unit_hook := $(lastword $(subst :, ,$(pair))))\
	$(eval $(call unit_object,$(unit_file)): \
		private unit_flags += -D$(unit_hook)=$(call unit_name,$(unit_file))_$(unit_hook)))
$(call unit_object,$(UNIT_TESTS) $(UNIT_HELPERS)): private unit_flags += \
	-include tests/kernel/percpu_bounds.h
# The fixture's hooks stand beside the port's, and it sees a little more of a process.
UNIT_HOOKS := port_log port_panic port_cpu_id port_irq_save port_irq_restore port_cpu_relax \
	port_tlb_flush port_wait port_wake
UNIT_WINDOW_HOOKS := port_window_map port_window_unmap
$(call unit_object,$(UNIT_PROCESS) $(filter tests/kernel/%,$(UNIT_TESTS))): private unit_flags += \
	-isystem tests/kernel/support
$(call unit_object,$(UNIT_SUPPORT)): private unit_flags += -isystem tests/kernel/support \
	$(foreach hook,$(UNIT_HOOKS) $(UNIT_WINDOW_HOOKS),-D$(hook)=test_$(hook))

UNIT_CC = $(CC) $(COMMON_FLAGS) -ffreestanding -nostdinc \
	-isystem $(shell $(CC) -print-file-name=include) -isystem tests/kernel/include $(INCLUDES) $(CFLAGS)

$(B)/unit.flags: FORCE
	$(call write_if_changed,echo '$(UNIT_CC)')
$(UNIT_OBJS): $(B)/unit/%.o: %.c $(OPTIONS_H) $(B)/unit.flags
	$(call compile,$(UNIT_CC:$(CC)%=%) $(unit_flags))

# The tables of all files, and the fixtures as they are.
$(B)/unit/lists.c: FORCE
	$(call write_if_changed,tests/kernel/write-lists $(UNIT_TESTS) $(UNIT_FIXTURES))
$(B)/unit/lists.o: $(B)/unit/lists.c $(UNIT_FIXTURES) $(OPTIONS_H) $(B)/unit.flags
	$(call compile,$(UNIT_CC:$(CC)%=%))

# The port knows its own format; the library does not: tests use them all. The image is larger.
UNIT_EARLY := -DEARLY_MAPPED=0x1800000
$(KERNEL_OBJS): private INCLUDES += -DCONFIG_PGTABLE_FORMAT=$($(MACHINE).format) \
	$($(MACHINE).unit) $(UNIT_EARLY)
$(KERNEL_B)/kernel.lds: private INCLUDES += $($(MACHINE).unit) $(UNIT_EARLY)
$(KERNEL_B)/kernel.elf: $(UNIT_OBJS) $(B)/unit/lists.o
$(KERNEL_B)/kernel.elf: private KERNEL_LD += -Wl,--gc-sections \
	$(foreach name,$(UNIT_HOOKS) trap_deliver,-Wl,--wrap=$(name))
$(MACHINE).libs += $(B)/libquire.a

-include $(UNIT_OBJS:.o=.d)
endif
