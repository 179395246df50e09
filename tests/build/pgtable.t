#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# pgtable.t - a page-table format that is a build-time constant costs nothing: the look-up
# has about as many instructions as one written by hand for four levels.
. tests/build/tap.sh

# count OBJECT FUNCTION - its instructions
count() {
	objdump -d --no-show-raw-insn "$1" | awk -v name="<$2>:" '
	/^[0-9a-f]+ </ { inside = $2 == name }
	inside && /^ +[0-9a-f]+:/ && !/nop/ { n++ }
	END { print n + 0 }'
}

for compiler in gcc clang; do
	object=$scratch/$compiler.o
	check "$compiler: the look-ups compile" $compiler -m64 -std=c11 -O2 -Wall -Wextra -Werror -ffreestanding \
		-fno-pie -DCONFIG_SINGLE=1 -Iinclude -I. -c -o "$object" tests/build/pgtable_lookup.c
	hand=$(count "$object" by_hand)
	constant=$(count "$object" by_constant_format)
	any=$(count "$object" by_any_format)
	echo "# $compiler: by hand $hand instructions, by a constant format $constant, by any format $any"
	check "$compiler: a constant format costs at most a fifth more than by hand" \
		test "$hand" -gt 30 -a "$constant" -le $((hand * 6 / 5))
	check "$compiler: a format that is a variable is not folded" test "$any" -gt $((constant * 2))
done
plan
