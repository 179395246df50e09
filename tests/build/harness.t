#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# harness.t - the harness itself: what fails is reported as failed, and counted.
. tests/build/tap.sh

failing=$scratch/failing_test
check "the test support builds" build "$B" "$B/libtests.a" "$B/libquire.a"
check "a test program that fails is linked" gcc -std=c11 -I"$B/include" -Iinclude -I. -pthread \
	-o "$failing" tests/build/failing_main.c "$B/libtests.a" "$B/libquire.a"
output=$("$failing" 2>&1)
status=$?
shows() {
	grep -qE -- "$1" <<< "$output" || { echo "no line like: $1"; echo "$output"; return 1; }
}
check "its status says so" test $status -eq 1
check "the plan comes first" test "${output%%$'\n'*}" = "1..12"
check "a test that passes" shows '^ok 1 - passes$'
check "a failed CHECK fails the test" shows '^not ok 2 - fails_check$'
check "it names file, line and condition" shows '^# tests/build/failing_main.c:[0-9]+: failed: 1 > 2$'
check "the test goes on after it" shows '^# goes on$'
check "CHECK_EQ shows both values" shows '^#   left:  41 \(0x29\)$'
check "CHECK_STR shows both texts" shows '^#   right: "right"$'
check "REQUIRE fails the test" shows '^not ok 5 - fails_require_in_a_helper$'
check "REQUIRE ends the test" fails shows 'must not be reached'
check "an unexpected panic fails the test" shows '^not ok 6 - panics$'
check "its text is shown" shows '^# unexpected panic: so it ends$'
check "the log of a failed test is shown" shows '^# a line before the panic$'
check "an expected panic that does not come" shows '^not ok 7 - expects'
check "interrupts left off" shows '^not ok 8 - leaves_interrupts_off$'
check "interrupts restored in the wrong order" shows '^not ok 9 - restores'
check "a skipped test says why" shows '^ok 10 - skips # SKIP on purpose$'
check "one test does not disturb the next" shows '^ok 11 - passes_again$'
check "the seed is shown" shows '^# repeat with QUIRE_TEST_SEED=0x[0-9a-f]+$'

draw() {
	"$failing" fails_at_random | grep 'left:'
}
check "random numbers come again" test "$(draw)" = "$(draw)"
check "another seed gives others" test "$(QUIRE_TEST_SEED=7 draw)" != "$(draw)"
check "the printed seed repeats them" test "$(QUIRE_TEST_SEED=$("$failing" fails_at_random |
	sed -n 's/.*QUIRE_TEST_SEED=//p') draw)" = "$(draw)"

only() {
	output=$("$failing" passes) && shows '^1\.\.2$' && shows '^ok 2 - passes_again$'
}
check "a filter chooses tests by name" only
check "a filter that fits no test is an error" fails "$failing" no_such_test

# counts EXPECTED STATUS LINE... - what count-tap makes of such a file
counts() {
	local expected=$1
	echo "$2" > "$scratch/one.tap.status"
	shift 2
	printf '%s\n' "$@" > "$scratch/one.tap"
	test "$(tests/count-tap "$scratch/one.tap" 2>/dev/null)" = "$expected"
}
check "passed, failed and skipped tests are counted" \
	counts "1 1 1" 1 1..3 "ok 1 - a" "not ok 2 - b" "ok 3 - c # SKIP d"
check "planned tests that never ran have failed" counts "1 2 0" 139 1..3 "ok 1 - a"
check "a program without a plan has failed" counts "0 1 0" 0 ""
check "a bad status without a failed test is a failure" counts "1 1 0" 23 1..1 "ok 1 - a"
check "a plan at the end is a plan" counts "1 0 0" 0 "ok 1 - a" 1..1

hangs() {
	printf '%s\n' 'sleep 20' > "$scratch/hangs.t"
	! QUIRE_TAP_DIR='' QUIRE_TEST_TIMEOUT=1 tests/run-one "$scratch/hangs.t" > "$scratch/hung" &&
		grep -q 'ended after 1 seconds' "$scratch/hung"
}
check "a test that hangs is ended" hangs
plan
