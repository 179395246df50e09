#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# imx6ul.t - the i.MX6UL board in QEMU: its device tree, its sizes of RAM, and Linux beside it.
# What all machines have in common is tested by boot-imx6ul.t.
. tests/build/tap.sh

kernels=$B/kernel-imx6ul
linux=tests/fixtures/linux-6.1/imx6ul-512M.txt
log=$scratch/log

# boots APPEND [VARIABLE=VALUE...] - runs it; what it prints goes to $log
boots() {
	local append=$1
	shift
	build "$kernels" boot-imx6ul APPEND="$append" "$@" > "$log" 2>&1
}

# prints APPEND FLAGS PATTERN... - it ends well, and each pattern has a line
prints() {
	local append=$1 flags=$2 pattern
	shift 2
	boots "$append" QEMU_FLAGS="$flags" || { cat "$log"; return 1; }
	for pattern; do
		grep -qE -- "$pattern" "$log" || { echo "no line has: $pattern"; cat "$log"; return 1; }
	done
}

# refuses FLAGS LINE - it ends with status 1 and this line alone
refuses() {
	# shellcheck disable=SC2086
	tools/run-qemu qemu-system-arm -M mcimx6ul-evk -nic user -nic user -semihosting $1 \
		-kernel "$kernels/imx6ul/kernel.img" > "$log" 2>&1 && return 1
	diff <(echo "$2") "$log"
}

# A device tree with more in it: the root's, and in /reserved-memory.
with_tree() {
	{
		cat port/imx6ul/imx6ul-evk.dts
		echo "$1"
	} | dtc -q -O dtb -o "$scratch/tree.dtb" -
	echo "-dtb $scratch/tree.dtb"
}
reserved_memory() {
	with_tree "/ { reserved-memory { #address-cells = <1>; #size-cells = <1>; ranges; $1 }; };"
}

if ! build "$kernels" kernel-imx6ul > "$log" 2>&1; then
	if grep -q "missing, in Debian's names" "$log"; then
		skip "the kernel builds" "$(sed -n "s/.*missing, in Debian's names: \([^;]*\);.*/\1/p" "$log") missing"
	else
		check "the kernel builds" sh -c "cat '$log'; false"
	fi
	plan
fi
if ! command -v qemu-system-arm > /dev/null; then
	skip "the board boots" "qemu-system-arm is not installed"
	plan
fi

# ---- beside Linux

check "it boots" prints "show=zoneinfo,meminfo,iomem" "" '^Quire .*i\.MX6UL evaluation kit'
# Linux's zone there is called DMA: its kernel is for boards that need one, too.
first_zone() {
	awk '/^Node 0, zone +[A-Za-z]+ *$/ { nr++ }
		nr == 1 && ($1 == "spanned" || $1 == "present" || $1 == "start_pfn:") && !seen[$1]++' "$1"
}
check "its zone begins, spans and has what Linux's does" diff <(first_zone "$linux") <(first_zone "$log")
free_kb() {
	sed -n 's/^MemFree: *\([0-9]*\) kB.*/\1/p' "$1" | head -n 1
}
check "no less memory is free than in Linux" test "$(free_kb "$log")" -ge "$(free_kb "$linux")"
check "the banner has Linux's windows" prints "" "" \
	'^    vector  : 0xc00[0-9a-f]{5} - 0xc00[0-9a-f]{5} ' \
	'^    fixmap  : 0xffc80000 - 0xfff00000   \(2560 kB\)' \
	'^    vmalloc : 0xe0800000 - 0xff800000   \( 496 MB\)' \
	'^    lowmem  : 0xc0000000 - 0xe0000000   \( 512 MB\)' \
	'^    pkmap   : 0xbfe00000 - 0xc0000000   \(   2 MB\)'

# ---- sizes

check "16 MB are enough" prints "test=layout,protection" "-m 16M" 'lowmem  : 0xc0000000 - 0xc1000000'
check "768 MB are all in the direct map" prints "test=layout" "-m 768M" \
	'lowmem  : 0xc0000000 - 0xf0000000' 'Normal   \[mem 0x0000000080000000-0x00000000afffffff\]'
check "of 1 GB the rest is highmem" prints "test=layout,kmap" "-m 1G" \
	'HighMem  \[mem 0x00000000b0000000-0x00000000bfffffff\]' '^ok .* 3000 of highmem'
check "2 GB reach to the last page but one" prints "test=layout" "-m 2G" \
	'HighMem  \[mem 0x00000000b0000000-0x00000000ffffefff\]'

# ---- the device tree

check "a reservation is kept" prints "show=memblock/reserved" \
	"$(reserved_memory 'a@90000000 { reg = <0x90000000 0x123000>; };')" '0x90000000\.\.0x90122fff'
check "what is no-map is not mapped" prints "show=memblock/memory test=layout" \
	"$(reserved_memory 'a@90000000 { reg = <0x90000000 0x123000>; no-map; };')" \
	'0x80000000\.\.0x8fffffff' '0x90000000\.\.0x90122fff' '0x90123000\.\.0x9fffffff'
check "the reservation block is, too" prints "show=memblock/reserved" \
	"$(sed 's|^/dts-v1/;|&\n/memreserve/ 0x91000000 0x5000;|' port/imx6ul/imx6ul-evk.dts > "$scratch/r.dts"
	dtc -q -O dtb -o "$scratch/r.dtb" "$scratch/r.dts"; echo "-dtb $scratch/r.dtb")" '0x91000000\.\.0x91004fff'
head -c 100000 /dev/zero > "$scratch/initrd"
check "an initrd is kept" prints "show=memblock/reserved" "-initrd $scratch/initrd" \
	'0x88000000\.\.0x8801869f'
check "without a device tree it ends and says so" refuses "" \
	"imx6ul: the device tree cannot be used: no device tree is there"
check "a kernel in memory that is not to be mapped cannot run" \
	refuses "$(reserved_memory 'a@80000000 { reg = <0x80000000 0x100000>; no-map; };')" \
	"imx6ul: the device tree cannot be used: the kernel lies outside of the RAM that it names"
plan
