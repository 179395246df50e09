#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# translate.t - quire translate: what it prints is walked again here, with the numbers of each
# format written out, and must come to the physical address that the direct map has.
. tests/tools/tools.sh

M=pc-i386-2g # its lowmem fits every format
hex() {
	printf '0x%x' "$1"
}
# at BASE OFFSET - the address
at() {
	hex $(($1 + $2))
}

# ---- the walk, for each format
#
# format NAME BASE BYTES KIND SHIFT... - BASE is where physical 0 is seen, BYTES the size of an
# entry, KIND how one is read (below), and a SHIFT for each level from the root down: what an
# entry maps, log2; before them the first bit above the root's index.

formats=(
	"i386 0xc0000000 4 x86small 32 22 12"
	"i386-pse 0xc0000000 4 x86 32 22 12"
	"i386-pse36 0xc0000000 4 x86 32 22 12"
	"i386-pae 0xc0000000 8 x86 32 30 21 12"
	"x86_64 0xffff888000000000 8 x86 48 39 30 21 12"
	"x86_64-la57 0xff11000000000000 8 x86 57 48 39 30 21 12"
	"alpha 0xfffffc0000000000 8 alpha 43 33 23 13"
	"armv7 0xc0000000 4 armv7 32 20 12"
	"arm64 0 8 arm64 48 39 30 21 12"
	"sv32 0xc0000000 4 riscv 32 22 12"
	"sv39 0xffffffd800000000 8 riscv 39 30 21 12"
	"sv48 0xffffaf8000000000 8 riscv 48 39 30 21 12"
)

# decode KIND SHIFT ENTRY - sets is_leaf and target: the page or the table
decode() {
	local kind=$1 shift=$2 e=$3
	case $kind in
	x86small)
		is_leaf=$((shift == 12)) target=$((e & 0xfffff000))
		;;
	x86)
		is_leaf=$((shift == 12 || (e & 0x80) != 0)) target=$((e & 0xffffffffff000))
		[ $is_leaf -eq 0 ] || target=$((target >> shift << shift))
		;;
	armv7)
		is_leaf=$(((e & 3) >= 2))
		[ $is_leaf -eq 1 ] && target=$((e >> shift << shift)) || target=$((e & 0xfffffc00))
		;;
	arm64)
		is_leaf=$((shift == 12 || (e & 3) == 1)) target=$((e & 0xfffffffff000))
		;;
	riscv)
		is_leaf=$(((e & 0xe) != 0)) target=$(((e & 0x3ffffffffffc00) >> 10 << 12))
		;;
	alpha)
		is_leaf=$((shift == 13)) target=$(((e >> 32 & 0xffffffff) << 13))
		;;
	esac
}

