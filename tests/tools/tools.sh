# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# tools.sh - for the tests of the quire command to source.
. tests/build/tap.sh
QUIRE=${QUIRE:-$B/quire}
export LC_ALL=C
unset NO_COLOR COLORTERM

# same EXPECTED COMMAND... - the command succeeds, and its stdout is EXPECTED.
same() {
	local expected=$1 output
	shift
	output=$("$@") || { echo "exit status $?"; return 1; }
	[ "$output" = "$expected" ] || { diff <(printf '%s\n' "$expected") <(printf '%s\n' "$output"); return 1; }
}

# shows TEXT COMMAND... - the command succeeds, says nothing on stderr, and TEXT stands in its stdout.
shows() {
	local text=$1
	shift
	"$@" > "$scratch/out" 2> "$scratch/err" || { echo "exit status $?"; cat "$scratch/err"; return 1; }
	[ ! -s "$scratch/err" ] || { cat "$scratch/err"; return 1; }
	grep -qF -- "$text" "$scratch/out" || { cat "$scratch/out"; return 1; }
}

# refused STATUS TEXT COMMAND... - the command ends with STATUS, prints nothing on stdout, and on
# stderr one line, in which TEXT stands.
refused() {
	local status=$1 text=$2 got=0
	shift 2
	"$@" > "$scratch/out" 2> "$scratch/err" < /dev/null || got=$?
	cat "$scratch/out" "$scratch/err"
	[ "$got" -eq "$status" ] || { echo "exit status $got"; return 1; }
	[ ! -s "$scratch/out" ] && [ "$(wc -l < "$scratch/err")" -eq 1 ] && grep -qF -- "$text" "$scratch/err"
}

# needs_room COMMAND... - with a full disk for stdout, the command ends with status 1 and says why in one line.
needs_room() {
	local got=0
	"$@" > /dev/full 2> "$scratch/err" || got=$?
	cat "$scratch/err"
	[ "$got" -eq 1 ] || { echo "exit status $got"; return 1; }
	[ "$(wc -l < "$scratch/err")" -eq 1 ] && grep -q 'No space left' "$scratch/err"
}

# at_terminal COMMAND... - runs it with a terminal for stdout; prints what the terminal got.
at_terminal() {
	local command
	printf -v command '%q ' "$@"
	script -qec "$command" /dev/null | tr -d '\r'
}

# has_terminal - can at_terminal work?
has_terminal() {
	command -v script > /dev/null && [ "$(at_terminal echo yes < /dev/null 2> /dev/null)" = yes ]
}
