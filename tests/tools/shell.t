#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# shell.t - quire shell: its commands, scripts, pipes, terminals.
. tests/tools/tools.sh

golden='Node 0, zone   Normal      4      4      1      2      3      2      3      3      3      3     40 '

# piped LINE... - the lines through a pipe to a shell on the golden board
piped() {
	printf '%s\n' "$@" | "$QUIRE" shell imx6ul
}
# ends STATUS TEXT LINE... - the shell ends with STATUS and one line on stderr, in which TEXT stands
ends() {
	local status=$1 text=$2 got=0
	shift 2
	printf '%s\n' "$@" | "$QUIRE" shell imx6ul > "$scratch/out" 2> "$scratch/err" || got=$?
	cat "$scratch/out" "$scratch/err"
	[ "$got" -eq "$status" ] && [ "$(wc -l < "$scratch/err")" -eq 1 ] && grep -qF -- "$text" "$scratch/err"
}

# ---- commands

check "the boot log is not shown" same "hello" piped 'echo hello'
check "with -v it is" grep -q '^Memory: ' <(echo quit | "$QUIRE" shell imx6ul -v)
check "ls lists the reports" shows 'buddyinfo ' piped ls
check "cat prints them" same "$golden" piped 'cat buddyinfo'
check "alloc_pages says where the block is" \
	grep -qE '^h1: order 3 \(32 KB\), pfn 0x[0-9a-f]+, physical 0x[0-9a-f]+000, node 0, zone Normal$' \
	<(piped 'alloc_pages 3 GFP_KERNEL')
check "flags may be short, joined, in any case" grep -q '^h1: order 0' <(piped 'alloc_pages 0 KERNEL|zero|__GFP_comp')
check "the flags may be left out before the node" grep -q 'node 0' <(piped 'alloc_pages 0 0')
check "blocks of one order do not overlap" test \
	"$(piped 'alloc_pages 2' 'alloc_pages 2' 'alloc_pages 2' | sed 's/.*pfn \(0x[0-9a-f]*\).*/\1/' | sort -u | wc -l)" -eq 3
check "what was taken is missing" fails same "$golden" piped 'alloc_pages 3' 'drain' 'cat buddyinfo'
check "what is freed is back" grep -qxF "$golden" <(piped 'alloc_pages 3' 'alloc_pages 0' 'free h1' 'free h2' drain 'cat buddyinfo')
check "handles lists what is held" test "$(piped 'alloc_pages 1' 'alloc_pages 2' 'free h1' handles | tail -n 1 | cut -d ' ' -f 1-3)" = 'h2: order 2'
check "fill takes every block of an order" grep -qE '^h1: 40 blocks of order 10 ' <(piped 'fill 10')
check "after fill nothing is left" ends 1 'no block of order 0' 'fill' 'alloc_pages 0'
check "freeing what fill took brings all back" grep -qxF "$golden" <(piped 'fill 0' 'free h1' drain 'cat buddyinfo')
check "fragment leaves only single pages" same \
	"h1: 21992 blocks of order 0 (86 MB)
Node 0, zone   Normal  21992      0      0      0      0      0      0      0      0      0      0 " \
	piped fragment 'cat buddyinfo'
check "a fragmented machine has no larger block" ends 1 'no block of order 1' fragment 'alloc_pages 1'
check "and is whole again when all is freed" grep -qxF "$golden" <(piped fragment 'free h1' drain 'cat buddyinfo')
moved="fragment highuser_movable" # every second page in use, in page blocks of the movable type
check "compact moves nothing that has no mover" same '0 blocks of order 9 came free; 0 pages were moved' \
	grep blocks.of.order.9 <(piped "$moved" compact)
check "compact moves pages that are movable" same '42 blocks of order 9 came free; 10752 pages were moved' \
	grep blocks.of.order.9 <(piped "$moved" 'movable h1' compact)
