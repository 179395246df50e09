#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# memory_shell.t - memory that is plugged into a machine that runs, and pulled; and contiguous
# areas: what the command is told, and what the reports say.
. tests/tools/tools.sh

cat > "$scratch/hotbox" <<END
machine hotbox
arch x86_64
cpus 2
bank 1M 127M
hotplug 0x100000000 1G
hotplug 0x200000000 512M node 1
END
# on LINE... - the lines through a pipe to a shell on that machine
on() {
	printf '%s\n' "$@" | "$QUIRE" shell "$scratch/hotbox"
}
# ends TEXT LINE... - the shell ends with status 1 and one line on stderr, in which TEXT stands
ends() {
	local text=$1 got=0
	shift
	on "$@" > "$scratch/out" 2> "$scratch/err" || got=$?
	cat "$scratch/out" "$scratch/err"
	[ "$got" -eq 1 ] && [ "$(wc -l < "$scratch/err")" -eq 1 ] && grep -qF -- "$text" "$scratch/err"
}
# has TEXT LINE... - the shell succeeds, and TEXT stands in what it prints
has() {
	local text=$1
	shift
	on "$@" > "$scratch/out" 2> "$scratch/err" || { cat "$scratch/out" "$scratch/err"; return 1; }
	grep -qF -- "$text" "$scratch/out" || { cat "$scratch/out"; return 1; }
}
# total LINE... - MemTotal after the lines
total() {
	on "$@" 'cat meminfo' | sed -nE 's/^MemTotal: +([0-9]+) kB$/\1/p'
}

# ---- hot-plug

boot=$(total)
check "nothing is there at first" fails has 0x100000000 memory
check "what is added stays offline" has '0x100000000-0x107ffffff  node 0  offline' 'memory add 4G 128M' memory
check "and is no memory yet" test "$(total 'memory add 4G 128M')" -eq "$boot"
check "online it is" test "$(total 'memory add 4G 256M' 'memory online 4G 256M')" -gt $((boot + 255 * 1024))
check "in the kernel's zone, if nobody says" has 'online  Normal' 'memory add 4G 128M' 'memory online 4G' memory
check "or in the movable one" has 'online  Movable' 'memory add 4G 128M' 'memory online 4G movable' memory
check "or by a policy" has 'online  Movable' 'memory policy movable' 'memory add 4G 128M' memory
check "on its node" has 'Node 1, zone   Normal' 'memory add 0x200000000 128M 1' 'memory online 0x200000000' 'cat buddyinfo'
check "it can be written to" has '0xffff888100000000  2a' 'memory add 4G 128M' 'memory online 4G' \
	'poke 0xffff888100000000 0x2a' 'peek 0xffff888100000000'
check "before that there is nothing to write to" ends "" 'poke 0xffff888100000000 0x2a'
check "iomem has a line for it" has '100000000-10fffffff : System RAM' 'memory add 4G 256M' 'cat iomem'
check "less when a part of it goes" has '108000000-10fffffff : System RAM' 'memory add 4G 256M' 'memory remove 4G' 'cat iomem'
check "and what is left, if it was in the middle" has '110000000-117ffffff : System RAM' \
	'memory add 4G 384M' 'memory remove 0x108000000' 'cat iomem'
check "all is as before when all is gone" test \
	"$(total 'memory add 4G 256M 0 own' 'memory online 4G 256M' 'memory offline 4G 256M' 'memory remove 4G 256M')" -eq "$boot"
check "and consistent" has 'all is consistent' 'memory add 4G 256M 0 own' 'memory online 4G 256M movable' validate \
	'memory offline 4G' validate 'memory remove 4G' validate
check "with own page structures nothing is taken elsewhere" has '(own page structures)' 'memory add 4G 128M own' memory
check "what is online is not removed" ends 'memory remove: 0x100000000, 0x8000000 bytes: Device or resource busy' \
	'memory add 4G 128M' 'memory online 4G' 'memory remove 4G'
check "what is in use does not go offline" ends 'Device or resource busy' 'memory add 4G 128M' 'memory online 4G' \
	'fill 0 kernel|memalloc' 'memory offline 4G'
check "nor is RAM added twice" ends 'File exists' 'memory add 4G 128M' 'memory add 4G 128M'
check "nor where none can be" ends 'Invalid argument' 'memory add 3G 128M'
check "nor on another node" ends 'Invalid argument' 'memory add 4G 128M 1'
check "nor half a block" ends 'Invalid argument' 'memory add 4G 64M'
check "what makes no sense is said" ends 'see `help memory`' 'memory plug 4G'
check "a type that is none too" ends 'kernel or movable, not `fast`' 'memory add 4G 128M' 'memory online 4G fast'
check "a machine without such ranges says so" refused 1 'no line `hotplug`' \
	"$QUIRE" shell imx6ul <(echo memory)
check "ranges must be whole blocks" refused 1 'not of whole memory blocks' "$QUIRE" boot <(printf 'bank 0 128M\nhotplug 129M 128M\n')
printf 'memory-block 32M\n' >> "$scratch/hotbox"
check "of the size that is said" has 'memory blocks of 32 MB' memory
check "such a block can come" has 'all is consistent' 'memory add 0x102000000 32M' 'memory online 0x102000000' validate

# ---- contiguous areas

check "--cma sets an area aside" shows 'cma: Reserved 64 MiB at 0x' "$QUIRE" boot imx6ul --cma 64M
check "meminfo has it" grep -qE '^CmaTotal: +65536 kB$' <("$QUIRE" boot imx6ul --cma 64M --quiet --show meminfo)
check "and lends it" grep -qE '^CmaFree: +65536 kB$' <("$QUIRE" boot imx6ul --cma 64M --quiet --show meminfo)
check "without areas there are no such rows" fails grep -q Cma <("$QUIRE" boot imx6ul --quiet --show meminfo)
check "pagetypeinfo counts its page blocks" grep -qE 'type +CMA .* 16 $' <("$QUIRE" boot imx6ul --cma 64M --quiet --show pagetypeinfo)
check "the report cma has its files" shows 'reserved/count:16384' "$QUIRE" boot imx6ul --cma 64M --quiet --show cma
check "a description can name areas" shows 'camera/base_pfn:16384' \
	"$QUIRE" boot <(printf 'bank 0 128M\ncma camera 16M at 64M\ncma sound 4M\n') --quiet --show cma
check "one that has no room stops the boot" refused 1 'Failed to reserve' "$QUIRE" boot imx6ul --cma 1G --quiet
plan
