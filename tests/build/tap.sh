# SPDX-License-Identifier: MIT
#
# tap.sh - for test scripts to source: prints TAP, gives a scratch folder, builds.
#
# A script runs from the project's root; it ends with `plan`.
set -u
MAKE=${MAKE:-make}
B=${B:-build}
unset MAKEFLAGS MFLAGS MAKEOVERRIDES MAKELEVEL
tests_run=0 tests_failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# check NAME COMMAND... - one test: the command must succeed; else what it printed is shown.
check() {
	local check_name=$1 check_output
	shift
	tests_run=$((tests_run + 1))
	if check_output=$("$@" 2>&1); then
		echo "ok $tests_run - $check_name"
	else
		echo "not ok $tests_run - $check_name"
		printf '%s\n' "$check_output" | head -n 40 | sed 's/^/#   /'
		tests_failed=$((tests_failed + 1))
	fi
}

# fails COMMAND... - succeeds if the command fails.
fails() {
	! "$@"
}

# empty COMMAND... - succeeds if the command prints nothing; else prints it.
empty() {
	local output
	output=$("$@" 2>&1)
	[ -z "$output" ] || { printf '%s\n' "$output"; return 1; }
}

# skip NAME REASON - one test that cannot be run here.
skip() {
	tests_run=$((tests_run + 1))
	echo "ok $tests_run - $1 # SKIP $2"
}

plan() {
	echo "1..$tests_run"
	[ $tests_failed -eq 0 ]
	exit
}

# build DIR ARGUMENT... - make in the build directory DIR; scripts that run side by side take turns.
build() {
	local dir=$1
	shift
	mkdir -p "$dir"
	flock "$dir/lock" "$MAKE" -s -j2 B="$dir" "$@"
}

# What links with nothing of a C library.
kernel_code="-fno-pie -fno-stack-protector"

# kernel_dir KERNEL - where build_kernel builds
kernel_dir() {
	echo "$B/libraries/${1//[ =]/-}"
}

# build_kernel KERNEL [ARGUMENT...] - the library of a kernel, "COMPILER ARCH [OPTION...]", or what
# else ARGUMENTs ask make for. Scripts that look at the same library share it: for each KERNEL
# the flags are always the same.
build_kernel() {
	local dir compiler arch options
	dir=$(kernel_dir "$1")
	read -r compiler arch options <<< "$1"
	shift
	[ $# -gt 0 ] || set -- "$dir/libquire.a"
	# With options it is to be right, no more: less optimised, it is built sooner.
	build "$dir" CC="$compiler" ARCH_CFLAGS="$arch $kernel_code" O=-O"$([ -z "$options" ] && echo 2 || echo 1)" \
		CFLAGS=-g0 OPTIONS="SINGLE=1${options:+ $options}" "$@"
}
