#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# map.t - quire map: the picture in letters, in colours, and as SVG.
. tests/tools/tools.sh

# ---- letters

"$QUIRE" map imx6ul --width 64 > "$scratch/map"
row() {
	grep "^  $1 " "$scratch/map" | awk '{ print $2 }'
}
repeat() {
	printf "%$2s" | tr ' ' "$1"
}
check "the map has a row for every 16 MB of the board" \
	test "$(grep -c '^  0x' "$scratch/map")" -eq 32
check "the first row: free blocks of rising order, then the kernel" \
	test "$(row 0x80000000)" = "56778888$(repeat '#' 56)"
check "largest free blocks fill rows" test "$(row 0x82000000)" = "$(repeat a 64)"
check "a row at the end of free memory" \
	test "$(row 0x8b000000)" = "$(repeat a 32)99999999776$(repeat '#' 21)"
check "the rest is reserved" test "$(row 0x9f000000)" = "$(repeat '#' 64)"
check "the legend counts reserved pages" grep -qE '# +reserved +87088 pages' "$scratch/map"
check "the legend counts free pages" grep -qE 'free +43984 pages' "$scratch/map"
check "the legend counts allocated pages" grep -qE '\+ +allocated +0 pages' "$scratch/map"
check "no escape codes where there is no terminal" fails grep -q $'\033' "$scratch/map"

printf 'machine holes\nzone Normal\nbank 0 64M\nbank 1G 64M\n' > "$scratch/holes"
check "rows without RAM are left out" shows 'no RAM: ' "$QUIRE" map "$scratch/holes"

for machine in $("$QUIRE" machines | cut -d ' ' -f 1); do
	check "the map of $machine has a line for each zone" test \
		"$("$QUIRE" map "$machine" | grep -cE '^(Node|Zone) ')" -eq \
		"$("$QUIRE" boot "$machine" --quiet --show zoneinfo | grep -cE '^        present +[1-9]')"
	check "the map of $machine fits a screen" test \
		"$("$QUIRE" map "$machine" | grep -c '^  0x')" -le 33
done

printf 'bank 0xabcd00000000 1G\n' > "$scratch/far"
for machine in imx6ul pc-i386-2g pc-x86_64-numa server-64g "$scratch/far"; do
	check "${machine##*/} fits 80 columns" empty awk 'length > 80' <("$QUIRE" map "$machine")
done
check "a zone says how much of it is free" shows \
	'Zone Normal: 0x80000000 - 0x9fffffff, 512 MB, 172 MB free' "$QUIRE" map imx6ul
check "the legend says how large a block is" shows 'block: 0 is 4 KB, a is 4 MB.' "$QUIRE" map imx6ul
check "also where there is one order" shows 'block: 0 is 4 KB.' "$QUIRE" map imx6ul --max-order 1

widest() {
	"$QUIRE" map imx6ul "$@" | awk '/^  0x/ { if (length($2) > max) max = length($2) } END { print max }'
}
check "--width says how many cells a row has" test "$(widest --width 20)" -eq 20
cells() {
	"$QUIRE" map imx6ul "$@" | awk '/^  0x/ { n += length($2) } END { print n }'
}
check "--cells says how many cells there are at most" test "$(cells --width 16 --cells 256)" -eq 256
check "also where that is less than a row" test "$(cells --cells 10)" -le 10
check "a cell can be one page" shows 'A cell is 1 page (4 KB)' \
	"$QUIRE" map imx6ul-b10 --width 256 --cells 65536

# ---- colours

if has_terminal; then
	export TERM=xterm-256color
	check "colours at a terminal" grep -q $'\033\\[' <(at_terminal "$QUIRE" map imx6ul < /dev/null)
	check "256 of them where the terminal has them" \
		grep -q '48;5;' <(at_terminal "$QUIRE" map imx6ul < /dev/null)
	export TERM=xterm
	check "16 elsewhere" fails grep -q '48;5;' <(at_terminal "$QUIRE" map imx6ul < /dev/null)
	check "but colours" grep -q $'\033\\[0;30;42m' <(at_terminal "$QUIRE" map imx6ul < /dev/null)
	export TERM=dumb
	check "none on a dumb terminal" fails grep -q $'\033' <(at_terminal "$QUIRE" map imx6ul < /dev/null)
	export TERM=xterm-256color NO_COLOR=1
	check "none with NO_COLOR" fails grep -q $'\033' <(at_terminal "$QUIRE" map imx6ul < /dev/null)
	unset NO_COLOR
