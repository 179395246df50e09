#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# boot-i386.t - the reference kernel on i386, two levels with pages of 4 MB.
. tests/kernel/machine.sh

boot_and_test i386
compare_with_linux "$reference/i386-2G.txt"
check "with 64 MB HighMem is empty" sized '^  HighMem  empty' "-m 64M"
check "of 5 GB it uses what it can address" sized 'HighMem +\[mem 0x0000000036bfe000-0x00000000bffdffff\]' "-m 5G"
test_bench
test_crashes
plan
