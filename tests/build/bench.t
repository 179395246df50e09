#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# bench.t - the bench of the page allocators: what every subject hands out in every workload is
# checked, and the tables are printed, on a tiny machine.
. tests/build/tap.sh
unset QUIRE_BENCH_LLFREE QUIRE_BENCH_LINUX QUIRE_BENCH_TSV

bench=$B/bench/page_bench
tiny=(--size 64M --runs 1 --steps 4000 --age 20000)

check "page_bench builds" build "$B" "$bench"

# checks_out SUBJECT - no fault, with one thread and two; and blocks were looked at
checks_out() {
	local line="^$1, 64 MiB, [12] threads?: [1-9][0-9]{4,} blocks, 0 faults\$"
	"$bench" --check "${tiny[@]}" --subject "$1" > "$scratch/out" 2>&1 || { cat "$scratch/out"; return 1; }
	[ "$(grep -cE "$line" "$scratch/out")" -eq 2 ]
}
for subject in floor textbook quire; do
	check "$subject: each frame lies in range, is aligned, and has one holder" checks_out $subject
done

# finds SUBJECT TEXT - the faulty subject is found out, by a line with that text
finds() {
	"$bench" --check "${tiny[@]}" --subject "$1" > "$scratch/out" 2>&1 && return 1
	grep -q -- "$2" "$scratch/out" || { cat "$scratch/out"; return 1; }
}
check "a frame handed out twice is found" finds twice 'is handed out, and somebody holds it'
check "a misaligned block is found" finds misaligned 'is not aligned'
check "a frame that is not there is found" finds outside 'is not a frame of this machine'

# ---- the tables

printf '# workload, size, threads, ns\npair\t64 MiB\t1\t1000000\n' > "$scratch/linux"
measures() {
	QUIRE_BENCH_TSV=$scratch/tsv QUIRE_BENCH_LINUX=$scratch/linux \
		"$bench" "${tiny[@]}" --threads 1 > "$scratch/out"
}
shows() {
	grep -qE -- "$1" "$scratch/out" || { echo "no line like: $1"; cat "$scratch/out"; return 1; }
}
check "it measures" measures
check "a peer that is not there is told" shows '^page: llfree: peer not found: QUIRE_BENCH_LLFREE '
for subject in floor textbook quire; do
	check "$subject has a row for each of the workloads" \
		test "$(grep -cE "^page .* 64 MiB +1 $subject " "$scratch/out")" -eq 14
done
check "Linux's figure stands beside them" shows '^page +pair +64 MiB +1 linux +1000000\.0 ns '
check "its ratio is computed" shows '^  pair( +[0-9.]+){2} +- +[1-9][0-9]{2,}\.[0-9]{2}$'
check "there is a geometric mean" shows '^  geometric mean( +[0-9.]+){2} +- +[0-9.]+$'
check "the allocators are aged" shows '^  quire +[0-9.]+ +0 +[0-9.]+% +[0-9.]+%'
check "the figures are in the file too" \
	grep -qE "^page	steady 80%	64 MiB	1	quire	[0-9.]+	ns/operation\$" "$scratch/tsv"
check "those of the ageing as well" \
	grep -qE "^page	ageing	64 MiB	1	textbook	[0-9.]+	% usable\$" "$scratch/tsv"

pair_ratio() {
	awk '
	$2 == "pair" && $3 == "64" && $6 ~ /^(quire|floor)$/ { ns[$6] = $7 }
	/quire:floor/ { getline; ratio = $2 }
	END { want = ns["quire"] / ns["floor"]; exit !(ratio > 0.9 * want && ratio < 1.1 * want) }
	' "$scratch/out"
}
check "a ratio is that of the two rows" pair_ratio

chosen() {
	"$bench" "${tiny[@]}" --age 0 --threads 1 --workload 95% --subject textbook > "$scratch/out" &&
		[ "$(grep -c '^page .*ns ' "$scratch/out")" -eq 1 ] && shows '^page +steady 95% .* textbook '
}
check "workload and subject can be chosen" chosen

# ---- what is refused

refuses() {
	local got=0 text=$1
	shift
	"$@" > "$scratch/out" 2>&1 || got=$?
	[ "$got" -ne 0 ] && [ "$got" -lt 126 ] && shows "$text"
}
not_a_library() {
	QUIRE_BENCH_LLFREE=$scratch/linux "$bench" "${tiny[@]}" --age 0 --workload pair > "$scratch/out" &&
		shows "llfree: peer not found: .*$scratch/linux" && shows ' quire '
}
check "what is no library is told, and the others are measured" not_a_library
printf 'pair\t64 MiB\t1\n' > "$scratch/short"
check "a line that lacks a figure is refused" \
	refuses "$scratch/short:1: " env QUIRE_BENCH_LINUX="$scratch/short" "$bench" "${tiny[@]}"
check "so is a file that is not there" \
	refuses 'No such file' env QUIRE_BENCH_LINUX="$scratch/none" "$bench" "${tiny[@]}"
for wrong in "--size 1" "--size 1M" "--size 4096G" "--threads 3" "--threads 0" "--runs 0" "--subject linux" \
	"--size 1G,1G,1G,1G,1G" "--colour" "more"; do
	# shellcheck disable=SC2086
	check "$wrong is refused" refuses '^usage: page_bench' "$bench" $wrong
done
plan
