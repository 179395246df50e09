#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# slab_bench.t - the bench of the object allocators: what every subject hands out is checked, and
# the tables are printed, of few objects. Peers need not be there.
. tests/build/tap.sh
unset QUIRE_BENCH_TSV

bench=$B/bench/slab_bench
small=(--runs 1 --steps 4000 --live 2000)

check "slab_bench builds" build "$B" "$bench"

checks_out() {
	"$bench" --check --size 32,96,1024 --subject "$1" > "$scratch/out" 2>&1 || { cat "$scratch/out"; return 1; }
	[ "$(grep -cE "^$1, (32|96|1024): 0 faults\$" "$scratch/out")" -eq 3 ]
}
for subject in floor kmem_cache kmalloc glibc; do
	check "$subject: each object is aligned, its own and unchanged" checks_out $subject
done

several_nodes() {
	"$bench" --check --size 32,1024 --nodes 5 --subject kmem_cache,kmalloc > "$scratch/out" 2>&1 || { cat "$scratch/out"; return 1; }
	[ "$(grep -cE "^(kmem_cache|kmalloc), (32|1024): 0 faults\$" "$scratch/out")" -eq 4 ]
}
check "so it is on a machine of five nodes" several_nodes

# finds SUBJECT TEXT - the faulty subject is found out, by a line with that text
finds() {
	"$bench" --check --size 64 --subject "$1" > "$scratch/out" 2>&1 && return 1
	grep -q -- "$2" "$scratch/out" || { cat "$scratch/out"; return 1; }
}
check "an object handed out twice is found" finds twice 'is handed out, and somebody holds it'
check "what was written to by two is found" finds twice 'somebody else has written to it'
check "a misaligned object is found" finds misaligned 'is not aligned'
check "one that ends in the next is found" finds short 'begins within another one'
faulty_is_not_measured() {
	"$bench" "${small[@]}" --size 64 --subject twice > "$scratch/out" 2>&1 && return 1
	! grep -q 'ns an operation' "$scratch/out"
}
check "what is not sound is not measured" faulty_is_not_measured

# ---- the tables

measures() {
	QUIRE_BENCH_TSV=$scratch/tsv "$bench" "${small[@]}" --size 64,256 > "$scratch/out"
}
shows() {
	grep -qE -- "$1" "$scratch/out" || { echo "no line like: $1"; cat "$scratch/out"; return 1; }
}
check "it measures" measures
for workload in pair "batch LIFO" "batch FIFO" "batch random" steady; do
	check "$workload has a table" shows "^$workload: ns an operation\$"
done
check "memory has one" shows '^memory: bytes taken for each byte in use$'
check "a row names each size" test "$(grep -cE '^ +64( +[0-9.-]+){4}' "$scratch/out")" -ge 6
check "there are geometric means" shows '^ +best peer:kmalloc +[0-9.]+$'
check "it is told where a peer is ahead" shows '^  kmem_cache is behind in [0-9]+ of [0-9]+ rows$'
check "the figures are in the file too" \
	grep -qE "^slab	steady	256	1	kmem_cache	[0-9.]+	ns/operation\$" "$scratch/tsv"
check "memory as well" grep -qE "^slab	memory	64	1	kmalloc	[0-9.]+	bytes/byte\$" "$scratch/tsv"

ratio() {
	"$bench" "${small[@]}" --size 64 --workload pair --subject kmalloc,glibc > "$scratch/out" &&
		awk '$1 == 64 { found = 1; want = $3 / $2; bad = $5 > 1.05 * want || $5 < 0.95 * want }
			END { exit !found || bad }' "$scratch/out"
}
check "a ratio is that of the best peer to ours" ratio
chosen() {
	"$bench" "${small[@]}" --size 64 --workload FIFO --subject floor > "$scratch/out" &&
		[ "$(grep -c ': ns an operation' "$scratch/out")" -eq 1 ] && shows '^batch FIFO: '
}
check "workload and subject can be chosen" chosen

# ---- what is refused

refuses() {
	local got=0 text=$1
	shift
	"$@" > "$scratch/out" 2>&1 || got=$?
	[ "$got" -ne 0 ] && [ "$got" -lt 126 ] && shows "$text"
}
for wrong in "--size 8" "--size 33" "--size 64," "--subject malloc" "--engine heap" "--nodes 0" "--nodes 9" "--runs 0" "--live 1" \
	"--steps 1" "--colour" "more"; do
	# shellcheck disable=SC2086
	check "$wrong is refused" refuses '^usage: slab_bench' "$bench" $wrong
done
plan
