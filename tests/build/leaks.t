#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# leaks.t - tests with QUIRE_TEST_LEAKS=1: what a test's machine has lost when it ends fails the test, and nothing else does.
. tests/build/tap.sh

export QUIRE_TEST_LEAKS=1
check "tests that lose something are built" build "$B" "$B/tests/build/leaking" "$B/tests/build/leaking_host"

run() {
	output=$(tests/run-program "$B/tests/build/$1" 2>&1)
	status=$?
}
shows() {
	grep -qE -- "$1" <<< "$output" || { echo "no line like: $1"; echo "$output"; return 1; }
}
# lost TEST - how many objects were reported before the line of the test
lost() {
	awk -v test="$1" '/ objects are lost; / { nr = $2 } /^(not )?ok / { if ($NF == test) print nr + 0; nr = 0 }' <<< "$output"
}
# finds TEST NUMBER - it failed, because of so many
finds() {
	shows "^not ok [0-9]+ - $1$" && { [ "$(lost "$1")" = "$2" ] || { echo "$(lost "$1") of $2"; false; }; }
}
# all NAME VERDICT - the verdict of all tests that are named so; there are some
all() {
	shows " - $1_" && empty grep -E "^(not )?ok [0-9]+ - $1_" <(grep -vE "^$2 " <<< "$output")
}

run leaking
check "the program has failed" test $status -eq 1
check "a piece that is lost is found" finds loses_a_piece 1
check "kmemleak's report is printed" shows '^# unreferenced object 0x[0-9a-f]+ \(size 128\):$'
check "it names the caller, for addr2line" shows '^#     \[<[0-9a-f]+>\] leaking\+0x[0-9a-f]+$'
asked_for() {
	local offset
	offset=$(grep -m 1 -oE 'leaking\+0x[0-9a-f]+' <<< "$output")
	addr2line -fe "$B/tests/build/leaking" "${offset#*+}" | grep -x loses_a_piece
}
check "which is the test" asked_for
check "a piece of pages is" finds loses_a_large_piece 1
check "an object of a cache is" finds loses_an_object_of_a_cache 1
check "an area of vmalloc is" finds loses_an_area_of_vmalloc 1
check "a variable of each CPU is" finds loses_a_variable_of_each_cpu 1
check "both of a ring are" finds loses_a_ring 2
check "a piece that static data led to is" finds loses_what_was_in_static_data 1
check "64 that a freed block of the heap led to are" finds loses_what_was_in_the_heap 64
check "512 that a dead stack frame led to are" finds loses_what_was_on_the_stack 512
check "512 that a thread had are" finds loses_what_a_thread_had 512
check "512 are, where an earlier machine lost as many at the same addresses" \
	finds loses_what_a_machine_before_it_had_too 512
check "of a thousand of all sizes all are" finds loses_a_thousand 1000
check "no test that loses something passes" all loses "not ok"
check "no test that loses nothing fails" all keeps ok

run leaking_host
check "a machine of the host port is asked too" finds loses_a_piece_of_the_hosts_machine 1
check "and what is not lost there is not reported" all keeps ok

unset QUIRE_TEST_LEAKS
run leaking
check "without QUIRE_TEST_LEAKS nobody asks" test $status -eq 0
plan
