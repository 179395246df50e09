#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# examples.t - every example is compiled, and run to a successful end. What it prints must be
# what its file `expected` says, if it has one.
. tests/build/tap.sh

as_expected() {
	"$B/examples/$1" > "$scratch/output" || return
	cat "$scratch/output"
	[ ! -e "examples/$1/expected" ] || diff "examples/$1/expected" "$scratch/output"
}
shopt -s nullglob
for folder in examples/*/; do
	name=$(basename "$folder")
	check "examples/$name compiles" build "$B" "$B/examples/$name"
	check "examples/$name runs" as_expected "$name"
done
check "there is an example" test -d examples/01-pages
plan
