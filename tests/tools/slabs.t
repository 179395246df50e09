#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# slabs.t - objects in the quire command: which engine a machine has, the shell's commands on kmalloc
# and caches, quire slabs, and slabtop of procps on our slabinfo.
. tests/tools/tools.sh

pc=pc-x86_64-512m
# on LINE... - the lines through a pipe to a shell on that machine; OPTIONS are the shell's
OPTIONS=()
on() {
	printf '%s\n' "$@" | "$QUIRE" shell $pc "${OPTIONS[@]}"
}
# has TEXT LINE... - the shell succeeds, and TEXT, an extended regular expression, is a line of what it prints
has() {
	local text=$1
	shift
	on "$@" > "$scratch/out" 2> "$scratch/err" || { cat "$scratch/out" "$scratch/err"; return 1; }
	grep -qxE -- "$text" "$scratch/out" || { cat "$scratch/out"; return 1; }
}
# ends TEXT LINE... - the shell ends with status 1 and one line on stderr, in which TEXT stands
ends() {
	local text=$1 got=0
	shift
	on "$@" > "$scratch/out" 2> "$scratch/err" || got=$?
	cat "$scratch/out" "$scratch/err"
	[ "$got" -eq 1 ] && [ "$(wc -l < "$scratch/err")" -eq 1 ] && grep -qF -- "$text" "$scratch/err"
}
# with OPTION... -- COMMAND... - the command, with options of the machine for its shells
with() {
	local status
	OPTIONS=()
	while [ "$1" != -- ]; do
		OPTIONS+=("$1")
		shift
	done
	shift
	"$@"
	status=$?
	OPTIONS=()
	return $status
}

# ---- which engine

check "a machine has objects, of the engine slub" shows 'kmem_cache_init: slub, ' "$QUIRE" boot $pc
check "the engine can be said" shows 'kmem_cache_init: slub, ' "$QUIRE" boot $pc --slab slub
check "also that there shall be none" shows 'this machine has no objects' "$QUIRE" boot $pc --slab none
check "a machine as dumped has none: what is free is what was dumped" shows 'this machine has no objects' \
	"$QUIRE" boot imx6ul
check "unless an engine is said" shows 'kmem_cache_init: slub, ' "$QUIRE" boot imx6ul --slab slub
check "an engine that is none is refused" refused 2 'slub, slab or slob' "$QUIRE" boot $pc --slab slug
check "slub_debug= is Linux's: flags for some caches" with --slub_debug=U,kmalloc-8 -- \
	has 'kmalloc-8 +1 +0 +[0-9]+ +8 +5[0-9] .*' 'kmalloc 8' caches
check "others do not have them" with --slub_debug=U,kmalloc-8 -- has 'kmalloc-16 +1 +.* 16 +16 .*' 'kmalloc 16' caches
check "a * stands for what is behind" with --slub_debug=Z,kmalloc-1* -- has 'kmalloc-16 +1 +.* 16 +48 .*' 'kmalloc 16' caches
check "without names all have them" with --slub_debug=P -- has 'kmalloc-16 +1 +0 +.*' 'kmalloc 16' 'kmalloc 16' 'kfree h2' caches
check "without flags it is all but trace" with --slub_debug=,kmalloc-8 -- has '  taken by 0x[0-9a-f]+ on CPU 0' 'kmalloc 8' \
	"object $(with --slub_debug=,kmalloc-8 -- on 'kmalloc 8' | sed 's/.*at //')"
check "a flag that is none is refused" refused 2 'FZPUT' "$QUIRE" boot $pc --slub_debug=FX
check "- means none" with --slub_debug=- -- has 'kmalloc-8 +1 .* 8 +8 .*' 'kmalloc 8' caches
check "two caches that are alike become one" has 'bar: one with foo, .*' 'cache create foo 100' 'cache create bar 100'
check "with slab_nomerge they do not" with --slab_nomerge -- has 'bar: 100 bytes an object, .*' 'cache create foo 100' \
	'cache create bar 100'

# ---- kmalloc

