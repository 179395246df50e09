#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# boot-x86_64.t - the reference kernel on x86-64.
. tests/kernel/machine.sh

boot_and_test x86_64
compare_with_linux "$reference/x86_64-512M.txt"
check "it boots with 8 MB" sized '^  DMA32    empty' "-m 8M"
check "5 GB have three zones" sized 'Normal +\[mem 0x0000000100000000-0x000000017fffffff\]' "-m 5G"
check "also on a CPU without pages of 1 GB" sized 'Normal +\[mem 0x0000000100000000-' "-m 5G -cpu qemu64"
check "a machine that hangs is ended" crashes hang 'still ran after'
test_bench

# A kernel whose library checks itself, and follows what it hands out.
debug_kernel() {
	if ! build "$B/kernel-debug" boot-x86_64 KERNEL_OPTIONS="DEBUG_VM=1 DEBUG_VM_EXPENSIVE=1" QEMU_SECONDS=180 \
		APPEND="quiet test=all" > "$scratch/debug" 2>&1; then
		grep '^not ok' "$scratch/debug" || tail -n 40 "$scratch/debug"
		return 1
	fi
	in_order "$scratch/debug" '^ok .* - nothing was lost so far' '^ok .* - all that is lost on purpose is found: 8 of 8' \
		'^ok .* - and nothing else is reported'
}
check "with all debug checks its tests pass, and its leak detection finds what was lost, and no more" debug_kernel
test_crashes
plan
