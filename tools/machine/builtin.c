/* SPDX-License-Identifier: MIT */
/*
 * builtin.c - machines that need no file, written as machine descriptions
 * (docs/machines.md).
 *
 * The two boards' reserved lists are final (as-dumped): the free pages of imx6ul are
 * those that Linux handed to its page allocator, and imx6ul-b10 leaves a given number of
 * free blocks of each order. The PCs have the firmware maps and kernel images of the
 * Linux 6.1 machines that the tests hold them against, with the image at 16 MB, where
 * Linux puts it unless it is told to choose another place at random.
 */
#include <string.h>

#include "tools/machine/machine.h"

/*
 * The dump does not say how the image is divided: the sections are of usual sizes, and
 * bss ends where the image does.
 */
static const char imx6ul[] = "machine imx6ul\n"
			     "arch arm\n"
			     "max-order 11\n"
			     "cpus 1\n"
			     "zone Normal\n"
			     "as-dumped\n"
			     "bank 0x80000000 512M\n"
			     "reserve 0x80003000-0x80007fff\n"
			     "reserve 0x80200000-0x810e8eeb kernel\n"
			     "reserve 0x88000000-0x88014303\n"
			     "reserve 0x8bad3000-0x8bb40fff\n"
			     "reserve 0x8bb413c0-0x8bb433bf\n"
			     "reserve 0x8bb433f4-0x8bffefff\n"
			     "reserve 0x8bfff740-0x8bfff77b\n"
			     "reserve 0x8bfff780-0x8bfff7bb\n"
			     "reserve 0x8bfff7c0-0x8bfff837\n"
			     "reserve 0x8bfff840-0x8bfff843\n"
			     "reserve 0x8bfff880-0x8bfff883\n"
			     "reserve 0x8bfff8c0-0x8bfff8c3\n"
			     "reserve 0x8bfff900-0x8bfff903\n"
			     "reserve 0x8bfff940-0x8bfff9a1\n"
			     "reserve 0x8bfff9c0-0x8bfffa21\n"
			     "reserve 0x8bfffa40-0x8bfffaa1\n"
			     "reserve 0x8bfffaac-0x8bfffac6\n"
			     "reserve 0x8bfffac8-0x8bfffae2\n"
			     "reserve 0x8bfffae4-0x8bfffb5e\n"
			     "reserve 0x8bfffb60-0x8bfffb7a\n"
			     "reserve 0x8bfffb7c-0x8bfffb96\n"
			     "reserve 0x8bfffb98-0x8bfffbb2\n"
			     "reserve 0x8bfffbb4-0x8bfffbce\n"
			     "reserve 0x8bfffbd0-0x8bfffbea\n"
			     "reserve 0x8bfffbec-0x8bfffc06\n"
			     "reserve 0x8bfffc08-0x8bfffc22\n"
			     "reserve 0x8bfffc24-0x8bfffccc\n"
			     "reserve 0x8bfffcd0-0x8bfffce8\n"
			     "reserve 0x8bfffcec-0x8bfffd04\n"
			     "reserve 0x8bfffd08-0x8bfffd20\n"
			     "reserve 0x8bfffd24-0x8bfffd3c\n"
			     "reserve 0x8bfffd40-0x8bfffd5c\n"
			     "reserve 0x8bfffd60-0x8bfffd7c\n"
			     "reserve 0x8bfffd80-0x8bfffdc7\n"
			     "reserve 0x8bfffdd8-0x9fffffff\n"
			     "section text 0x80208000 9216K\n"
			     "section rodata 0x80b08000 2560K\n"
			     "section init 0x80e00000 1024K\n"
			     "section data 0x80f00000 1200K\n"
			     "section bss 0x8102c000-0x810e8eeb\n";

/*
 * The blocks are those of two runs, one above the kernel up to 16 MB and one below the
 * page structures, beside whole blocks of 8 MB and one page tables leave below them.
 *
 *	| 4 free | kernel 2831 | 1261 free | 29 x 2048 free | 1017 free | 1031 taken |
 */
static const char imx6ul_b10[] = "machine imx6ul-b10\n"
				 "arch arm\n"
				 "max-order 12\n"
				 "cpus 1\n"
				 "zone Normal\n"
				 "as-dumped\n"
				 "bank 0x80000000 256M\n"
				 "reserve 0x80004000-0x80007fff \"page tables\"\n"
				 "reserve 0x80008000-0x80b12a3b kernel\n"
				 "reserve 0x8fbf9040-0x8fbfffff\n"
				 "reserve 0x8fc00000-0x8fffffff \"page structures\"\n"
				 "section text 0x80008000 7168K\n"
				 "section rodata 0x80708000 2048K\n"
				 "section init 0x80910000 1024K\n"
				 "section data 0x80a10000 640K\n"
				 "section bss 0x80ab0000-0x80b12a3b\n";

