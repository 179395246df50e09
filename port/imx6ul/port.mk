# SPDX-License-Identifier: MIT
#
# port.mk - the i.MX6UL evaluation kit. What the variables are: mk/kernel.mk.
#
# Compiled with arm-none-eabi-gcc if it is there, else with clang and lld. The image is raw:
# QEMU hands a device tree over in r2 only to what looks like Linux, and an ELF file does not.

MACHINES += imx6ul

imx6ul_gcc := $(shell command -v arm-none-eabi-gcc 2>/dev/null)

imx6ul.cc := $(if $(imx6ul_gcc),arm-none-eabi-gcc,clang)
imx6ul.arch := $(if $(imx6ul_gcc),-mgeneral-regs-only,--target=armv7a-none-eabi -meabi gnu) \
	-mcpu=cortex-a7 -marm -mfloat-abi=soft -mno-unaligned-access
imx6ul.options := NUMA=0 MAX_ORDER=12
imx6ul.format := pt_armv7
imx6ul.srcs := $(filter-out %.lds.S,$(wildcard port/imx6ul/*.c port/imx6ul/*.S))
imx6ul.lds := port/imx6ul/kernel.lds.S
imx6ul.image := kernel.img
# $(2) is the folder of the build: see run_kernel.
imx6ul.qemu = qemu-system-arm -M mcimx6ul-evk -m 512 -nic user -nic user -semihosting \
	-dtb $(B)/$(2)/imx6ul-evk.dtb
imx6ul.passed := 0

# Debian's packages for the commands that are missing.
imx6ul_need = $(if $(shell command -v $(1) 2>/dev/null),,$(2))
imx6ul_missing = $(if $(imx6ul_gcc),,$(call imx6ul_need,clang,clang) \
	$(call imx6ul_need,ld.lld,lld)) $(call imx6ul_need,dtc,device-tree-compiler)

.PHONY: imx6ul-tools
kernel-imx6ul unit-kernel-imx6ul: imx6ul-tools
imx6ul-tools:
	$(if $(strip $(imx6ul_missing)),$(error imx6ul: missing, in Debian's names: \
		$(strip $(imx6ul_missing)); instead of clang and lld, gcc-arm-none-eabi will do))
	@:

ifeq ($(MACHINE),imx6ul)
$(KERNEL_B)/kernel.img: $(KERNEL_B)/kernel.elf $(KERNEL_B)/imx6ul-evk.dtb
	$(call say,IMAGE,$@)
	$(Q)$(OBJCOPY) -I elf32-little -O binary $< $@
$(KERNEL_B)/imx6ul-evk.dtb: port/imx6ul/imx6ul-evk.dts
	$(call say,DTC,$@)
	@mkdir -p $(dir $@)
	$(Q)dtc -q -O dtb -o $@ $<
endif
