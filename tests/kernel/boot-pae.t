#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# boot-pae.t - the reference kernel on i386 with PAE.
. tests/kernel/machine.sh

boot_and_test pae
compare_with_linux "$reference/i386pae-2G.txt"
check "RAM above 4 GB is reached" sized 'HighMem +\[mem 0x0000000036ffe000-0x00000001bfffffff\]' "-m 6G"
boots "$scratch/refused" "" QEMU_FLAGS="-cpu qemu32,-nx"
check "a CPU without NX is refused, and told why" has_line '^This CPU will not do: .*NX' "$scratch/refused"
test_crashes
plan