/* What all PCs have below 1 MB and below 4 GB. */
#define PC_LOW_RESOURCES                                 \
	"resource 0x0-0xfff Reserved\n"                  \
	"resource 0x1000-0x9fbff \"System RAM\"\n"       \
	"resource 0x9fc00-0x9ffff Reserved\n"            \
	"resource 0xa0000-0xbffff \"PCI Bus 0000:00\"\n" \
	"resource 0xc0000-0xc9bff \"Video ROM\"\n"       \
	"resource 0xca000-0xca5ff \"Adapter ROM\"\n"     \
	"resource 0xf0000-0xfffff Reserved\n"            \
	"resource 0xf0000-0xfffff \"System ROM\" depth 1\n"
#define PC_HIGH_RESOURCES                                 \
	"resource 0xfec00000-0xfec003ff \"IOAPIC 0\"\n"   \
	"resource 0xfed00000-0xfed003ff \"HPET 0\"\n"     \
	"resource 0xfee00000-0xfee00fff \"Local APIC\"\n" \
	"resource 0xfffc0000-0xffffffff Reserved\n"

/* The image of one kernel for all of them with 64 bits. */
#define X86_64_SECTIONS                        \
	"section text 0x1000000-0x1e01ef1\n"   \
	"section rodata 0x2000000-0x2826fff\n" \
	"section data 0x2a00000-0x2c45dff\n"   \
	"section init 0x2c46000-0x2ed2fff\n"   \
	"section bss 0x32b1000-0x37fffff\n"
#define X86_64_KERNEL_RESOURCES                                    \
	"resource 0x1000000-0x1e01ef1 \"Kernel code\" depth 1\n"   \
	"resource 0x2000000-0x2826fff \"Kernel rodata\" depth 1\n" \
	"resource 0x2a00000-0x2c45dff \"Kernel data\" depth 1\n"   \
	"resource 0x32b1000-0x37fffff \"Kernel bss\" depth 1\n"

static const char pc_i386_2g[] =
	"machine pc-i386-2g\n"
	"arch i386\n"
	"lowmem 0x36bfe000\n"
	"cpus 1\n"
	"bank 0x1000-0x9fbff\n"
	"bank 0x100000-0x7ffdffff\n"
	"reserve 0 1M \"low memory\"\n"
	"reserve 0x1000000-0x1ee5fff kernel\n"
	"reserve 0x36ae7000-0x36bfd903 initrd\n"
	"section text 0x1000000-0x191bc7f\n"
	"section rodata 0x191c000-0x1c38fff\n"
	"section data 0x1c39000-0x1d70bbf\n"
	"section init 0x1d71000-0x1e54fff\n"
	"section bss 0x1e72000-0x1ee5fff\n" PC_LOW_RESOURCES
	"resource 0x100000-0x7ffdffff \"System RAM\"\n"
	"resource 0x1000000-0x191bc7f \"Kernel code\" depth 1\n"
	"resource 0x191c000-0x1c38fff \"Kernel rodata\" depth 1\n"
	"resource 0x1c39000-0x1d70bbf \"Kernel data\" depth 1\n"
	"resource 0x1e72000-0x1ee5fff \"Kernel bss\" depth 1\n"
	"resource 0x7ffe0000-0x7fffffff Reserved\n"
	"resource 0x80000000-0xfebfffff \"PCI Bus 0000:00\"\n" PC_HIGH_RESOURCES;

static const char pc_x86_64_512m[] =
	"machine pc-x86_64-512m\n"
	"arch x86_64\n"
	"cpus 1\n"
	"bank 0x1000-0x9fbff\n"
	"bank 0x100000-0x1ffdffff\n"
	"reserve 0 1M \"low memory\"\n"
	"reserve 0x1000000-0x37fffff kernel\n"
	"reserve 0x1fed4000-0x1ffdffff initrd\n" X86_64_SECTIONS PC_LOW_RESOURCES
	"resource 0x100000-0x1ffdffff \"System RAM\"\n" X86_64_KERNEL_RESOURCES
	"resource 0x1ffe0000-0x1fffffff Reserved\n"
	"resource 0x20000000-0xfebfffff \"PCI Bus 0000:00\"\n" PC_HIGH_RESOURCES;

