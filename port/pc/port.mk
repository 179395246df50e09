# SPDX-License-Identifier: MIT
#
# port.mk - the three PCs. What the variables are: mk/kernel.mk.

MACHINES += i386 pae x86_64

pc_code := -mgeneral-regs-only -fcf-protection=none -I$(CURDIR)/port/pc/inline
# The kernel does not preempt itself, and has one CPU: what the hooks of tier 1 do is a few instructions.
pc_options := PORT_INLINE=1 PREEMPT=0 CPU_BARRIER=1
pc_qemu := -cpu max -device isa-debug-exit,iobase=0xf4,iosize=1

i386.cc := $(CC)
i386.arch := -m32 -march=pentium3 $(pc_code)
i386.options := NUMA=0 PHYS_ADDR_T_64BIT=0 $(pc_options)
i386.format := pt_i386_pse
i386.unit := -DPC_PAE=0
i386.srcs := $(wildcard port/pc/*.c port/pc/i386/*.c port/pc/i386/*.S)
i386.lds := port/pc/kernel.lds.S
i386.qemu := qemu-system-i386 $(pc_qemu) -m 2G
i386.passed := 33

pae.cc := $(CC)
pae.arch := $(i386.arch)
pae.options := NUMA=0 PHYS_ADDR_T_64BIT=1 $(pc_options)
pae.format := pt_i386_pae
pae.unit_as := i386
pae.srcs := $(i386.srcs)
pae.lds := $(i386.lds)
pae.qemu := $(i386.qemu)
pae.passed := 33

x86_64.cc := $(CC)
x86_64.arch := -m64 -mcmodel=kernel -mno-red-zone $(pc_code)
x86_64.options := $(pc_options)
x86_64.format := pt_x86_64
x86_64.srcs := $(wildcard port/pc/*.c port/pc/x86_64/*.c port/pc/x86_64/*.S)
x86_64.lds := port/pc/kernel.lds.S
x86_64.qemu := qemu-system-x86_64 $(pc_qemu) -m 512M
x86_64.passed := 33
