#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# processors.t - the library compiles for processors that no test runs on.
. tests/build/tap.sh

# compiles_for TARGET FOLDERS OPTION... - folders of mm/, with clang's compiler for another processor.
# One process compiles them all: to start it takes longer than to compile most of them. What clang
# starts for one file, it says itself (-###); any number of files may stand at the end of that line.
compiles_for() {
	local target=$1 folders=$2 folder files=() line compiler
	shift 2
	for folder in $folders; do
		files+=(mm/"$folder"/*.c)
	done
	line=$(clang --target="$target" -std=c11 -O0 -Wall -Wextra -Werror -ffreestanding -DCONFIG_SINGLE=1 "$@" \
		-Iinclude -I. -c -o /dev/null "${files[0]}" '-###' 2>&1 | grep '"-cc1"') || return
	eval "compiler=($line)"
	unset 'compiler[-1]'
	"${compiler[@]}" "${files[@]}"
}

# A line that compiled nothing would succeed for any file.
mkdir -p "$scratch/mm/broken"
printf '#include <quire/quire.h>\nint first;\n' > "$scratch/mm/broken/first.c"
printf 'int last = no_such_name;\n' > "$scratch/mm/broken/last.c"
finds_the_last() {
	cd "$scratch" && ln -s "$OLDPWD/include" . && compiles_for riscv64-unknown-elf broken 2> said && return 1
	grep -q "last.c:1:12: error: use of undeclared identifier 'no_such_name'" said
}
check "an error in the last of several files is found" finds_the_last

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
