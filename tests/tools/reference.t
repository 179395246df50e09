#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# reference.t - quire boot against five machines on which Linux 6.1 ran: its zones and its
# listings from all that Linux printed there, and from the memory map alone. What Linux
# printed is laid out the same, to the last blank.
. tests/tools/tools.sh

fixtures=tests/fixtures/linux-6.1

# section FILE NAME - what stands in the file under the heading "=== NAME"
section() {
	awk -v heading="=== $2" '/^=== /{ inside = $0 == heading; next } inside' "$1"
}
# report FILE NAME [OPTION...]
report() {
	"$QUIRE" boot "$1" --quiet --show "$2" "${@:3}"
}
zones() {
	grep -E '^Node|^ +(spanned|present|start_pfn:) '
}
# agrees WANTED COMMAND... - the command prints what the file WANTED holds, byte for byte
agrees() {
	local wanted=$1
	shift
	"$@" > "$scratch/printed" || return 1
	[ -s "$wanted" ] || { echo "nothing to compare with"; return 1; }
	diff "$wanted" "$scratch/printed"
}
zones_agree() {
	zones_of() { report "$@" | zones; }
	agrees "$scratch/zones" zones_of "$1" zoneinfo "${@:2}"
}
# Numbers at the right of a column: digits take the place of blanks.
columns_agree() {
	columns() { report "$@" | tr '0-9' ' '; }
	section "$1" "/proc/$2" | tr '0-9' ' ' > "$scratch/columns"
	agrees "$scratch/columns" columns "$1" "$2"
}
# Numbers at the left of a column: all are as wide as one digit.
words_agree() {
	words() { report "$@" | sed -E 's/[0-9]+/N/g'; }
	section "$1" "/proc/$2" | sed -E 's/[0-9]+/N/g' > "$scratch/words"
	agrees "$scratch/words" words "$1" "$2"
}
# Each row is one of Linux's; Linux has more. Numbers of up to 8 digits stand in a column.
rows_agree() {
	rows() { sed -E 's/ [0-9]{9,} kB/        0 kB/' | tr '0-9' ' '; }
	report "$1" "$2" | rows > "$scratch/rows"
	[ -s "$scratch/rows" ] && section "$1" "/proc/$2" | rows |
		grep -vxFf - "$scratch/rows" && return 1
	return 0
}

# reference NAME ARCH LOWMEM - all that the five have in common
reference() {
	local name=$1 file=$fixtures/$1.txt options
	options=(--arch "$2" ${3:+--lowmem "$3"})

	section "$file" /proc/zoneinfo | zones > "$scratch/zones"
	section "$file" /proc/iomem > "$scratch/iomem"
	check "$name: the zones, from all that Linux printed" zones_agree "$file"
	check "$name: the same when architecture and lowmem are said" zones_agree "$file" "${options[@]}"
	check "$name: the same through bootmem" zones_agree "$file" --bootmem
	check "$name: the same as dumped" zones_agree "$file" --as-dumped
	grep -E 'BIOS-e820:|SRAT' "$file" > "$scratch/map" || cp "$scratch/iomem" "$scratch/map"
	check "$name: the same from the memory map alone" zones_agree "$scratch/map" "${options[@]}"
	check "$name: iomem is what Linux printed" agrees "$scratch/iomem" report "$file" iomem
	check "$name: buddyinfo has its columns" columns_agree "$file" buddyinfo
	check "$name: zoneinfo has its layout" words_agree "$file" zoneinfo
	check "$name: meminfo has its rows" rows_agree "$file" meminfo
}

reference i386-2G i386 0x36bfe000
reference i386pae-2G i386-pae 0x36ffe000
reference x86_64-512M x86_64 ''
reference x86_64-numa x86_64 ''
reference imx6ul-512M arm 0xa0000000

board=$fixtures/imx6ul-512M.txt
for list in memory reserved; do
	section "$board" "/sys/kernel/debug/memblock/$list" > "$scratch/list"
	check "imx6ul-512M: memblock/$list, as dumped, is what Linux printed" \
		agrees "$scratch/list" report "$board" "memblock/$list" --as-dumped
done

# A log without its listings: the limit of lowmem and the number of CPUs are in it, too.
for name in i386-2G i386pae-2G x86_64-512M x86_64-numa; do
	section "$fixtures/$name.txt" dmesg > "$scratch/dmesg"
	section "$fixtures/$name.txt" /proc/zoneinfo | zones > "$scratch/zones"
	check "$name: the zones, from the log alone" zones_agree "$scratch/dmesg"
done
plan