check "kmalloc says where the piece is" has 'h1: 100 bytes in kmalloc-128, at 0x[0-9a-f]+' 'kmalloc 100'
check "or the first of many" has 'h1: 7 pieces of 3000 bytes in kmalloc-4k, the first at 0x[0-9a-f]+' 'kmalloc 3000 7'
check "large ones are pages" has 'h1: 102400 bytes in 32 pages, at 0x[0-9a-f]+000' 'kmalloc 100K'
check "flags choose other caches" has 'h1: 100 bytes in dma-kmalloc-128, at .*' 'kmalloc 100 dma'
check "also behind a count" has 'h1: 2 pieces of 100 bytes in dma-kmalloc-128, .*' 'kmalloc 100 2 dma'
check "handles lists pieces" test "$(on 'kmalloc 64' 'kmalloc 64' 'kfree h1' handles | tail -n 1 | cut -d , -f 1)" = 'h2: 64 bytes in kmalloc-64'
check "kfree gives them back" has 'kmalloc-4k +0 +7 +8 .*' 'kmalloc 3000 7' 'kfree h1' caches
at=$(on 'kmalloc 100' | sed 's/.*at //')
check "also by its address" empty on 'kmalloc 100' "kfree $at" handles '# the first line is' | tail -n +2
gone() { test "$(on 'kmalloc 100' "kfree $at" handles | wc -l)" -eq 1; }
check "which is then held no more" gone
check "a second time it is refused" fails on 'kmalloc 100' "kfree $at" "kfree $at"
check "what is no piece is refused" fails on 'kmalloc 100' "kfree $(printf 0x%x $((at + 8)))"
check "what is no handle is said" ends 'no handle `h7`' 'kfree h7'
check "a size that is none too" ends '`x` is no size' 'kmalloc x'
check "and what cannot be had" fails on 'kmalloc 1G'
check "nothing is lost by that" has 'all is consistent' 'kmalloc 100 1000' '! kmalloc 1G' 'kfree h1' validate
check "a machine without objects says so" with --slab none -- ends 'no objects (--slab slub gives it some)' 'kmalloc 8'

# ---- caches

check "cache create says what a slab has" has 'foo: 1000 bytes an object, 1000 to the next, [0-9]+ in a slab of .*' 'cache create foo 1000'
check "alignment and flags are taken" has 'foo: 100 bytes an object, 256 to the next, .*' 'cache create foo 100 256 NO_MERGE'
check "flags alone too" has 'foo: 100 bytes an object, 128 to the next, .*' 'cache create foo 100 hwcache_align|SLAB_NO_MERGE'
check "a flag that is none is refused" ends 'no flag `fast`' 'cache create foo 100 fast'
check "so is a name that is there" ends 'there is a cache `kmalloc-8`' 'cache create kmalloc-8 8'
check "objects are taken" has 'foo +3 +.*' 'cache create foo 1000' 'cache alloc foo 3' caches
check "and given back" has 'foo +1 +.*' 'cache create foo 1000' 'cache alloc foo 3' 'cache free foo 2' caches
check "all, if nobody says how many" has 'foo +0 +.*' 'cache create foo 1000' 'cache alloc foo 3' 'cache free foo' caches
check "of any cache" has 'kmalloc-64 +10 +.*' 'cache alloc kmalloc-64 10' caches
check "more than are held are not" ends '1 objects of foo are held' 'cache create foo 9' 'cache alloc foo' 'cache free foo 2'
check "a cache that is none is said" ends 'no cache `foo`' 'cache alloc foo'
check "destroy ends one" fails has 'foo .*' 'cache create foo 1000' 'cache alloc foo' 'cache free foo' 'cache destroy foo' 'cat slabinfo'
check "not one of the kernel" ends 'was not made here' 'cache destroy kmalloc-8'
in_use() { on 'cache create foo 1000' 'cache alloc foo 2' '! cache destroy foo' "$@"; }
check "one with objects in use is reported" grep -q '^as expected: .* is kept with them' <(in_use)
check "and kept, for them to be given back" grep -qE '^foo +0 +[0-9]+ ' <(in_use 'cache free foo' 'cat slabinfo')
check "shrink gives slabs back" fails has 'foo .*' 'cache create foo 1000' 'cache alloc foo 9' 'cache free foo' 'cache shrink foo' caches
check "for all caches too" fails has 'foo .*' 'cache create foo 1000' 'cache alloc foo 9' 'cache free foo' shrink caches
check "caches says what is wasted" has 'foo +1 .* 2100 +2104 +[0-9]+ +[0-9]+\.[0-9]%' 'cache create foo 2100' 'cache alloc foo' caches
check "help fits 80 columns" empty awk 'length > 80' <(on 'help kmalloc' 'help cache' 'help caches' 'help slabs')

# ---- object

check "object says which one it is" has "$at: kmalloc-128, object [0-9]+ of the slab at 0x[0-9a-f]+ \(4 KB, node 0\), offset 0" \
	'kmalloc 100' "object $at"
