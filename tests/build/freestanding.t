#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# freestanding.t - the library needs no C library and no compiler's helper library: what a
# kernel of each tier uses of it, and all of it, linked with nothing but hooks, leaves no
# symbol undefined, and runs.
. tests/build/tap.sh

# link OUTPUT KERNEL TIER [PARTS] - a program, the hooks of one tier, and of the library what they
# need; PARTS "whole": all of it
link() {
	local compiler arch options dir library
	read -r compiler arch options <<< "$2"
	dir=$(kernel_dir "$2")
	library=$dir/libquire.a
	[ "${4-}" != whole ] || library="-Wl,--whole-archive $library -Wl,--no-whole-archive"
	$compiler "$arch" ${defines-} -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding $kernel_code \
		-I"$dir/include" -Iinclude -I. -nostdlib -static -Wl,--fatal-warnings \
		-o "$1" tests/build/tier"$3"_main.c $library
}

runs() {
	local output
	output=$(tests/run-program "$1")
	local status=$?
	[ $status -eq 0 ] && [ "$output" = "standalone: done" ] && return
	echo "status $status: $output"
	return 1
}

# lacks_symbols PROGRAM SYMBOL...
lacks_symbols() {
	local program=$1 symbols
	shift
	symbols=$(nm "$program") || return
	! grep -E " ($(IFS='|'; echo "$*"))$" <<< "$symbols"
}

for compiler in gcc clang; do
	for arch in -m32 -m64; do
		name="$compiler $arch"
		program=$scratch/$compiler$arch
		check "$name: the library builds" build_kernel "$name"
		for tier in 1 2; do
			check "$name: it links with the hooks of tier $tier and nothing else" \
				link "$program" "$name" $tier
			check "$name: tier $tier boots and allocates" runs "$program"
		done
		check "$name: without a page that can be moved it has nothing that moves pages" \
			lacks_symbols "$program" compact_zone migrate_pages isolate_movable_page cma_alloc
		defines=-DREPORTS check "$name: with all reports it links with the hooks of tier 1" \
			link "$program-reports" "$name" 1
		check "$name: and writes them" runs "$program-reports"
		check "$name: and has nothing of kernel virtual memory" \
			lacks_symbols "$program-reports" 'vmap_[a-z_]*' 'vmalloc[a-z_]*init' pt_walk_range paging_init
		check "$name: all of it links with the hooks of tier 3 and nothing else" \
			link "$program" "$name" 3 whole
		check "$name: tier 3 boots and allocates" runs "$program"
	done
done

# lacks_hooks TIER - what a kernel of this tier uses does not link with the hooks of the tier below
lacks_hooks() {
	local said
	said=$(defines=-DTIER="$1" link "$scratch/none" "gcc -m32" $(($1 - 1)) 2>&1) && return 1
	grep -q 'undefined reference to .port_' <<< "$said" || { echo "$said"; return 1; }
}
for tier in 1 2 3; do
	check "tier $tier needs more hooks than tier $((tier - 1))" lacks_hooks $tier
done

for arch in -m32 -m64; do
	name="gcc $arch SMP=0 MMU=0" program=$scratch/tier0$arch
	check "gcc $arch, SMP=0 MMU=0: the library builds" build_kernel "$name"
	check "gcc $arch, SMP=0 MMU=0: all of it links with the hooks of tier 0 and nothing else" \
		link "$program" "$name" 0 whole
	check "gcc $arch, SMP=0 MMU=0: it boots and allocates" runs "$program"
done

# no_self_call KERNEL - the memory functions are loops: they call nothing
no_self_call() {
	empty sh -c "objdump -dr '$(kernel_dir "$1")/obj/mm/lib/string.o' | grep -E 'call|R_.*mem(cpy|move|set|cmp)'"
}
check "gcc: the memory functions call nothing" no_self_call "gcc -m64"
check "clang: the memory functions call nothing" no_self_call "clang -m64"
plan
