#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# kvirt_shell.t - the shell's commands on the kernel's own addresses. What one of them maps is
# looked at through another way: the tables (translate), the direct map, the reports.
. tests/tools/tools.sh

M=pc-i386-2g
# on MACHINE LINE... - the lines through a pipe to a shell on that machine
on() {
	local machine=$1
	shift
	# shellcheck disable=SC2086 # it may be a machine with options
	printf '%s\n' "$@" | "$QUIRE" shell $machine
}
# ends TEXT LINE... - the shell on $M ends with status 1 and one line on stderr, in which TEXT stands
ends() {
	local text=$1 got=0
	shift
	printf '%s\n' "$@" | "$QUIRE" shell $M > "$scratch/out" 2> "$scratch/err" || got=$?
	cat "$scratch/out" "$scratch/err"
	[ "$got" -eq 1 ] && [ "$(wc -l < "$scratch/err")" -eq 1 ] && grep -qF -- "$text" "$scratch/err"
}
# has TEXT MACHINE LINE... - the shell succeeds, and TEXT is a line of what it prints
has() {
	local text=$1
	shift
	on "$@" > "$scratch/out" 2> "$scratch/err" || { cat "$scratch/out" "$scratch/err"; return 1; }
	[ ! -s "$scratch/err" ] && grep -qxF -- "$text" "$scratch/out" || { cat "$scratch/out" "$scratch/err"; return 1; }
}
hex() {
	printf '0x%x' "$1"
}
# address HANDLE < OUTPUT - the address that the line of a handle shows
address() {
	sed -nE "s/^$1: (vmalloc|vmap|ioremap|kmap|percpu) (0x[0-9a-f]+),.*/\2/p" | head -n 1
}
# physical MACHINE ADDRESS LINE... - after the lines, what the address is translated to
physical() {
	local machine=$1 va=$2
	shift 2
	on "$machine" "$@" "translate $va" | sed -n 's/^Physical //p'
}
# window NAME - start and end of a row of the layout banner
window() {
	"$QUIRE" boot $M | sed -nE "s/^ +$1 *: (0x[0-9a-f]+) - (0x[0-9a-f]+) .*/\1 \2/p"
}
# within ADDRESS NAME - the address is in that window
within() {
	local start end
	read -r start end <<< "$(window "$2")"
	[ $(($1)) -ge $((start)) ] && [ $(($1)) -lt $((end)) ]
}

# ---- looking at addresses

lowmem=0xc1234560
check "translate prints the way" has 'Physical 0x01234560' $M "translate $lowmem"
check "as the command does" same "$("$QUIRE" translate $M $lowmem)" on $M "translate $lowmem"
check "with options, in either spelling" same "$("$QUIRE" translate $M $lowmem --selector 0x2b --write)" \
	on $M "translate $lowmem selector 0x2b --write"
check "and as a drawing" same "$("$QUIRE" translate $M $lowmem --svg -)" on $M "translate $lowmem svg -"
check "a fault is an error" ends 'stdin:1: translate: 0x10: nothing is mapped there: page fault (#PF), error code 0x0004' \
	'translate 0x10 user'
check "that can be expected" grep -q '^as expected: translate: 0x10: ' <(on $M '! translate 0x10')
for line in 'translate x' "translate $lowmem both" "translate $lowmem selector" "translate $lowmem selector 0x10000"; do
	check "bad input is refused: $line" ends 'translate: `' "$line"
done
check "peek prints bytes" has '0xc1234560  00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00' $M "peek $lowmem"
check "poke writes them" has '0xc1234560  00 01 ff 2a' $M "poke 0xc1234561 1 0xff 42" "peek $lowmem 4"
check "translate shows the byte" has '  byte      0x2a' $M "poke 0xc1234561 1 0xff 42" 'translate 0xc1234563'
check "peek goes over the end of a page" has '0xc1234ff0  00 00 00 00 00 00 00 00 00 00 00 00 00 00 07 08' \
	$M 'poke 0xc1234ffe 7 8 9' 'peek 0xc1234ff0 32'
