#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# boot.t - quire boot: the log, the reports, and what is refused.
. tests/tools/tools.sh

golden='Node 0, zone   Normal      4      4      1      2      3      2      3      3      3      3     40 '
golden_12='Node 0, zone   Normal      4      4      1      2      3      2      3      3      3      3      2     19 '
second='      2      0      2      2      1      2      2      2      1      1      1     29 '

check "the golden board has the free blocks that Linux had" same "$golden" \
	"$QUIRE" boot imx6ul --quiet --show buddyinfo
check "with MAX_ORDER 12 too" same "$golden_12" \
	"$QUIRE" boot imx6ul --quiet --show buddyinfo --max-order 12
check "through bootmem too" same "$golden" \
	"$QUIRE" boot imx6ul --quiet --show buddyinfo --bootmem
check "the second listing is that of its board" shows "$second" \
	"$QUIRE" boot imx6ul-b10 --quiet --show buddyinfo
check "the log has the summary" shows 'Memory: 175936K/524288K available' "$QUIRE" boot imx6ul
check "reports follow the log, each under its name" shows '==> buddyinfo <==' \
	"$QUIRE" boot imx6ul --show buddyinfo
check "--quiet drops the log" fails shows 'Memory:' "$QUIRE" boot imx6ul --quiet --show buddyinfo meminfo

# ---- ways to name reports

several=$("$QUIRE" boot imx6ul --quiet --show buddyinfo zoneinfo memblock/memory)
check "several names after --show are as many reports" \
	test "$(grep -c '^==> ' <<< "$several")" -eq 3
check "--show may come again" same "$several" \
	"$QUIRE" boot imx6ul --quiet --show buddyinfo --show zoneinfo --show memblock/memory
check "names may be joined by commas" same "$several" \
	"$QUIRE" boot imx6ul --quiet --show buddyinfo,zoneinfo,memblock/memory
check "the machine may stand last" same "$several" \
	"$QUIRE" boot --quiet --show buddyinfo zoneinfo memblock/memory imx6ul
check "--name=value is --name value" same "$several" \
	"$QUIRE" boot imx6ul --quiet --show=buddyinfo,zoneinfo --show=memblock/memory
check "a report may be named by its path" same "$golden" \
	"$QUIRE" boot imx6ul --quiet --show /proc/buddyinfo
check "an option may follow the reports" same "$golden_12" \
	"$QUIRE" boot --quiet --show buddyinfo --max-order 12 -- imx6ul

# ---- every machine and every report

every_report() {
	local report
	for report in meminfo buddyinfo pagetypeinfo zoneinfo vmstat numastat iomem memblock/memory memblock/reserved; do
		"$QUIRE" boot "$1" --quiet --show "$report" > "$scratch/report" || return 1
		[ -s "$scratch/report" ] || { echo "$report is empty"; return 1; }
	done
}
for machine in $("$QUIRE" machines | cut -d ' ' -f 1); do
	check "$machine boots and has every report" every_report "$machine"
	check "$machine boots through bootmem" shows 'Memory: ' "$QUIRE" boot "$machine" --bootmem
	check "$machine boots as dumped" shows 'Memory: ' "$QUIRE" boot "$machine" --as-dumped
done

# The time is for the reader; that little is touched is tested in tests/port/host_test.c.
start=${EPOCHREALTIME/./}
check "64 GB boot on a computer with less" shows 'MemTotal:       660' \
	"$QUIRE" boot server-64g --quiet --show meminfo
echo "# $(((${EPOCHREALTIME/./} - start) / 1000)) ms"

# ---- what is refused

check "a boot without a machine is wrong usage" refused 2 'which machine' "$QUIRE" boot
check "an unknown option is wrong usage" refused 2 '--shoe' "$QUIRE" boot imx6ul --shoe buddyinfo
check "an unknown report is wrong usage, and the known ones are named" \
	refused 2 'buddyinfo' "$QUIRE" boot imx6ul --show nothing
check "also behind a known one" refused 2 'no report `nothing`' "$QUIRE" boot imx6ul --show buddyinfo,nothing
check "and as a word of its own" refused 2 'no report `nothing`' "$QUIRE" boot imx6ul --show buddyinfo nothing
check "an empty name is none" refused 2 'no report' "$QUIRE" boot imx6ul --show buddyinfo,
check "--show without a name is wrong usage" refused 2 'needs a value' "$QUIRE" boot imx6ul --show
check "two machines are wrong usage" refused 2 'unexpected argument' "$QUIRE" boot imx6ul arm-1g
check "a flag takes no value" refused 2 'takes no value' "$QUIRE" boot imx6ul --bootmem=1
for order in 0 21 -1 11x '' 1e1 ' 11' 99999999999999999999; do
	check "--max-order '$order' is wrong usage" refused 2 'max-order' \
		"$QUIRE" boot imx6ul "--max-order=$order"
