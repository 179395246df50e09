#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# prefix.t - with PREFIX=quire_ no symbol escapes the library unprefixed, and what it needs
# are the hooks alone.
. tests/build/tap.sh

defined() {
	nm -g --defined-only "$1" | awk 'NF == 3 { print $3 }' | sort -u
}
# The table of position-independent code is the linker's to make.
undefined() {
	nm -g "$1" | awk '$1 == "U" && $2 != "_GLOBAL_OFFSET_TABLE_" { print $2 }' | sort -u | comm -23 - <(defined "$1")
}
without() {
	"$2" "$3" | grep -vxE "$1"
}

# build_prefixed DIR ARGUMENT... - names are looked at, not what is fast: it is built the fastest way
build_prefixed() {
	build "$1" PREFIX=quire_ O=-O0 CFLAGS='-g0 -w' "${@:2}"
}
check "the library builds with a prefix" build_prefixed "$B/prefixed" "$B/prefixed/libquire.a"
lib=$B/prefixed/libquire.a
check "every symbol it defines has the prefix" empty without 'quire_.*' defined "$lib"
check "alloc_pages is there under its new name" grep -qx quire_alloc_pages <(defined "$lib")
check "what it needs are the hooks, and the memory functions that the C library has" \
	empty without 'port_.*|mem(cpy|move|set|cmp)' undefined "$lib"
check "no name is prefixed twice" empty sh -c "nm -g --defined-only '$lib' | grep quire_quire_"

check "the library of a kernel builds with a prefix" \
	build_prefixed "$B/prefixed-single" OPTIONS=SINGLE=1 "$B/prefixed-single/libquire.a"
lib=$B/prefixed-single/libquire.a
check "kernel: every symbol it defines has the prefix" empty without 'quire_.*' defined "$lib"
check "kernel: its own memory functions too" grep -qx quire_memcpy <(defined "$lib")
check "kernel: what it needs are the hooks alone" empty without 'port_.*' undefined "$lib"

# An embedder with a kernel's own alloc_pages: no clash, and its calls reach the library's.
check "an installed library with a prefix" build_prefixed "$B/prefixed-single" OPTIONS=SINGLE=1 \
	install DESTDIR="$scratch" prefix=/usr
cat > "$scratch/kernel.c" <<'END'
int alloc_pages(void);
int alloc_pages(void) { return 1; }
int memblock_add(void);
int memblock_add(void) { return 1; }
END
embedder() {
	gcc -std=c11 -Wall -Wextra -Werror -I"$scratch/usr/include" -o "$scratch/embedder" \
		tests/build/embedder.c "$scratch/kernel.c" -L"$scratch/usr/lib" -lquire &&
		[ "$("$scratch/embedder")" = "embedder: done" ]
}
check "an embedder that has an alloc_pages of its own" embedder
plan