# walks FORMAT-ROW PHYS - translates the address of PHYS and walks again what was printed
walks() {
	local phys=$2 name base bytes kind above shifts va next page=12 got=0
	read -r name base bytes kind above shifts <<< "$1"
	va=$(at "$base" "$phys")
	"$QUIRE" translate $M "$va" --format "$name" > "$scratch/way" || { cat "$scratch/way"; return 1; }
	[ "$name" != alpha ] || page=13
	next=$(sed -n 's/^Tables, from [A-Z0-9a-z]* \(0x[0-9a-f]*\)$/\1/p' "$scratch/way")
	[ -n "$next" ] || { echo "no root"; return 1; }
	set -- $shifts
	is_leaf=0
	while read -r _ table index slot entry; do
		[ $# -gt 0 ] && [ $is_leaf -eq 0 ] || { echo "a level too many"; return 1; }
		[ $((table)) -eq $((next)) ] || { echo "table $table, not $(hex $next)"; return 1; }
		[ $((index)) -eq $((va >> $1 & ((1 << (above - $1)) - 1))) ] || { echo "index $index"; return 1; }
		[ $((slot)) -eq $((table + index * bytes)) ] || { echo "entry at $slot"; return 1; }
		[ ${#entry} -eq $((2 + 2 * bytes)) ] || { echo "entry $entry"; return 1; }
		decode "$kind" "$1" $((entry))
		above=$1 next=$target got=$((got + 1))
		shift
	done < <(grep -E '^  (pgd|p4d|pud|pmd|pte) +0x' "$scratch/way")
	[ $is_leaf -eq 1 ] || { echo "no leaf after $got levels"; cat "$scratch/way"; return 1; }
	next=$((next | (va & ((1 << above) - 1))))
	[ $next -eq $((phys)) ] || { echo "comes to $(hex $next)"; return 1; }
	grep -qx "Physical $(printf '0x%08x' "$phys")" "$scratch/way" &&
		grep -qF "frame     $(hex $((phys >> page))), offset " "$scratch/way"
}
for row in "${formats[@]}"; do
	check "${row%% *}: an address in a large page" walks "$row" 0x1234567
	check "${row%% *}: one in a page below 1 MB" walks "$row" 0x9abcd
	check "${row%% *}: the last byte of lowmem" walks "$row" 0x36bfdfff
done

# page_of FORMAT BASE PHYS TEXT - the page that maps PHYS is TEXT
page_of() {
	shows "$4" "$QUIRE" translate $M "$(at "$2" "$3")" --format "$1"
}
while read -r name base size; do
	check "$name maps lowmem with pages of $size" page_of "$name" "$base" 0x1234567 "${size/_/ } page at 0x1"
done << 'END'
i386 0xc0000000 4_KB
i386-pse 0xc0000000 4_MB
i386-pse36 0xc0000000 4_MB
i386-pae 0xc0000000 2_MB
x86_64 0xffff888000000000 2_MB
x86_64-la57 0xff11000000000000 2_MB
alpha 0xfffffc0000000000 8_KB
armv7 0xc0000000 1_MB
arm64 0 2_MB
sv32 0xc0000000 4_MB
sv39 0xffffffd800000000 2_MB
sv48 0xffffaf8000000000 2_MB
END
check "what begins at 4 KB has small pages" page_of i386-pse 0xc0000000 0x5678 '4 KB page at 0x5000'
check "memory of the second node is on it" shows 'zone      DMA32, node 1' \
	"$QUIRE" translate pc-x86_64-numa 0xffff888050000000
check "zones are told where no page has been used" shows 'zone      Normal, node 0' "$QUIRE" translate $M 0xd1234567
check "a server has pages of 1 GB" shows "1 GB page at 0x180000000" \
	"$QUIRE" translate server-64g 0xffff8881b2345678
check "RAM of a board begins at its own place" shows 'Physical 0x80208000' "$QUIRE" translate imx6ul 0xc0208000
check "the usual format of a PC with highmem" shows 'in kernel mode, i386-pse' "$QUIRE" translate $M 0xc1234567
check "of an ARM board" shows 'in kernel mode, armv7' "$QUIRE" translate imx6ul 0xc0208000
check "of a 64-bit PC" shows 'in kernel mode, x86_64' "$QUIRE" translate pc-x86_64-512m 0xffff888001234567
printf 'bank 0 64M\nformat sv39\n' > "$scratch/riscv"
check "a machine's file can choose it" shows 'in kernel mode, sv39' \
	"$QUIRE" translate "$scratch/riscv" 0xffffffd800123456

# ---- how it reads

check "the address is cut in its fields" same '  field   sign    pgd        pud        pmd        offset
  bits    63..48  47..39     38..30     29..21     20..0
  value   0xffff  100010001  000000000  000001001  0x34567
  index           273        0          9' \
	sed -n '/^  field/,/^  index/p' <("$QUIRE" translate pc-x86_64-512m 0xffff888001234567)
check "the rights of all levels are together" shows '  rights    read, write, no execute; kernel only; global' \
	"$QUIRE" translate pc-x86_64-512m 0xffff888001234567
check "what the access sets is told" shows '  sets      accessed in the pgd; accessed in the pud' \
	"$QUIRE" translate pc-x86_64-512m 0xffff888001234567
check "the byte is told" shows '  byte      0x00' "$QUIRE" translate $M 0xc1234567
check "numbers can be decimal" same "$("$QUIRE" translate $M 0xc1234567)" "$QUIRE" translate $M $((0xc1234567))
for row in "${formats[@]}"; do
	read -r name base _ <<< "$row"
	check "$name: lines have 80 columns at most, and no blanks at the end" empty awk 'length > 80 || / $/' \
		<("$QUIRE" translate $M "$(at "$base" 0x1234567)" --format "$name"
			"$QUIRE" translate $M "$(at "$base" 0x5000)" --format "$name" --write
			"$QUIRE" translate $M "$(at "$base" 0x38000000)" --format "$name" --user 2> /dev/null)
done

# ---- faults

# faults TEXT ARGUMENT... - the way ends in a fault: it is printed, with status 1 and a line on stderr that ends with TEXT
faults() {
	local text=$1 got=0
	shift
	"$QUIRE" translate "$@" > "$scratch/out" 2> "$scratch/err" || got=$?
	cat "$scratch/out" "$scratch/err"
	[ $got -eq 1 ] && [ "$(wc -l < "$scratch/err")" -eq 1 ] && grep -q '^Fault: ' "$scratch/out" &&
		! grep -q '^Physical' "$scratch/out" && grep -qE -- "$text\$" "$scratch/err"
}
P=pc-x86_64-512m hole=0xffff888040000000 ram=0xffff888001234567
while read -r code address options; do
	check "x86-64: error code $code: $address $options" \
		faults "page fault \(#PF\), error code 0x00$code" $P $address $options
done << END
00 $hole
02 $hole --write
04 $hole --user
06 $hole --user --write
10 $hole --exec
14 $hole --exec --user
05 $ram --user
07 $ram --user --write
11 $ram --exec
15 $ram --exec --user
END
check "the fields of the code are told" same '    P      1     all entries are present
    W/R    1     a write
    U/S    1     in user mode
    RSVD   0     no reserved bit is set
    I/D    0     not told as a fetch' grep '^    [A-Z]' <("$QUIRE" translate $P $ram --user --write 2> /dev/null)
check "without NX the kernel executes its data" shows 'Physical 0x01234567' "$QUIRE" translate $M 0xc1234567 --exec
check "with PAE it does not" faults 'error code 0x0011' $M 0xc1234567 --exec --format i386-pae
check "what is not mapped" faults '0x0: nothing is mapped there: .*' $M 0
check "what is the kernel's alone" faults "the page is the kernel's alone: .*" $M 0xc1234567 --user
check "what is not executable" faults 'the page is not executable: .*' $P $ram --exec
check "what is not canonical" faults 'not canonical \(bits 63 to 47 must be alike\): general protection \(#GP\), error code 0x0000' \
	$P 0x800000000000
check "no table is walked then" fails grep -q '^Tables' "$scratch/out"
check "what has too many bits" faults 'no address of 32 bits: .*' $M 0x1c1234567
while read -r name base options text; do
	check "$name: a hole, $options" faults "${text//_/ }" $M "$(at "$base" 0x38000000)" --format "$name" ${options/read/}
done << 'END'
armv7 0xc0000000 read data_abort,_DFSR_0x005
armv7 0xc0000000 --write data_abort,_DFSR_0x805
armv7 0xc0000000 --exec prefetch_abort,_IFSR_0x005
arm64 0 read data_abort,_ISS_0x006
arm64 0 --write data_abort,_ISS_0x046
sv32 0xc0000000 read load_page_fault,_scause_13
sv39 0xffffffd800000000 --write store_page_fault,_scause_15
sv48 0xffffaf8000000000 --exec instruction_page_fault,_scause_12
alpha 0xfffffc0000000000 read memory_management_fault,_MMCSR_0
END
while read -r name base options text; do
	check "$name: a page of the kernel, $options" faults "${text//_/ }" $M "$(at "$base" 0x1234567)" --format "$name" ${options/read/}
done << 'END'
armv7 0xc0000000 --exec prefetch_abort,_IFSR_0x00d
armv7 0xc0000000 --user data_abort,_DFSR_0x00d
arm64 0 --exec prefetch_abort,_ISS_0x00e
sv39 0xffffffd800000000 --user load_page_fault,_scause_13
alpha 0xfffffc0000000000 --exec memory_management_fault,_MMCSR_3
alpha 0xfffffc0000000000 --user memory_management_fault,_MMCSR_1
END

# ---- selectors

# descriptor SELECTOR - the 8 bytes that --selector SELECTOR reads, as they are printed
descriptor() {
	"$QUIRE" translate $M 0xc1234567 --selector "$1" | sed -n 's/^  entry  *\(0x[0-9a-f]*\)$/\1/p'
}
# G, D/B, P, S; type 0xa or 2, perhaps accessed (bit 40); DPL in bits 45 and 46; base 0, limit 0xfffff
flat() {
	[ $(($(descriptor "$1") & ~(1 << 40))) -eq $(($2)) ]
}
check "0x10 is flat code of the kernel" flat 0x10 0x00cf9a000000ffff
check "0x18 is flat data of the kernel" flat 0x18 0x00cf92000000ffff
check "0x23 is flat code of user programs" flat 0x23 0x00cffa000000ffff
check "0x2b is flat data of user programs" flat 0x2b 0x00cff2000000ffff
check "0x0f and 0x17 are the same in the LDT" test \
	"$(descriptor 0x0f) $(descriptor 0x17)" = '0x00cffa000000ffff 0x00cff2000000ffff'
check "logical is linear" shows '  linear    0x00000000 + 0xc1234567 = 0xc1234567' \
	"$QUIRE" translate $M 0xc1234567 --selector 0x2b
check "the selector is taken apart" grep -qF '  selector  0x002b: index 5, GDT, RPL 3' "$scratch/out"
gdt=$(sed -n 's/^  GDT  *base \(0x[0-9a-f]*\), .*/\1/p' "$scratch/out")
check "the descriptor is the base and 8 times the index" \
	grep -qF "  slot      $gdt + 8 * 5 = $(hex $((gdt + 40)))" "$scratch/out"
check "the load is explained" grep -qF 'into ds: CPL 0, RPL 3, DPL 3: allowed' "$scratch/out"
check "what follows is the walk without a selector" same \
	"$(sed -n '/^Address/,$p' <("$QUIRE" translate $M 0xc1234567))" sed -n '/^Address/,$p' "$scratch/out"
check "code is fetched through cs" shows 'load      into cs: CPL 0, RPL 0, DPL 0: allowed' \
	"$QUIRE" translate $M 0xc1234567 --selector 0x10 --exec
check "user programs may use their own segments" grep -qF 'load      into ds: CPL 3, RPL 3, DPL 3: allowed' \
	<("$QUIRE" translate $M 0x1000 --selector 0x2b --user 2> /dev/null)
while read -r text options; do
	check "refused by the segment: $options" faults "${text//_/ }" $M 0xc1234567 --selector $options
	check "and no page table is walked" fails grep -q '^Tables' "$scratch/out"
done << 'END'
null_selector:_general_protection_\(#GP\),_error_code_0x0000 0
null_selector:_.*0x0000 3 --user
index_beyond_the_table's_limit:_.*0x0070 0x70
index_beyond_the_table's_limit:_.*0xfff8 0xfff8
index_beyond_the_table's_limit:_.*0x001c 0x1f
neither_data_nor_readable_code:_.*0x0060 0x60
neither_data_nor_readable_code:_.*0x0068 0x68
neither_data_nor_readable_code:_.*0x0008 8
write_to_code:_.*0x0000 0x10 --write
0x0018 0x18 --user
0x0010 0x10 --user --exec
0x0018 0x18 --exec
END
check "the error code names the descriptor" faults '0x0068' $M 0xc1234567 --selector 0x68
check "field by field" same '    index  13    of the descriptor
    TI     0     in the GDT
    EXT    0     by the program itself' tail -n 3 "$scratch/out"
check "64-bit code has no base and no limit" shows '  linear    0x00000000 + 0xffff888001234567 = 0xffff888001234567' \
	"$QUIRE" translate $P $ram --selector 0x18
check "64-bit mode takes a null selector for data" shows 'Physical 0x01234567' "$QUIRE" translate $P $ram --selector 0
check "an offset beyond 32 bits is none on i386" refused 1 '32 bits' "$QUIRE" translate $M 0x1c1234567 --selector 0x18
check "an ARM has no segments" refused 1 'only x86 has segments, and the format is armv7' \
	"$QUIRE" translate imx6ul 0xc0208000 --selector 0x10

# ---- SVG

well_formed() {
	if command -v xmllint > /dev/null; then
		xmllint --noout "$1"
	else
		head -c 5 "$1" | grep -q '<?xml' && tail -n 1 "$1" | grep -qx '</svg>'
	fi
}
# draws ARGUMENT... - the drawing is well-formed, has a field for each of the text's, and each entry
draws() {
	local entry slot table fields got=0
	rm -f "$scratch/way.svg"
	"$QUIRE" translate "$@" > "$scratch/way" 2> /dev/null
	"$QUIRE" translate "$@" --svg "$scratch/way.svg" > "$scratch/out" 2> /dev/null || got=$?
	grep -q '^Fault: ' "$scratch/way" && [ $got -eq 1 ] || [ $got -eq 0 ] || { echo "exit status $got"; return 1; }
	[ ! -s "$scratch/out" ] || { echo "text beside the drawing"; return 1; }
	well_formed "$scratch/way.svg" || return 1
	while read -r _ table _ slot entry; do
		grep -qF ">$entry</text>" "$scratch/way.svg" && grep -qF ">$(hex $((slot)))<" "$scratch/way.svg" &&
			grep -qF ">$(hex $((table)))<" "$scratch/way.svg" || { echo "$entry is missing"; return 1; }
	done < <(grep -E '^  (pgd|p4d|pud|pmd|pte) +0x' "$scratch/way")
	fields=$(sed -n 's/^  field *//p' "$scratch/way" | wc -w)
	[ "$(grep -c 'class="bit end"' "$scratch/way.svg")" -eq "$fields" ] || { echo "not $fields fields"; return 1; }
}
for row in "${formats[@]}"; do
	read -r name base _ <<< "$row"
	check "$name is drawn" draws $M "$(at "$base" 0x1234567)" --format "$name"
	check "with the physical address" grep -qF '>0x1234567</text>' "$scratch/way.svg"
	check "$name: a fault is drawn" draws $M "$(at "$base" 0x38000000)" --format "$name"
	check "with its reason" grep -qF '>nothing is mapped there</text>' "$scratch/way.svg"
done
check "a segment is drawn" draws $M 0xc1234567 --selector 0x2b
check "with its descriptor" grep -qF '>0x00cff2000000ffff</text>' "$scratch/way.svg"
for selector in 0 0x60 0x78 0x1f; do
	check "a fault of a segment is drawn: $selector" draws $M 0xc1234567 --selector $selector
done
check "what is not canonical is drawn" draws $P 0x1234567800000000
check "the drawing has dark colours too" grep -q 'prefers-color-scheme:dark' "$scratch/way.svg"
check "--svg - goes to stdout" same "$(cat "$scratch/way.svg")" \
	bash -c "$(printf '%q ' "$QUIRE" translate $P 0x1234567800000000 --svg -) 2> /dev/null || true"
printf 'machine a<&>"b\narch i386\nbank 0 16M\n' > "$scratch/odd"
check "an odd name is escaped" draws "$scratch/odd" 0xc0001000
check "a full disk fails" refused 1 'No space left' "$QUIRE" translate $M 0xc1234567 --svg /dev/full
check "a file in a folder that is not there fails" \
	refused 1 'No such file' "$QUIRE" translate $M 0xc1234567 --svg "$scratch/none/x.svg"

# ---- usage

check "an address is needed" refused 2 'which address' "$QUIRE" translate $M
check "and a machine" refused 2 'which machine' "$QUIRE" translate
for word in x 0x -1 0x10000000000000000 ''; do
	check "\`$word\` is no address" refused 2 'no number' "$QUIRE" translate $M -- "$word"
done
check "one address at a time" refused 2 'unexpected argument' "$QUIRE" translate $M 0 0
check "an access is of one kind" refused 2 'not both' "$QUIRE" translate $M 0 --write --exec
for selector in 0x10000 -1 ds; do
	check "--selector $selector is wrong usage" refused 2 '--selector' "$QUIRE" translate $M 0 --selector=$selector
done
check "a format that is none is wrong usage" refused 2 \
	'--format vax: i386, i386-pse, i386-pse36, i386-pae, x86_64, x86_64-la57, alpha, armv7, arm64, sv32, sv39 or sv48' \
	"$QUIRE" translate $M 0 --format vax
check "a format that the RAM does not fit fails" refused 1 'server-64g' "$QUIRE" translate server-64g 0 --format i386
check "an unknown machine fails" refused 1 'nothing-such' "$QUIRE" translate nothing-such 0
check "a full disk is an error" needs_room "$QUIRE" translate $M 0xc1234567
closed() {
	local got=0
	"$QUIRE" translate $M 0xc1234567 >&- 2> "$scratch/err" || got=$?
	cat "$scratch/err"
	[ $got -eq 1 ] && [ "$(wc -l < "$scratch/err")" -eq 1 ]
}
check "so is a closed standard output" closed
check "the help tells the selectors" shows '  0x10, 0x18  ' "$QUIRE" help translate
plan