done
for limit in 0 x 12Q 0x 99999999999T -5M; do
	check "--lowmem '$limit' is wrong usage" refused 2 'lowmem' "$QUIRE" boot imx6ul "--lowmem=$limit"
done
check "an unknown architecture is wrong usage" refused 2 'x86_64' "$QUIRE" boot imx6ul --arch vax
check "an unknown machine fails" refused 1 'no-such-machine' "$QUIRE" boot no-such-machine
check "a folder is no machine" refused 1 "$scratch" "$QUIRE" boot "$scratch"
check "an empty file is no machine" refused 1 /dev/null "$QUIRE" boot /dev/null
echo 'what is this' > "$scratch/text"
check "a file of no known kind fails" refused 1 "$scratch/text" "$QUIRE" boot "$scratch/text"
check "a name is said once" same "quire: $scratch/none: No such file or directory" \
	bash -c "$(printf %q "$QUIRE") boot $(printf %q "$scratch/none") 2>&1 || true"
check "an empty name is wrong usage" refused 2 'empty' "$QUIRE" boot ''
check "so are more CPUs than Linux has been built for" refused 2 '8192' "$QUIRE" boot imx6ul --cpus 8193
check "as many as that boot" shows 'mm_init_cpumask: 8192 CPUs' "$QUIRE" boot imx6ul --cpus 8192
head -c 70000000 /dev/zero > "$scratch/huge"
check "a file too large for a memory map is refused" refused 1 'huge: larger than 64 MB' "$QUIRE" boot "$scratch/huge"
rm "$scratch/huge"
printf 'machine "\033[31mred"\nbank 0 16M\n' > "$scratch/板"
check "a control character in a file does not get to the terminal" \
	grep -qx 'Quire [0-9.]*: ?\[31mred' <("$QUIRE" boot "$scratch/板")
printf 'bank 0 \351\n' > "$scratch/板"
check "the name of a file is said as it is, its content in ASCII" \
	refused 1 '板:1: bank: a size is expected, not `?'"'" "$QUIRE" boot "$scratch/板"
printf 'bank 0xffffffff00000000-0xffffffffffffefff\n' > "$scratch/top"
check "RAM up to the last page but one boots" shows 'Node 0, zone' \
	"$QUIRE" boot "$scratch/top" --quiet --show buddyinfo
printf 'bank 0xffffffff00000000-0xffffffffffffffff\n' > "$scratch/top"
check "up to the last page does not" refused 1 'top:1: ' "$QUIRE" boot "$scratch/top"
printf 'machine large\nbank 0 4096T\n' > "$scratch/large"
check "more RAM than the computer holds fails" refused 1 'large' "$QUIRE" boot "$scratch/large"
printf 'machine none\nbank 0 64K\nreserve 0-0xffff\n' > "$scratch/full"
boots_not() {
	local got=0
	"$QUIRE" boot "$scratch/full" > "$scratch/out" 2> "$scratch/err" || got=$?
	cat "$scratch/out" "$scratch/err"
	[ $got -eq 1 ] && [ "$(wc -l < "$scratch/err")" -eq 1 ]
}
check "a machine without room for its page structures fails with one line" boots_not

# ---- standard input

from_stdin() {
	"$QUIRE" machines arm-1g | "$QUIRE" boot - --quiet --show zoneinfo
}
check "- is a machine on standard input" same "$("$QUIRE" boot arm-1g --quiet --show zoneinfo)" from_stdin
check "where there is nothing, it is empty" refused 1 'standard input: the file is empty' "$QUIRE" boot -
closed_stdin() {
	"$QUIRE" boot - <&-
}
check "a closed one is an error" fails closed_stdin

# ---- where the output goes

# The next file would be standard output: the log would stand in the machine's RAM.
closed_stdout() {
	local got=0
	"$QUIRE" "$@" >&- 2> "$scratch/err" || got=$?
	cat "$scratch/err"
	[ $got -eq 1 ] && [ "$(wc -l < "$scratch/err")" -eq 1 ] && grep -q 'standard output' "$scratch/err"
}
check "a closed standard output is an error" closed_stdout boot imx6ul
check "also of the shell" closed_stdout shell imx6ul <<< 'echo hi'
check "a closed standard error is none" same "$golden" \
	bash -c "$(printf %q "$QUIRE") boot imx6ul --quiet --show buddyinfo 2>&-"

check "a full disk is an error" needs_room "$QUIRE" boot imx6ul --show buddyinfo
closed_pipe() {
	(
		trap '' PIPE
		sleep 0.3
		"$QUIRE" boot imx6ul --show zoneinfo 2> "$scratch/err"
		echo $? > "$scratch/status"
	) | true
	cat "$scratch/err"
	[ "$(cat "$scratch/status")" -eq 1 ] && [ "$(wc -l < "$scratch/err")" -eq 1 ] &&
		grep -q 'Broken pipe' "$scratch/err"
}
check "a closed pipe is an error where nobody dies of it" closed_pipe
plan
