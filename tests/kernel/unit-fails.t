#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# unit-fails.t - a unit test that fails inside a kernel is told, however it fails, and the
# next one runs: on every machine, tests that are made to fail (planted_test.c).
. tests/build/tap.sh

for machine in $("$MAKE" -s list-machines); do
	log=$scratch/$machine
	tests/kernel/run-unit "$machine" QUIRE_TEST_ONLY=planted_ > "$log" 2>&1
	check "$machine: the run has failed" fails test $? -eq 0
	for name in check_that_does_not_hold read_of_the_null_page write_to_a_hole_of_the_ram panic \
		jump_to_nowhere end_of_a_test; do
		check "$machine: ${name//_/ } is a failure" grep -qE "^not ok [0-9]+ - planted_$name" "$log"
	done
	check "$machine: a trap is told with its address" \
		grep -q '^# trap .*: a hole or guard of the test.s memory' "$log"
	check "$machine: a panic is told" grep -q '^# unexpected panic: planted' "$log"
	check "$machine: the next test runs" grep -qE '^ok [0-9]+ - planted_passes' "$log"
	check "$machine: the kernel is sound afterwards" grep -qE '^ok 8 - the_kernels_own' "$log"
done
plan