check "and then there are large blocks" grep -qE '^h2: order 10 ' <(piped "$moved" 'movable h1' compact 'alloc_pages 10')
check "a request that may wait has one made for it" grep -qE '^h2: order 9 ' \
	<(piped "$moved" 'movable h1' 'alloc_pages 9 kernel')
check "all is in order then" grep -qx 'all is consistent' <(piped "$moved" 'movable h1' compact validate)
check "and whole again when all is freed" grep -qxF "$golden" \
	<(piped "$moved" 'movable h1' compact 'free h1' drain 'cat buddyinfo')
check "movable wants a handle" ends 1 'no handle `h7`' 'movable h7'
check "compact wants a node that is there" ends 1 'there is no node 3' 'compact 3'
check "validate finds all in order" same 'all is consistent' piped validate
check "also in the middle of it all" grep -qx 'all is consistent' <(piped fragment 'fill 0' validate)
check "map draws" shows 'reserved ' piped map
check "map FILE writes it as SVG" piped "map $scratch/shell.svg"
check "the same that the map of the machine is" same "$("$QUIRE" map imx6ul --svg -)" cat "$scratch/shell.svg"
check "with what was allocated" test \
	"$(piped 'fill 10 kernel' 'map -' | grep -c '<path class="allocated"')" -eq 1
check "where it cannot be written, it is an error" ends 1 'No such file' "map $scratch/none/x.svg"
check "map shows what was allocated" grep -qE '\+ +allocated +4 pages' <(piped 'alloc_pages 2' map)
check "pages on a CPU's list are free in the map" test \
	"$(piped 'alloc_pages 0' 'free h1' map | grep -cE '\+ +allocated +0 pages| free +43984 pages')" -eq 2
check "the tail of a block is allocated in the map" grep -qE '\+ +allocated +1024 pages' <(piped 'alloc_pages 10' map)
check "echo prints its words" same 'a b c' piped 'echo  a   b	c'
check "help lists every command" test "$(piped help | grep -cE '^(ls|cat|alloc_pages|free|handles|fill|fragment|drain|validate|map|echo|help|quit) ')" -eq 13
check "help explains one" shows 'alloc_pages ORDER' piped 'help alloc_pages'
check "and the flags that it takes" grep -q '  GFP_KERNEL GFP_ATOMIC ' <(piped 'help alloc_pages')
check "help fits 80 columns" empty awk 'length > 80' <(piped help 'help fill')
check "quit ends the shell" same 'a' piped 'echo a' 'quit' 'echo b'
node_of() {
	printf '%s\n' "$1" | "$QUIRE" shell pc-x86_64-numa
}
check "a node is taken from first" grep -q 'node 1' <(node_of 'alloc_pages 0 kernel 1')
check "and the other one too" grep -q 'node 0' <(node_of 'alloc_pages 0 kernel 0')
check "highmem is used where it is allowed" grep -q 'zone HighMem' \
	<(echo 'alloc_pages 0 highuser' | "$QUIRE" shell pc-i386-2g)
check "and not where it is not" grep -q 'zone Normal' \
	<(echo 'alloc_pages 0 kernel' | "$QUIRE" shell pc-i386-2g)

# ---- who holds pages

owned() {
	printf '%s\n' "$@" | "$QUIRE" shell imx6ul --page-owner
}
pfn_of='s/.*pfn \(0x[0-9a-f]*\),.*/\1/'
check "page_owner sums up who holds pages" grep -qE '^ +1024 +1  0x[0-9a-f]+$' <(owned 'alloc_pages 10' page_owner)
check "and is a report" grep -qE '^ +1024 +1  0x[0-9a-f]+$' <(owned 'alloc_pages 10' 'cat page_owner_sites')
check "a page is in its block" shows ': in the block of order 4 at ' owned 'alloc_pages 4' \
	"page_owner $(owned 'alloc_pages 4' | sed "$pfn_of")"
