#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# freestanding.t - the library needs no C library and no compiler's helper library: all of
# it, linked with nothing but the hooks of one tier, leaves no symbol undefined, and runs.
. tests/build/tap.sh

code="-fno-pie -fno-stack-protector"

# link OUTPUT DIR TIER COMPILER ARCH - the whole library and the hooks of one tier
link() {
	$4 "$5" -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding $code -I"$B/$2/include" -Iinclude -I. \
		-nostdlib -static -Wl,--fatal-warnings -o "$1" tests/build/tier"$3"_main.c \
		-Wl,--whole-archive "$B/$2/libquire.a" -Wl,--no-whole-archive
}

runs() {
	local output
	output=$("$1")
	local status=$?
	[ $status -eq 0 ] && [ "$output" = "standalone: done" ] && return
	echo "status $status: $output"
	return 1
}

for compiler in gcc clang; do
	for arch in -m32 -m64; do
		name="$compiler $arch"
		dir=freestanding-$compiler$arch
		check "$name: the library builds" build "$B/$dir" CC=$compiler ARCH_CFLAGS="$arch $code" \
			OPTIONS=SINGLE=1 "$B/$dir/libquire.a"
		check "$name: it links with the hooks of tier 1 and nothing else" \
			link "$scratch/$dir" "$dir" 1 $compiler $arch
		check "$name: it boots and allocates" runs "$scratch/$dir"
	done
done

check "tier 1 needs more hooks than tier 0" fails link "$scratch/none" freestanding-gcc-m64 0 gcc -m64

for arch in -m32 -m64; do
	dir=tier0$arch
	check "gcc $arch, SMP=0: the library builds" build "$B/$dir" ARCH_CFLAGS="$arch $code" \
		OPTIONS="SINGLE=1 SMP=0" "$B/$dir/libquire.a"
	check "gcc $arch, SMP=0: it links with the hooks of tier 0 and nothing else" \
		link "$scratch/$dir" "$dir" 0 gcc $arch
	check "gcc $arch, SMP=0: it boots and allocates" runs "$scratch/$dir"
done

# compiles_for TARGET FOLDERS OPTION... - folders of mm/, with clang's compiler for another processor
compiles_for() {
	local target=$1 folders=$2 folder file
	shift 2
	for folder in $folders; do
		for file in mm/"$folder"/*.c; do
			clang --target="$target" -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding \
				-DCONFIG_SINGLE=1 "$@" -Iinclude -I. -c -o "$scratch/other.o" "$file" || return
		done
	done
}

all=$(cd mm && echo *)
for target in armv7a-none-eabi aarch64-none-elf riscv32-unknown-elf riscv64-unknown-elf; do
	check "it compiles for $target" compiles_for $target "$all"
done
# A microcontroller has no page tables, and no atomic instructions.
check "what a microcontroller takes of it compiles for ARMv6-M" \
	compiles_for thumbv6m-none-eabi "lib boot page proc init" -DCONFIG_SMP=0
# The page tables of all formats are little-endian.
check "all but the page tables compiles for a big-endian processor" \
	compiles_for powerpc64-unknown-elf "lib segment boot page proc init"

# no_self_call DIR - the memory functions are loops: they call nothing
no_self_call() {
	empty sh -c "objdump -dr '$B/$1/obj/mm/lib/string.o' | grep -E 'call|R_.*mem(cpy|move|set|cmp)'"
}
check "gcc: the memory functions call nothing" no_self_call freestanding-gcc-m64
check "clang: the memory functions call nothing" no_self_call freestanding-clang-m64
plan