check "and on in the next line" grep -qx '0xc1235000  09\( 00\)\{15\}' "$scratch/out"
check "peek does not touch what is not mapped" ends 'peek: 0x1000: nothing is mapped there: page fault (#PF), error code 0x0000' 'peek 0x1000'
check "poke writes all or nothing" has '0xf6bfdffe  00 00' $M '! poke 0xf6bfdffe 1 2 3' 'peek 0xf6bfdffe 2'
check "it names the byte that faults" grep -qF 'as expected: poke: 0xf6bfe000: nothing is mapped there: page fault (#PF), error code 0x0002' "$scratch/out"
for line in 'peek x' "peek $lowmem 0" "peek $lowmem 4097" "poke $lowmem 256" "poke $lowmem x" 'poke x 1' 'poke 1'; do
	check "bad input is refused: $line" ends "${line%% *}" "$line"
done

# The entry that translate shows is what lies in the tables; looking sets nothing, an access does.
P=pc-x86_64-512m base=0xffff888000000000
slot=$(on $P "translate 0xffff888001234567" | sed -nE 's/^  pgd +0x[0-9a-f]+ +[0-9]+  (0x[0-9a-f]+)  0x[0-9a-f]+$/\1/p')
entry=$(on $P "translate 0xffff888001234567" | sed -nE 's/^  pgd .* 0x([0-9a-f]{16})$/\1/p')
pgd=$(hex $((base + slot)))
bytes=$(sed 's/../ &/g' <<< "$entry" | awk '{ for (i = NF; i; i--) printf " %s", $i }')
accessed=$(printf ' %02x%s' $((16#${entry: -2} | 0x20)) "${bytes:3}")
check "the entry is in the tables" has "$pgd $accessed" $P "peek $pgd 8"
check "translate sets no bit of it" test "$entry" = \
	"$(on $P 'translate 0xffff888001234567 write' 'translate 0xffff888001234567' | sed -nE 's/^  pgd .* 0x([0-9a-f]{16})$/\1/p' | tail -n 1)"
check "peek does: it is an access" grep -q '; user; accessed$' <(on $P 'peek 0xffff888001234567' 'translate 0xffff888001234567')
check "and then nothing is left to set" fails grep -q '^  sets' <(on $P 'peek 0xffff888001234567' 'translate 0xffff888001234567')
bad_pgd=$(on $M 'translate 0xc1234567' | sed -nE 's/^  pgd +0x[0-9a-f]+ +[0-9]+  0x([0-9a-f]+)  .*$/\1/p' |
	{ read -r slot; printf 'poke 0x%x 0xe3 0x21' $((0xc0000000 + 16#$slot)); })
check "an entry with a reserved bit faults" ends 'a reserved bit of the pgd is set: page fault (#PF), error code 0x0009' \
	"$bad_pgd" 'translate 0xc1234567'
check "and validate finds it" grep -qx "as expected: the kernel's page table is not consistent" <(on $M "$bad_pgd" '! validate')

# ---- kmap

highmem='alloc_pages 0 highuser'
frame_of() {
	sed 's/.* pfn \(0x[0-9a-f]*\),.*/\1/'
}
pfn=$(on $M "$highmem" | frame_of)
va=$(on $M "$highmem" 'kmap h1' | address h2)
check "kmap gives an address in its window" within "$va" pkmap
check "where the page is" test "$(physical $M "$va" "$highmem" 'kmap h1')" = "$(hex $((pfn << 12)))"
check "nothing was there before" ends "translate: $va: nothing is mapped there" "translate $va"
check "a second kmap of the page gives the same" test \
	"$(on $M "$highmem" 'kmap h1' "kmap $pfn" | grep -c ": kmap $va, pfn $pfn, highmem$")" -eq 2
check "what is written there stays with the page" grep -q '^0xf[0-9a-f]*  ab cd$' \
	<(on $M "$highmem" 'kmap h1' "poke $va 0xab 0xcd" 'kunmap h2' 'vmap h1' "peek $(on $M "$highmem" 'vmap h1' | address h2) 2")
check "a page of lowmem has its own address" has 'h1: kmap 0xc1234000, pfn 0x1234, lowmem' $M 'kmap 0x1234'
check "kunmap takes a name, an address or a frame" has 'all is consistent' $M "$highmem" \
	'kmap h1' 'kmap h1' 'kmap h1' 'kunmap h2' "kunmap $va" "kunmap $pfn" '! kunmap h2' "! kunmap $pfn" validate
check "each drops one of them" test "$(grep -c '^as expected: kunmap: ' "$scratch/out")" -eq 2
check "a page of lowmem was never mapped" ends 'kunmap: page frame 0x1234 is not mapped' 'kunmap 0x1234'
first=$(on $M 'alloc_pages 10 highuser' | frame_of)
{
	echo 'alloc_pages 10 highuser'
	for ((i = 0; i < 1024; i++)); do printf 'kmap 0x%x\n' $((first + i)); done
} > "$scratch/full"
check "the window can be filled" has 'all is consistent' $M "$(cat "$scratch/full")" validate
check "with an address for each page" test "$(grep -oE 'kmap 0x[0-9a-f]+' "$scratch/out" | sort -u | wc -l)" -eq 1024
check "one more would wait for ever, and is refused" ends 'kmap: all slots of the window are in use: it would wait' \
	"$(cat "$scratch/full")" "$highmem" 'kmap h1026'
check "but not if the page is mapped already" has 'all is consistent' $M "$(cat "$scratch/full")" "kmap $first" validate
check "nor after a kunmap" has 'all is consistent' $M "$(cat "$scratch/full")" "$highmem" 'kunmap h2' 'kmap h1026' validate
for line in 'kmap x' 'kmap 0x7ffff000' 'kmap h1' 'kunmap h1'; do
	check "bad input is refused: $line" ends 'there is no page frame' "$line"
done
check "without highmem, kmap is the direct map" has 'h1: kmap 0xffff888001234000, pfn 0x1234, lowmem' $P 'kmap 0x1234'

# ---- vmalloc

va=$(on $M 'vmalloc 64K' | address h1)
check "vmalloc gives an address in its window" within "$va" vmalloc
check "and says how much" grep -qx "h1: vmalloc $va, 64 KB" <(on $M 'vmalloc 64K')
frames() {
	local i lines=()
	for ((i = 0; i < 16; i++)); do lines+=("translate $(hex $((va + i * 4096)))"); done
	on "$1" 'vmalloc 64K' "${lines[@]}" | sed -n 's/^Physical //p'
}
check "each page is mapped, to a frame of its own" test "$(frames $M | sort -u | wc -l)" -eq 16
check "to the first byte of it" test "$(frames $M | grep -c '000$')" -eq 16
check "behind the last page there is none" ends "translate: $(hex $((va + 65536))): nothing is mapped there" \
	'vmalloc 64K' "translate $(hex $((va + 65536)))"
check "the next area keeps clear of that" test \
	$(($(on $M 'vmalloc 64K' 'vmalloc 4K' | address h2))) -ge $((va + 65536 + 4096))
check "it can be written, over the ends of pages" has "$(hex $((va + 4090)))  00 00 00 00 00 01 02 03" \
	$M 'vmalloc 64K' "poke $(hex $((va + 4095))) 1 2 3" "peek $(hex $((va + 4090))) 8"
check "after vfree nothing is mapped" ends "peek: $va: nothing is mapped there: page fault (#PF), error code 0x0000" \
	'vmalloc 64K' 'vfree h1' "peek $va"
check "an address will do" has 'all is consistent' $M 'vmalloc 64K' "vfree $va" validate
# The row of HighMem: page tables stay, and are in another zone.
round=$'vmalloc 5M\nvfree h'
check "the pages come back" same "$(on $M 'cat buddyinfo' | tail -n 1)" \
	tail -n 1 <(on $M "${round}1" "${round}2" "${round}3" drain 'cat buddyinfo')
check "vmallocinfo lists the areas, with the page behind each" test \
	"$(on $M 'vmalloc 1M' 'vmalloc 8K' 'cat vmallocinfo' | awk '/ vmalloc N0=/ { print $2, $4 }' | tr '\n' ' ')" = \
	'1052672 pages=256 12288 pages=2 '
check "meminfo counts their memory" has 'VmallocUsed:        1032 kB' $M 'vmalloc 1M' 'vmalloc 8K' 'cat meminfo'
check "a second vfree is refused" grep -q "^as expected: vfree: $va was refused" \
	<(on $M 'vmalloc 64K' 'vfree h1' "! vfree $va")
check "so is an address inside" grep -q '^as expected: vfree: .* was refused' \
	<(on $M 'vmalloc 64K' "! vfree $(hex $((va + 4096)))")
check "and one in lowmem" grep -q '^as expected: vfree: .* was refused' <(on $M '! vfree 0xc1234000')
check "and the area of vmap" grep -q '^as expected: vunmap: .* was refused' <(on $M 'vmalloc 64K' "! vunmap $va")
check "after refusals all is consistent" has 'all is consistent' $M 'vmalloc 64K' \
	"! vfree $(hex $((va + 4096)))" '! vfree 0xc1234000' "! vunmap $va" 'vfree h1' validate
check "too much is refused" ends 'vmalloc: 2 GB cannot be had' 'vmalloc 2G'
for line in 'vmalloc 0' 'vmalloc x' 'vmalloc 64K large' 'vfree h1' 'vfree x'; do
	check "bad input is refused: $line" ends "${line%% *}: " "$line"
done
huge=$(on $P 'vmalloc 5M huge' | address h1)
check "huge areas have large pages" test \
	"$(on $P 'vmalloc 5M huge' "translate $huge" "translate $(hex $((huge + 0x200000)))" | grep -c 'present; 2 MB page')" -eq 2
check "and small ones for the rest" grep -q 'present; 4 KB page' \
	<(on $P 'vmalloc 5M huge' "translate $(hex $((huge + 0x400000)))")
check "without huge they are small" grep -q 'present; 4 KB page' \
	<(on $P 'vmalloc 5M' "translate $(on $P 'vmalloc 5M' | address h1)")

# ---- vmap, ioremap

pages=$(on $M 'alloc_pages 1 highuser' | frame_of)
va=$(on $M 'alloc_pages 1 highuser' 'vmap h1' | address h2)
check "vmap maps the pages of a handle" test "$(physical $M "$va" 'alloc_pages 1 highuser' 'vmap h1')" = "$(hex $((pages << 12)))"
check "all of them, in a row" test \
	"$(physical $M "$(hex $((va + 4096)))" 'alloc_pages 1 highuser' 'vmap h1')" = "$(hex $(((pages + 1) << 12)))"
check "it is the same memory that kmap shows" grep -q '  2a$' \
	<(on $M 'alloc_pages 1 highuser' 'vmap h1' "poke $va 42" 'kmap h1' 'peek 0xfec01000 1')
check "vunmap takes it away, and the pages stay" has 'h1: order 1 (8 KB), pfn '"$pages, physical $(hex $((pages << 12)))"', node 0, zone HighMem' \
	$M 'alloc_pages 1 highuser' 'vmap h1' 'vunmap h2' "! peek $va" handles
check "vmap needs a handle on pages" ends 'vmap: no handle `h1`' 'vmap h1'
va=$(on $M 'ioremap 0xfee00000 4K' | address h1)
check "ioremap shows a device" has 'Physical 0xfee00020' $M 'ioremap 0xfee00000 4K' "translate $(hex $((va + 0x20)))"
check "uncached" grep -q '; uncached$' "$scratch/out"
check "which is no RAM" grep -qx '  zone      none: not RAM' "$scratch/out"
check "or as it was said" grep -q '; write-combining$\|; write-through$' \
	<(on $M 'ioremap 0xfee00000 4K wt' "translate $va")
check "RAM is refused" ends 'ioremap: 4 KB cannot be had' 'ioremap 0x3000000 4K'
check "so is another cache type for the same page" ends 'ioremap: 4 KB cannot be had' \
	'ioremap 0xfee00000 4K' 'ioremap 0xfee00000 4K cache'
check "iounmap takes it away" ends 'nothing is mapped there' 'ioremap 0xfee00000 4K' 'iounmap h1' "translate $va"
for line in 'ioremap x 4K' 'ioremap 0xfee00000 x' 'ioremap 0xfee00000 4K x' 'iounmap h1'; do
	check "bad input is refused: $line" ends "${line%% *}: " "$line"
done

# ---- per-CPU memory

N=pc-x86_64-numa
copies() {
	on $N 'percpu alloc 100 64' 'percpu show' | sed -n 's/^  CPU [0-9]*  *//p'
}
check "percpu alloc gives each CPU a copy" test "$(copies | sort -u | wc -l)" -eq 2
first=$(copies | head -n 1) second=$(copies | tail -n 1)
check "aligned as asked for" test $((first % 64 + second % 64)) -eq 0
check "named by that of CPU 0" has "h1: percpu $first, 100 bytes on each of 2 CPUs" $N 'percpu alloc 100 64'
check "cleared" test "$(on $N 'percpu alloc 100 64' "peek $first 100" "peek $second 100" | grep ^0x | cut -c 21- | tr -d ' 0\n' | wc -c)" -eq 0
check "and apart from one another" has "$second  00" $N 'percpu alloc 100 64' "poke $first 1" "peek $second 1"
check "two areas do not overlap" test $(($(on $N 'percpu alloc 100 64' 'percpu alloc 8' | address h2) - first)) -ge 100
check "percpu free gives it back, by name or address" has 'all is consistent' $N 'percpu alloc 100' \
	'percpu alloc 100' 'percpu free h1' "percpu free $(on $N 'percpu alloc 100' 'percpu alloc 100' | address h2)" validate
check "a second time is refused" grep -q "^as expected: percpu: $first was refused" \
	<(on $N 'percpu alloc 100 64' 'percpu free h1' "! percpu free $first")
for line in 'percpu' 'percpu take 8' 'percpu alloc' 'percpu alloc 0' 'percpu alloc x' 'percpu alloc 8 x' 'percpu alloc 16 3' \
	'percpu alloc 1G' 'percpu free' 'percpu free h1' 'percpu show all'; do
	check "bad input is refused: $line" ends 'percpu' "$line"
done

# ---- together

check "handles lists all that is held" test "$(on $M "$highmem" 'vmalloc 8K' 'kmap h1' 'percpu alloc 8' handles | tail -n 4 |
	cut -d ' ' -f 1,2 | tr '\n' ' ')" = 'h1: order h2: vmalloc h3: kmap h4: percpu '
check "what is given back is not" test "$(on $M "$highmem" 'vmalloc 8K' 'vfree h2' 'kmap h1' 'kunmap h3' handles | tail -n 1 |
	cut -d ' ' -f 1,2)" = 'h1: order'
check "an area is nothing for free" ends 'no handle `h1`' 'vmalloc 8K' 'free h1'
check "a failure takes no name" has 'h1: order 0 (4 KB), pfn '"$pfn, physical $(hex $((pfn << 12)))"', node 0, zone HighMem' \
	$M '! vmalloc 2G' '! percpu alloc 1G' "$highmem"
check "all of it on 64 bits" has 'all is consistent' $P 'vmalloc 1M' 'vmalloc 8K' 'vfree h1' 'percpu alloc 32' \
	'kmap 0x1234' 'alloc_pages 3' 'vmap h5' 'vunmap h6' 'percpu free h3' 'kunmap h4' 'vfree h2' validate
for format in i386-pae sv39 arm64 alpha; do
	check "and in the format $format" has 'all is consistent' \
		"$M --format $format" 'vmalloc 1M' "$highmem" 'kmap h2' 'vmap h2' 'vfree h1' 'kunmap h3' 'vunmap h4' validate
done
plan