check "a page that was freed is nobody's" grep -q ': nobody holds it; freed by 0x' \
	<(owned 'alloc_pages 4' 'free h1' "page_owner $(owned 'alloc_pages 4' | sed "$pfn_of")")
check "each block has a paragraph" grep -q '^Page allocated via order 4, mask 0xcc0, seq ' \
	<(owned 'alloc_pages 4' 'cat page_owner')
check "without --page-owner there are no records" ends 1 'keeps no records' page_owner
owner_error() {
	printf '%s\n' "$1" | "$QUIRE" shell imx6ul --page-owner 2>&1 | grep -qF "$2"
}
check "what is no page frame is refused" owner_error 'page_owner x' '`x` is no page frame'
check "a frame that is not there too" owner_error 'page_owner 0' 'page frame 0 does not exist'

# ---- memory that is lost

leaky() {
	printf '%s\n' "$@" | "$QUIRE" shell i386 --kmemleak
}
check "what the shell holds is no leak" grep -qx '0 suspected memory leaks' \
	<(leaky 'vmalloc 8192' 'percpu alloc 64' 'kmalloc 100 3' 'kmalloc 20000' 'cache create few 64' 'cache alloc few 5' \
	'kmemleak scan' 'kmemleak scan' | tail -n 1)
check "what it forgets is found" grep -qx '2 suspected memory leaks' \
	<(leaky 'vmalloc 8192' 'vmalloc 4096' 'percpu alloc 64' 'forget h1' 'forget h3' 'kmemleak scan' 'kmemleak scan')
check "objects, too" grep -qx '10 suspected memory leaks' \
	<(leaky 'kmalloc 100 3' 'kmalloc 20000' 'kmalloc 64' 'cache create few 64 no_merge' 'cache alloc few 6' \
	'forget h1' 'forget h2' 'forget few' 'kmemleak scan' 'kmemleak scan')
check "what was forgotten cannot be given back by its name" grep -q 'kfree: no handle `h1`' \
	<(leaky 'kmalloc 100 3' 'forget h1' '! kfree h1' 2>&1)
check "a cache whose objects were forgotten is still there" grep -q '^few .* 6 ' \
	<(leaky 'cache create few 64 no_merge' 'cache alloc few 6' 'forget few' caches)
check "and reported" grep -qE '^unreferenced object 0x[0-9a-f]+ \(size 8192\):$' \
	<(leaky 'vmalloc 8192' 'forget h1' 'kmemleak scan' 'kmemleak scan' kmemleak)
check "until it is cleared" empty eval \
	"leaky 'vmalloc 8192' 'forget h1' 'kmemleak scan' 'kmemleak scan' 'kmemleak clear' kmemleak | grep unreferenced"
check "off is off" grep -q 'kmemleak: it is off' <(leaky 'kmemleak off' '! kmemleak scan')
check "what is no command is refused" grep -q '`dump` is no command' <(leaky '! kmemleak dump')
check "without --kmemleak nobody watches" ends 1 'does not watch for leaks' kmemleak

# ---- failures on purpose

all_fail='fail_page_alloc probability 100 times -1 min-order 0 ignore-gfp-wait 0 verbose 0'
check "fail_page_alloc shows Linux's knobs" shows 'ignore-gfp-highmem  1' piped fail_page_alloc
check "at first nothing fails" grep -qx 'probability         0' <(piped fail_page_alloc)
check "with a probability of 100 every request fails" grep -q '^as expected: alloc_pages: no block' \
	<(piped "$all_fail" '! alloc_pages 0')
check "what is ignored does not" grep -q '^h1: order 0' <(piped "$all_fail" 'fail_page_alloc min-order 1' 'alloc_pages 0')
check "failures are counted" grep -qx 'failed so far       2' \
	<(piped "$all_fail" '! alloc_pages 0' '! alloc_pages 3' fail_page_alloc)