static const char pc_x86_64_numa[] =
	"machine pc-x86_64-numa\n"
	"arch x86_64\n"
	"cpus 1 node 0\n"
	"cpus 1 node 1\n"
	"distance 0 1 20\n"
	"bank 0x1000-0x9fbff node 0\n"
	"bank 0x100000-0x3fffffff node 0\n"
	"bank 0x40000000-0x7ffdffff node 1\n"
	"reserve 0 1M \"low memory\"\n"
	"reserve 0x1000000-0x37fffff kernel\n"
	"reserve 0x7fed4000-0x7ffdffff initrd\n" X86_64_SECTIONS PC_LOW_RESOURCES
	"resource 0x100000-0x7ffdffff \"System RAM\"\n" X86_64_KERNEL_RESOURCES
	"resource 0x7ffe0000-0x7fffffff Reserved\n"
	"resource 0x80000000-0xfebfffff \"PCI Bus 0000:00\"\n" PC_HIGH_RESOURCES;

/* 256 MB of lowmem's worth of RAM is highmem: the direct map ends at 768 MB. */
static const char arm_1g[] = "machine arm-1g\n"
			     "arch arm\n"
			     "cpus 2\n"
			     "bank 0x80000000 1G\n"
			     "reserve 0x80204000-0x80207fff \"page tables\"\n"
			     "reserve 0x80300000-0x81607587 kernel\n"
			     "reserve 0x88000000-0x88011fff \"device tree\"\n"
			     "reserve 0x88200000-0x882f15e5 initrd\n"
			     "section text 0x80300000 11264K\n"
			     "section rodata 0x80e00000 3732K\n"
			     "section init 0x81200000 2048K\n"
			     "section data 0x81400000 1700K\n"
			     "section bss 0x815a9000-0x81607587\n"
			     "resource 0x02020000-0x02023fff \"2020000.serial serial@2020000\"\n"
			     "resource 0x80000000-0xbfffffff \"System RAM\"\n"
			     "resource 0x80300000-0x811fffff \"Kernel code\" depth 1\n"
			     "resource 0x81400000-0x81607587 \"Kernel data\" depth 1\n";

/* RAM makes room for devices between 3 and 4 GB and goes on above. */
static const char server_64g[] =
	"machine server-64g\n"
	"arch x86_64\n"
	"cpus 16 node 0\n"
	"cpus 16 node 1\n"
	"distance 0 1 21\n"
	"node 0\n"
	"bank 0x1000-0x9fbff\n"
	"bank 0x100000-0xbffdffff\n"
	"bank 4G 29G\n"
	"node 1\n"
	"bank 33G 32G\n"
	"reserve 0 1M \"low memory\"\n"
	"reserve 0x1000000-0x37fffff kernel\n"
	"reserve 0xbc000000-0xbfe3ffff initrd\n" X86_64_SECTIONS PC_LOW_RESOURCES
	"resource 0x100000-0xbffdffff \"System RAM\"\n" X86_64_KERNEL_RESOURCES
	"resource 0xbffe0000-0xbfffffff Reserved\n"
	"resource 0xc0000000-0xfebfffff \"PCI Bus 0000:00\"\n" PC_HIGH_RESOURCES
	"resource 0x100000000-0x103fffffff \"System RAM\"\n";

const struct builtin_machine builtin_machines[] = {
	{ "imx6ul", "golden", "i.MX6UL board, 512 MB, reserved list as dumped from Linux", imx6ul },
	{ "imx6ul-b10", "b10", "i.MX6UL board, 256 MB, orders 0 to 11", imx6ul_b10 },
	{ "pc-i386-2g", "pc-i386 i386", "i386 PC, 2 GB, 1172 MB of it highmem", pc_i386_2g },
	{ "pc-x86_64-512m", "pc-x86_64 x86_64", "x86-64 PC, 512 MB", pc_x86_64_512m },
	{ "pc-x86_64-numa", "pc-numa numa", "x86-64 PC, 2 GB on two nodes", pc_x86_64_numa },
	{ "arm-1g", "arm", "ARM board, 1 GB, 256 MB of it highmem", arm_1g },
	{ "server-64g", "server", "x86-64 server, 64 GB on two nodes", server_64g },
	{ NULL, NULL, NULL, NULL },
};

static bool has_name(const struct builtin_machine *machine, const char *name)
{
	const char *p = machine->aliases;
	size_t length = strlen(name);

	if (!strcmp(machine->name, name))
		return true;
	for (; p && *p; p += strspn(p, " ")) {
		size_t word = strcspn(p, " ");

		if (word == length && !strncmp(p, name, length))
			return true;
		p += word;
	}
	return false;
}

const struct builtin_machine *find_builtin_machine(const char *name)
{
	for (const struct builtin_machine *machine = builtin_machines; machine->name; machine++)
		if (has_name(machine, name))
			return machine;
	return NULL;
}
