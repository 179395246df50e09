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
test_crashes
plan