check "off ends it" grep -q '^h1: order 3' <(piped "$all_fail" '! alloc_pages 3' 'fail_page_alloc off' 'alloc_pages 3')
with_seed() {
	piped "$all_fail" "fail_page_alloc probability 1 seed $1" 'fill 0 kernel'
}
check "the same seed fails the same request" same "$(with_seed 3)" with_seed 3
check "another seed another one" fails same "$(with_seed 3)" with_seed 4
check "an unknown knob is named" ends 1 'no knob `probably`' 'fail_page_alloc probably 1'
check "a value out of range too" ends 1 'probability cannot be 101' 'fail_page_alloc probability 101'
check "a value that is no number" ends 1 '`x` is no number' 'fail_page_alloc times x'
check "a knob without a value" ends 1 'times needs a value' 'fail_page_alloc times'
check "and then none is set" grep -qx 'times               1' \
	<(piped '! fail_page_alloc times 5 probability 101' fail_page_alloc)
check "failslab has its own knobs" shows 'cache-filter        0' piped failslab
check "and takes them" grep -qx 'space               4096' <(piped 'failslab space 4096' failslab)
check "its errors name it" ends 1 'failslab: no knob `min-order`' 'failslab min-order 1'
check "neither command disturbs the other" grep -qx 'times               1' \
	<(piped 'failslab times 5 probability 50' fail_page_alloc)

# ---- misuse is refused, by the shell or by the library

check "an unknown command ends a pipe, with its line" ends 1 'quire: stdin:2: no command `bogus`' 'echo a' bogus 'echo b'
check "nothing after it is run" test "$(piped 'echo a' bogus 'echo b' 2> /dev/null)" = a
check "too few arguments show the usage" ends 1 'usage: alloc_pages ORDER' alloc_pages
check "too many too" ends 1 'usage: ls' 'ls all'
check "an order must be a number" ends 1 '`x` is no order' 'alloc_pages x'
check "a negative order is none" ends 1 '`-1` is no order' 'alloc_pages -1'
check "an unknown flag is named" ends 1 'no flag `bogus`' 'alloc_pages 0 kernel|bogus'
check "a node must be there" ends 1 'no node 7' 'alloc_pages 0 kernel 7'
check "an unknown handle is named" ends 1 'no handle `h9`' 'free h9'
check "a frame that is not there is none" ends 1 'does not exist' 'free 0x7ffff'
check "an unknown report is named, with the known ones" ends 1 'buddyinfo' 'cat buddyinfo nothing'
check "and then none is printed" same '' bash -c "echo 'cat buddyinfo nothing' | $(printf %q "$QUIRE") shell imx6ul 2> /dev/null || true"
check "a handle is freed once" ends 1 'no handle `h1`' 'alloc_pages 0' 'free h1' 'free h1'
check "a wrong order is refused by the library" ends 1 'h1 was refused' 'alloc_pages 3' 'free h1 2'
check "a page that is free is refused" ends 1 'was refused' 'free 0x88400'
check "a reserved page is refused" ends 1 'was refused' 'free 0x80200'
check "after refusals all is consistent" grep -qx 'all is consistent' \
	<(piped 'alloc_pages 3' '! free h1 2' '! free 0x88400' '! free 0x80200' validate)
check "and the block can still be freed" grep -qxF "$golden" \
	<(piped 'alloc_pages 3' '! free h1 2' 'free h1' drain 'cat buddyinfo')
check "! turns failure into success" shows 'as expected: ' piped '! bogus'
check "and success into failure" ends 1 'should have failed' '! echo a'
check "! alone is an error" ends 1 'usage: !' '!'

# ---- scripts

printf '# a script\n\n  echo one   # two\n\techo three\r\necho last' > "$scratch/script"
check "a script runs; comments, blank lines, no newline at its end" same "one
three
last" "$QUIRE" shell imx6ul "$scratch/script"
check "- is standard input" same 'hi' bash -c "echo 'echo hi' | $(printf %q "$QUIRE") shell imx6ul -"
printf 'echo one\n\nbogus\n' > "$scratch/script"
check "an error names script and line" grep -qF "quire: $scratch/script:3: no command" \
	<("$QUIRE" shell imx6ul "$scratch/script" 2>&1)
