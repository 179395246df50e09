#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# style.t - what of the style a script can see.
. tests/build/tap.sh

c_files() {
	find "$@" -name '*.[ch]' | sort
}
scripts() {
	find Makefile mk tests tools .ci -type f \( -name '*.mk' -o -name '*.sh' -o -name '*.t' -o -name '*.in' \
		-o -name Makefile -o -perm -u+x \) | sort
}
folders=$(ls -d include mm port kernel tools tests bench examples 2>/dev/null)

# without_licence FILE... - those that do not name their licence in the first two lines
without_licence() {
	for file; do
		head -n 2 "$file" | grep -q 'SPDX-License-Identifier: MIT' || echo "$file"
	done
}
# trailing_space FILE...
trailing_space() {
	grep -nE '[[:space:]]+$' "$@" /dev/null
}
# too_long FILE... - files of more than 800 lines
too_long() {
	wc -l "$@" /dev/null | awk '$1 > 800 && $2 != "total" { print $2 ": " $1 " lines" }'
}
# long_functions FILE... - bodies of more than 100 lines
long_functions() {
	awk '
	FNR == 1 { start = 0 }
	/^\{/ { start = FNR }
	/^\}/ && start { if (FNR - start > 101) print FILENAME ":" start ": " FNR - start - 1 " lines"; start = 0 }
	' "$@" /dev/null
}

# shellcheck disable=SC2046,SC2086
{
	check "every C file names its licence" empty without_licence $(c_files $folders)
	check "every script and makefile names its licence" empty without_licence $(scripts)
	check "no space at the end of a line" empty trailing_space $(c_files $folders) $(scripts)
	check "no file of mm, port, tools is over 800 lines" empty too_long $(c_files mm port tools)
	check "no function of mm, port, tools is over 100 lines" empty long_functions $(c_files mm port tools)
}

planted=$scratch/planted.c
{
	echo "int f(void)"
	echo "{"
	for _ in $(seq 101); do printf '\tg();\n'; done
	echo "}"
	echo "trailing "
	seq 800
} > "$planted"
check "a file without a licence is found" fails empty without_licence "$planted"
check "a trailing space is found" fails empty trailing_space "$planted"
check "a long file is found" fails empty too_long "$planted"
check "a long function is found" fails empty long_functions "$planted"
plan
