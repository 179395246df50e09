#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# options.t - the build options of include/quire/config.h: each value builds a library that
# boots; what is not an option, or out of range, is refused.
. tests/build/tap.sh

# boots ARCH [OPTION...] - a kernel's library with these options boots and allocates by itself
boots() {
	local arch=$1 kernel="gcc $*" tier=3 dir
	dir=$(kernel_dir "$kernel")
	[[ $kernel != *MMU=0* ]] || tier=1
	[[ $kernel != *SMP=0* ]] || tier=0
	build_kernel "$kernel" || return
	gcc $arch -std=c11 -O1 -Wall -Wextra -Werror -ffreestanding $kernel_code ${shown-} -I"$dir/include" -Iinclude -I. \
		-nostdlib -static -o "$scratch/program" tests/build/tier${tier}_main.c \
		-Wl,--whole-archive "$dir/libquire.a" || return
	tests/run-program "$scratch/program"
}
# Options that have nothing to do with each other share a library: one is built sooner than two.
check "one node, no second boot allocator, one format: NUMA=0 BOOTMEM=0 PGTABLE_FORMAT=pt_x86_64" \
	boots -m64 NUMA=0 BOOTMEM=0 PGTABLE_FORMAT=pt_x86_64
check "large pages, larger blocks: PAGE_SHIFT=14 MAX_ORDER=13" boots -m64 PAGE_SHIFT=14 MAX_ORDER=13
check "small pages and blocks, all checks, regions that must grow: MAX_ORDER=4 PAGE_SHIFT=10 \
DEBUG_VM=1 DEBUG_VM_EXPENSIVE=1 INIT_MEMBLOCK_REGIONS=4" \
	boots -m64 MAX_ORDER=4 PAGE_SHIFT=10 DEBUG_VM=1 DEBUG_VM_EXPENSIVE=1 INIT_MEMBLOCK_REGIONS=4
check "the smallest: SMP=0 MMU=0 NUMA=0 HIGHMEM=0 BOOTMEM=0 FAULT_INJECTION=0" \
	boots -m32 SMP=0 MMU=0 NUMA=0 HIGHMEM=0 BOOTMEM=0 FAULT_INJECTION=0
check "no page tables: MMU=0" boots -m64 MMU=0
check "one format, in 32 bits: PGTABLE_FORMAT=pt_i386_pse" boots -m32 PGTABLE_FORMAT=pt_i386_pse
check "addresses wider than a pointer: PHYS_ADDR_T_64BIT=1" boots -m32 PHYS_ADDR_T_64BIT=1

check "leak detection in a kernel: KMEMLEAK=1" boots -m64 KMEMLEAK=1
check "the same in 32 bits, on one CPU" boots -m32 SMP=0 MMU=0 NUMA=0 KMEMLEAK=1
# unwatched SYMBOLS - what of them a kernel has whose machine does not name the detector
unwatched() {
	local dir
	dir=$(kernel_dir "gcc -m64 KMEMLEAK=1")
	gcc -m64 -std=c11 -O1 -ffreestanding $kernel_code -DNO_LEAKS -I"$dir/include" -Iinclude -I. -nostdlib -static \
		-o "$scratch/unwatched" tests/build/tier1_main.c "$dir/libquire.a" || return
	nm "$scratch/unwatched" | grep -E "$1"
}
check "a kernel whose machine does not name it has none of it" empty unwatched ' kmemleak_| quire_kmemleak'

check "no address spaces and nothing that moves, CMA areas lent to nobody: PAGE_EXT=0" boots -m64 PAGE_EXT=0
check "the same without SMP and MMU" boots -m64 SMP=0 MMU=0 PAGE_EXT=0

# reserved OPTION... - kilobytes that are the library's after the boot
reserved() {
	shown=-DSHOWN=LOG_INFO boots -m64 "$@" | sed -n 's/^Memory: .* \([0-9]*\)K reserved.*/\1/p'
}
# Of 32 MB.
saved=$(($(reserved) - $(reserved PAGE_EXT=0)))
check "without page_ext each page costs 24 bytes less" test $saved -eq $((8192 * 24 / 1024))
check "and nothing is left of what moves pages" \
	empty sh -c "nm '$(kernel_dir "gcc -m64 PAGE_EXT=0")/libquire.a' |
		grep -E ' [tTdDrR] .*(migrate_page|compact_|kcompactd|SetPageMovable|isolate_movable)'"

# compiles OPTION... - an embedder's file that sets the private word of a page
compiles() {
	printf '#include <quire/quire.h>\nvoid f(struct page *p);\nvoid f(struct page *p)\n{%s}\n' \
		'set_page_private(p, 1);' | gcc -std=c11 -Werror=implicit-function-declaration -fsyntax-only \
		-Iinclude "${@/#/-DCONFIG_}" -x c -
}
check "page_private is declared with page_ext" compiles SINGLE=1
check "and not declared without" fails compiles SINGLE=1 PAGE_EXT=0

refused() {
	local said
	said=$(build "$B/options/refused" OPTIONS="$2" "$B/options/refused/libquire.a" 2>&1) && return 1
	grep -q -- "$1" <<< "$said" || { echo "$said"; return 1; }
}
check "what is no option is refused, and the options are named" refused "NUMA BOOTMEM" COLOUR=1
check "an option without a value is refused" refused 'NAME=VALUE is expected' SMP
check "a value out of range is refused, and the range is named" refused '1 to 20' MAX_ORDER=21

options_h=$B/options/age/include/quire/options.h
age() {
	build "$B/options/age" OPTIONS="$1" "$options_h" && stat -c %y "$options_h"
}
first=$(age "MAX_ORDER=12")
sleep 0.1
check "options.h defines them" grep -qx '#define CONFIG_MAX_ORDER 12' "$options_h"
check "the same options leave options.h as it is" test "$(age MAX_ORDER=12)" = "$first"
check "other options write it anew" test "$(age MAX_ORDER=10)" != "$first"
check "no options are options too" test "$(age '')" != "$first"
check "options.h then defines nothing" fails grep -q CONFIG_ "$options_h"
plan