else
	skip "colours at a terminal" "no script(1)"
fi

# ---- SVG

well_formed() {
	if command -v xmllint > /dev/null; then
		xmllint --noout "$1"
	else
		head -c 5 "$1" | grep -q '<?xml' && tail -n 1 "$1" | grep -qx '</svg>'
	fi
}
for machine in imx6ul pc-i386-2g pc-x86_64-numa server-64g; do
	check "$machine as SVG" "$QUIRE" map "$machine" --svg "$scratch/$machine.svg"
	check "it is well-formed" well_formed "$scratch/$machine.svg"
done
check "it names the machine" grep -q '<title>Physical memory of imx6ul</title>' "$scratch/imx6ul.svg"
check "it names the zones" grep -q '>Node 1, zone DMA32<' "$scratch/pc-x86_64-numa.svg"
check "it has a legend" grep -q '>reserved<tspan' "$scratch/imx6ul.svg"
check "it has dark colours too" grep -q 'prefers-color-scheme:dark' "$scratch/imx6ul.svg"
check "its cells are those of the letters" test \
	"$(grep -o 'class="reserved" d="[^"]*"' "$scratch/imx6ul.svg" | grep -o M | wc -l)" -eq \
	"$(grep '^  0x' "$scratch/map" | tr -cd '#' | wc -c)"
check "--svg - goes to stdout" same "$(cat "$scratch/imx6ul.svg")" "$QUIRE" map imx6ul --svg -
printf 'machine a<&>"b\nzone Normal\nbank 0 16M\n' > "$scratch/odd"
check "an odd name is escaped" "$QUIRE" map "$scratch/odd" --svg "$scratch/odd.svg"
check "and the file still well-formed" well_formed "$scratch/odd.svg"

printf 'machine "\303\251\351\355\240\200\001"\nbank 0 16M\n' > "$scratch/odd"
check "so is a name that is not all UTF-8" "$QUIRE" map "$scratch/odd" --svg "$scratch/odd.svg"
check "well-formed it is" well_formed "$scratch/odd.svg"
check "with what is UTF-8 in it" grep -q '<title>Physical memory of é?' "$scratch/odd.svg"
printf 'bank 0 1G\nbank 3G 1G\n' > "$scratch/hole"
check "it says how large a hole is" grep -q '>no RAM: 2 GB<' <("$QUIRE" map "$scratch/hole" --svg -)

mkdir "$scratch/dir"
check "a file in a folder that is not there fails" \
	refused 1 'No such file' "$QUIRE" map imx6ul --svg "$scratch/none/x.svg"
check "a folder instead of a file fails" refused 1 'directory' "$QUIRE" map imx6ul --svg "$scratch/dir"
check "a full disk fails" refused 1 'No space left' "$QUIRE" map imx6ul --svg /dev/full
check "and leaves the device alone" test -c /dev/full
printf 'old' > "$scratch/dir/kept.svg"
check "no machine, no file" refused 1 'nothing-such' "$QUIRE" map nothing-such --svg "$scratch/dir/kept.svg"
check "what was there stays" test "$(cat "$scratch/dir/kept.svg")" = old
ln -s kept.svg "$scratch/dir/link.svg"
check "through a symbolic link" "$QUIRE" map imx6ul --svg "$scratch/dir/link.svg"
check "the link stays a link" test -L "$scratch/dir/link.svg"
check "its target is replaced" well_formed "$scratch/dir/kept.svg"
check "no temporary file is left" test "$(find "$scratch/dir" -mindepth 1 | wc -l)" -eq 2
umask 027
"$QUIRE" map imx6ul --svg "$scratch/mode.svg"
check "the file has the mode that the umask gives" test "$(stat -c %a "$scratch/mode.svg")" = 640

# ---- usage

check "a map without a machine is wrong usage" refused 2 'which machine' "$QUIRE" map
for width in 0 257 x; do
	check "--width $width is wrong usage" refused 2 '--width' "$QUIRE" map imx6ul --width $width
done
check "--cells 0 is wrong usage" refused 2 '--cells' "$QUIRE" map imx6ul --cells 0
check "--show is not an option of map" refused 2 '--show' "$QUIRE" map imx6ul --show buddyinfo
check "a full disk is an error" needs_room "$QUIRE" map imx6ul
plan
