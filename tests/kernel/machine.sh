# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# machine.sh - for the test scripts of the reference kernel to source, each for one machine:
# it boots in QEMU on its firmware's memory map; what its own tests say is said again; mistakes
# end it with a message.
. tests/build/tap.sh

# shellcheck disable=SC2034 # for those who source this
reference=tests/fixtures/linux-6.1

# boots LOG APPEND [VARIABLE=VALUE...] - runs $machine; what it prints goes to LOG
boots() {
	local log=$1 append=$2
	shift 2
	build "$B/kernel-$machine" "boot-$machine" APPEND="$append" "$@" > "$log" 2>&1
}

has_line() {
	grep -qE -- "$1" "$2" || { tail -n 30 "$2"; return 1; }
}

# in_order FILE PATTERN... - lines that match, one after the other
in_order() {
	local file=$1 pattern line at=0
	shift
	for pattern; do
		line=$(tail -n +$((at + 1)) "$file" | grep -nE -m 1 -- "$pattern" | cut -d : -f 1)
		[ -n "$line" ] || { echo "after line $at there is no: $pattern"; return 1; }
		at=$((at + line))
	done
}

# retell LOG - the kernel's TAP, as tests of this script
retell() {
	local line name count=0 planned=
	while IFS= read -r line; do
		line=${line%$'\r'}
		name=${line#*ok }
		name=${name#* - }
		case $line in
		'ok '*' # SKIP '*) skip "${name%% # SKIP*}" "${name#* # SKIP }" ;;
		'ok '[0-9]*) check "$name" true ;;
		'not ok '[0-9]*) check "$name" false ;;
		1..[0-9]*) planned=${line#1..} ; continue ;;
		*) continue ;;
		esac
		count=$((count + 1))
	done < "$1"
	check "all tests have run" test "$count" = "${planned:-none}"
	! grep -q '^not ok' "$1" || sed 's/^/# /' "$1"
}

# zone_sizes FILE - "Node 0, zone NAME spanned present" for each zone in a /proc/zoneinfo
zone_sizes() {
	awk '/^Node 0, zone/ { name = $4 }
		$1 == "spanned" { spanned = $2 }
		$1 == "present" && !(name in seen) { seen[name] = 1; print name, spanned, $2 }' "$1"
}

same_zones() {
	diff <(zone_sizes "$1") <(zone_sizes "$2")
}

# at_least VALUE LIMIT
at_least() {
	[ "$1" -ge "$2" ] || { echo "$1 is less than $2"; return 1; }
}

field() {
	sed -n "s/^$1: *\([0-9]*\) kB.*/\1/p" "$2" | head -n 1
}

# boot_and_test MACHINE - builds it, boots it, and tells its tests; sets `machine` and `log`. Ends
# the script where there is no QEMU for it.
boot_and_test() {
	local status
	machine=$1 log=$scratch/log
	check "the kernel builds" build "$B/kernel-$machine" "kernel-$machine"
	boots "$log" "show=buddyinfo,meminfo,zoneinfo test=all" QEMU_SECONDS=180
	status=$?
	if grep -q 'it is in the package' "$log"; then
		skip "it boots" "$(sed -n 's/.*it is in the package //p' "$log") is not installed"
		plan
	fi
	check "it boots, and ends well" test $status -eq 0
	[ $status -eq 0 ] || sed 's/^/# /' "$log"
	check "the log has the boot, the banner and the free blocks, in this order" in_order "$log" \
		'^Quire [0-9.]+: ' '^paging_init: ' '^Zone ranges:' '^Memory: [0-9]+K/[0-9]+K available' \
		'^Virtual kernel memory layout:' '^ +vmalloc : 0x' '^ +lowmem  : 0x' '^ +\.text   : 0x' \
		'^Freeing unused kernel image' '^==> buddyinfo <==' '^Node 0, zone '
	retell "$log"
}

# compare_with_linux FILE - what Linux printed on the same machine
compare_with_linux() {
	check "the zones span and have what they do in Linux" same_zones "$1" "$log"
	check "no less memory is free than in Linux" \
		at_least "$(field MemFree "$log")" "$(field MemFree "$1")"
}

# sized PATTERN FLAGS - it boots with these flags of QEMU, its layout is right, and the log says PATTERN
sized() {
	if ! boots "$scratch/sized" "test=layout,protection" QEMU_FLAGS="$2"; then
		tail -n 40 "$scratch/sized"
		return 1
	fi
	has_line "$1" "$scratch/sized"
}

# crashes KIND PATTERN... - the machine ends, not well, after lines with all of this
crashes() {
	local kind=$1
	shift
	! boots "$scratch/crash" "quiet crash=$kind" QEMU_SECONDS=5 && in_order "$scratch/crash" "$@"
}

# counted WORD PATTERN ROWS - with this word, so many rows or more are like PATTERN, and none is another;
# instructions are counted
counted() {
	if ! boots "$scratch/$1" "quiet $1" QEMU_FLAGS="-icount shift=0" QEMU_SECONDS=120; then
		tail -n 40 "$scratch/$1"
		return 1
	fi
	tr -d '\r' < "$scratch/$1" > "$scratch/rows"
	empty grep -vE -- "$2" "$scratch/rows" && at_least "$(wc -l < "$scratch/rows")" "$3"
}

test_bench() {
	local rows='^bench .* [1-9][0-9]*$'
	check "what operations cost is counted" counted bench "$rows" 12
	cp "$scratch/rows" "$scratch/before"
	check "a second time, too" counted bench "$rows" 12
	check "it is the same number of instructions" diff "$scratch/before" "$scratch/rows"
	check "what objects cost is counted" counted bench=objects \
		'^object (pair|batch [A-Za-z]+|steady) [0-9]+ (kmem_cache|kmalloc) [1-9][0-9]*$' 50
}

test_crashes() {
	check "a trap is told with the address and what it is, and ends the machine" \
		crashes null 'the null page, not mapped'
	check "an overflow of the stack names its guard page" \
		crashes stack 'guard page of the boot stack, not mapped'
	check "a write to the kernel's code says what is there" crashes text '\.text, mapped to 0x[0-9a-f]+ r-x'
	check "an illegal instruction is told" crashes illegal '[Ii]nvalid opcode|[Uu]ndefined instruction'
	check "a panic says why" crashes panic '^Kernel panic: on purpose'
	check "an unknown test is a failure" fails boots "$scratch/crash" "quiet test=nothing"
	check "an unknown report, too" fails boots "$scratch/crash" "quiet show=nothing"
}
