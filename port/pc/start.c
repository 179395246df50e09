/* SPDX-License-Identifier: MIT */
/*
 * start.c - the first C: the CPU's tables, the firmware's word, then the kernel.
 */
#include "port/pc/cpu.h"
#include "port/pc/pc.h"

/*
 * The page attribute table as Linux programs it, and as <quire/pgtable_x86.h> expects it,
 * from entry 0 on: WB, WC, UC-, UC, WB, WP, UC-, WT.
 */
#define PAT_VALUE 0x0407050600070106ull

static struct pc_firmware firmware;

_Noreturn void pc_start(u32 start_info);
_Noreturn void pc_start(u32 start_info)
{
	pc_init_tables();
	wrmsr(MSR_PAT, PAT_VALUE);
	pc_read_firmware(start_info, &firmware);
	kernel_main(pc_describe(&firmware), firmware.command_line);
}
