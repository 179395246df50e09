#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# processors.t - the library compiles for processors that no test runs on.
. tests/build/tap.sh

# compiles_for TARGET FOLDERS OPTION... - folders of mm/, with clang's compiler for another processor
compiles_for() {
	local target=$1 folders=$2 folder file
	shift 2
	for folder in $folders; do
		for file in mm/"$folder"/*.c; do
			clang --target="$target" -std=c11 -O0 -Wall -Wextra -Werror -ffreestanding \
				-DCONFIG_SINGLE=1 "$@" -Iinclude -I. -c -o "$scratch/other.o" "$file" || return
		done
	done
}

all=$(cd mm && echo *)
for target in armv7a-none-eabi aarch64-none-elf riscv32-unknown-elf riscv64-unknown-elf; do
	check "it compiles for $target" compiles_for $target "$all"
done
for target in armv7a-none-eabi riscv64-unknown-elf; do
	check "leak detection in a kernel compiles for $target" compiles_for $target "lib boot page debug slab kvirt proc init" \
		-DCONFIG_KMEMLEAK=1
done
# A microcontroller has no page tables, and no atomic instructions.
check "what a microcontroller takes of it compiles for ARMv6-M" \
	compiles_for thumbv6m-none-eabi "lib boot page slab kvirt proc init" -DCONFIG_SMP=0 -DCONFIG_MMU=0
check "and leak detection with it" \
	compiles_for thumbv6m-none-eabi "lib boot page debug slab kvirt proc init" -DCONFIG_SMP=0 -DCONFIG_MMU=0 \
	-DCONFIG_KMEMLEAK=1
# The page tables of all formats are little-endian.
check "all but the page tables compiles for a big-endian processor" \
	compiles_for powerpc64-unknown-elf "lib segment boot page slab kvirt proc init" -DCONFIG_MMU=0
plan