check "from anywhere in it" has '.*: kmalloc-128, object [0-9]+ of .*, offset 99' 'kmalloc 100' "object $(printf 0x%x $((at + 99)))"
check "in use" has '  in use' 'kmalloc 100' "object $at"
check "or free" has '  free, kept by a CPU or a node' 'kmalloc 100 20' 'kfree h1' "object $at"
check "what is in no slab is said" ends 'is in no slab' 'object 0xffff888000000000'
tracked=$(with --slub_debug=U -- on 'kmalloc 100' | sed 's/.*at //')
check "with U it says who took it" with --slub_debug=U -- has '  taken by 0x[0-9a-f]+ on CPU 0' 'kmalloc 100' "object $tracked"
check "and who gave it back" with --slub_debug=U -- has '  given back by 0x[0-9a-f]+ on CPU 0' 'kmalloc 100 2' 'kfree h1' \
	"object $tracked"

# ---- slabs

check "slabs draws a row for each slab" has '  0xffff[0-9a-f]{12}  ###[.o]+' 'cache create foo 1000' 'cache alloc foo 3' 'slabs foo'
check "and all caches" has 'kmem_cache: 3 slabs of 4 KB, .*' slabs
check "to a file, as SVG" on "slabs all $scratch/all.svg"
check "which is XML" python3 -c 'import sys, xml.dom.minidom as m; m.parse(sys.argv[1])' "$scratch/all.svg"
check "a cache that is none is said" ends 'no cache `foo`' 'slabs foo'
check "quire slabs works with objects first" shows 'kmalloc-4k: ' "$QUIRE" slabs $pc
check "and shows free ones, in use, and kept by CPUs" test \
	"$("$QUIRE" slabs $pc | grep -oE ' [#.o]{20,}$' | fold -w 1 | sort -u | tr -d ' \n')" = '#.o'
check "the same seed, the same picture" same "$("$QUIRE" slabs $pc --seed 7)" "$QUIRE" slabs $pc --seed 7
check "another seed, another one" fails same "$("$QUIRE" slabs $pc --seed 7)" "$QUIRE" slabs $pc --seed 8
check "--rows limits it" test "$("$QUIRE" slabs $pc --rows 2 --cache kmalloc-4k | grep -c '^  0x')" -eq 2
check "the cells are the counts" awk '/^kmalloc-4k/ { split($0, n, ", "); split(n[3], m, " "); all = m[3]; used = m[1] }
	/^  0x/ { cells += length($2); hashes += gsub("#", "", $2) } END { exit !(cells == all && hashes == used) }' \
	<("$QUIRE" slabs $pc --cache kmalloc-4k)
check "SVG goes to standard output too" shows '</svg>' "$QUIRE" slabs $pc --svg -
check "it fits 80 columns" empty awk 'length > 80 && !/:/' <("$QUIRE" slabs $pc)
check "a cache that is none is an error" refused 1 'no cache `foo`' "$QUIRE" slabs $pc --cache foo
check "so is a machine without objects" refused 1 'imx6ul has no objects' "$QUIRE" slabs imx6ul
check "and too many pieces" refused 1 'has memory for' "$QUIRE" slabs imx6ul --slab slub --pieces 1000000
check "a full disk is an error" needs_room "$QUIRE" slabs $pc

# ---- slabtop

on 'kmalloc 64' 'cat slabinfo' | sed -n '/^slabinfo/,$p' > "$scratch/slabinfo"
# in_its_place COMMAND... - the command, with our report where the computer has its own
in_its_place() {
	unshare -rm sh -c 'mount --bind "$0" /proc/slabinfo && "$@"' "$scratch/slabinfo" "$@"
}
caches=$(($(wc -l < "$scratch/slabinfo") - 2))
slabtop_reads() {
	in_its_place slabtop -o -s n > "$scratch/slabtop" || { cat "$scratch/slabtop"; return 1; }
	cat "$scratch/slabtop"
	grep -qE "^ Active / Total Caches .* / $caches \(" "$scratch/slabtop" &&
		grep -qE '^ +64 +[0-9]+ +[0-9]+% +0\.06K +1 +64 +4K kmalloc-64' "$scratch/slabtop" &&
		[ "$(grep -cE '%.*K ' "$scratch/slabtop")" -ge "$caches" ]
}
if ! command -v slabtop > /dev/null; then
	skip "slabtop reads slabinfo" "no slabtop (package procps)"
elif ! in_its_place true 2> /dev/null; then
	skip "slabtop reads slabinfo" "/proc/slabinfo cannot be covered here (unshare, mount)"
else
	check "slabtop reads slabinfo" slabtop_reads
fi
plan