check "a script that fails ends with status 1" test "$("$QUIRE" shell imx6ul "$scratch/script" > "$scratch/out" 2>&1; echo $?)" -eq 1
check "a script that is not there fails" refused 1 'No such file' "$QUIRE" shell imx6ul "$scratch/none"
check "a folder is no script" refused 1 'directory' "$QUIRE" shell imx6ul "$scratch"
printf 'echo a\0b\n' > "$scratch/script"
check "a line with a NUL is refused" refused 1 'not a line of text' "$QUIRE" shell imx6ul "$scratch/script"
head -c 100000 /dev/zero | tr '\0' x > "$scratch/script"
check "a very long line is one unknown command" refused 1 'no command' "$QUIRE" shell imx6ul "$scratch/script"
check "an empty script succeeds" same '' "$QUIRE" shell imx6ul /dev/null

check "a shell without a machine is wrong usage" refused 2 'which machine' "$QUIRE" shell
check "two scripts are wrong usage" refused 2 'unexpected argument' "$QUIRE" shell imx6ul /dev/null /dev/null
check "an unknown machine fails" refused 1 'nothing-such' "$QUIRE" shell nothing-such
check "machine and commands cannot both be standard input" refused 2 'name a SCRIPT' "$QUIRE" shell -
echo 'cat buddyinfo' > "$scratch/script"
check "the machine can, beside a script" same "$golden" \
	bash -c "$(printf %q "$QUIRE") machines imx6ul | $(printf %q "$QUIRE") shell - $(printf %q "$scratch/script")"
closed_stdin() {
	local got=0
	"$QUIRE" shell imx6ul <&- > "$scratch/out" 2> "$scratch/err" || got=$?
	cat "$scratch/out" "$scratch/err"
	[ $got -eq 1 ] && [ ! -s "$scratch/out" ] && grep -qx 'quire: stdin: Bad file descriptor' "$scratch/err"
}
check "a closed standard input is an error" closed_stdin
echo ls > "$scratch/script"
check "a full disk is an error" needs_room "$QUIRE" shell imx6ul "$scratch/script"

# ---- a terminal

if has_terminal; then
	export TERM=xterm
	typed() {
		printf "$@" | at_terminal "$QUIRE" shell imx6ul
	}
	check "there is a prompt" grep -q 'quire> ' <(typed 'quit\n')
	check "an error does not end the shell" grep -qE '^(quire> )?hi$' <(typed 'bogus\necho hi\nquit\n')
	check "it is told without a line number" grep -qF 'quire: no command `bogus`' <(typed 'bogus\nquit\n')
	if ldd "$QUIRE" 2> /dev/null | grep -q libedit; then
		check "a command is completed" grep -q '^all is consistent' <(typed 'va\t\nquit\n')
	check "a report too" grep -qF "$golden" <(typed 'cat buddy\t\nquit\n')
		check "another behind it" grep -q '^h1: order 0' <(typed 'alloc_pages 0 gfp_ke\t|__gfp_z\t\nquit\n')
		check "^C gives up the line and no more" grep -qE '^(quire> )?after$' \
			<({ sleep 1; printf 'echo before\003'; sleep 1; printf 'echo after\nquit\n'; } |
				at_terminal "$QUIRE" shell imx6ul)
		check "a flag is completed" grep -q '^h1: order 0' <(typed 'alloc_pages 0 gfp_ke\t\nquit\n')
		check "the last line comes again" test "$(typed 'echo hi\n\020\nquit\n' | grep -cx hi)" -eq 2
	else
		check "where there is no editing it says why" grep -q libedit <(typed 'quit\n')
	fi
else
	skip "a terminal" "no script(1)"
fi
plan
