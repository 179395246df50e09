#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# layers.t - the arrows between the layers point down: by what files include, and by the
# symbols that their objects need.
. tests/build/tap.sh

# From the ground up.
layers='lib segment boot page debug slab pgtable kvirt proc init'
# The public headers that belong to a layer; the others belong to the lowest.
layer_of_header='memblock.h boot bootmem.h boot page.h page gfp.h page mmzone.h page page_frag.h page page_owner.h page mempolicy.h page vmstat.h page proc.h proc quire.h init memory_hotplug.h page cma.h page segment.h segment
	slab.h slab kmalloc.h slab mempool.h slab shrinker.h slab kvmalloc.h kvirt kfence.h kvirt
	pgtable.h pgtable pgtable_format.h pgtable pgtable_formats.h pgtable pgtable_names.h pgtable
	kvirt.h kvirt vmalloc.h kvirt highmem.h kvirt fixmap.h kvirt percpu.h kvirt
	pgtable_x86.h pgtable pgtable_arm.h pgtable pgtable_alpha.h pgtable pgtable_riscv.h pgtable'

# violations ROOT - a line for every #include in ROOT/mm and ROOT/include that is not allowed.
violations() {
	(cd "$1" && find mm include -name '*.[ch]' -exec grep -HnE '^[[:space:]]*#[[:space:]]*include' {} +) |
		awk -v headers="$(echo $layer_of_header)" -v layers="$layers" '
	BEGIN {
		n = split(layers, names, " ")
		for (i = 1; i <= n; i++)
			rank[names[i]] = i
		n = split(headers, h, " ")
		for (i = 1; i < n; i += 2)
			home[h[i]] = h[i + 1]
		n = split("float.h iso646.h limits.h stdalign.h stdarg.h stdbool.h stddef.h stdint.h", h, " ")
		for (i = 1; i <= n; i++)
			compiler[h[i]] = 1
	}
	{
		split($0, at, ":")
		file = at[1]
		is_public = file ~ /^include\//
		split(file, path, "/")
		mine = is_public ? 0 : rank[path[2]]
		if (!is_public && !mine) {
			print file ": in no layer"
			next
		}
		name = $0
		sub(/^[^<"]*[<"]/, "", name)
		sub(/[>"].*/, "", name)
		quoted = $0 ~ /include[[:space:]]*"/
		split(name, part, "/")
		if (!quoted && name in compiler)
			next
		if (!quoted && part[1] == "quire") {
			theirs = part[2] in home ? rank[home[part[2]]] : 1
			if (is_public || theirs <= mine)
				next
		} else if (quoted && !is_public && part[1] == "mm" && part[2] in rank && rank[part[2]] <= mine) {
			next
		}
		print file ":" at[2] ": includes " name
	}'
}

# upward ROOT-OF-OBJECTS - a line for every symbol that a layer needs of a layer above it.
upward() {
	local layer
	for layer in $layers; do
		nm -g "$1"/$layer/*.o | awk -v layer=$layer 'NF >= 2 { print layer, $(NF - 1), $NF }'
	done | awk -v layers="$layers" '
	BEGIN { n = split(layers, names, " "); for (i = 1; i <= n; i++) rank[names[i]] = i }
	$2 == "U" { needed[$1 " " $3] = 1 }
	$2 != "U" { home[$3] = $1 }
	END {
		for (pair in needed) {
			split(pair, p, " ")
			if (p[2] in home && rank[home[p[2]]] > rank[p[1]])
				print "mm/" p[1] " needs " p[2] " of mm/" home[p[2]]
		}
	}' | sort
}

check "no file includes a layer above its own" empty violations .

plant() {
	mkdir -p "$scratch/$(dirname "$1")"
	echo "$2" > "$scratch/$1"
}
plant mm/boot/planted.c '#include "mm/page/internal.h"'
plant mm/lib/planted.c '#include <string.h>'
plant mm/page/planted.h '  #  include "port/host/host.h"'
plant mm/boot/planted2.c '#include <quire/gfp.h>'
plant mm/init/allowed.c '#include "mm/lib/list.h"'
plant include/quire/planted.h '#include "mm/lib/list.h"'
plant mm/other/planted.c '#include <quire/types.h>'
violations "$scratch" | sort > "$scratch/found"
cat > "$scratch/expected" <<'END'
include/quire/planted.h:1: includes mm/lib/list.h
mm/boot/planted.c:1: includes mm/page/internal.h
mm/boot/planted2.c:1: includes quire/gfp.h
mm/lib/planted.c:1: includes string.h
mm/other/planted.c: in no layer
mm/page/planted.h:1: includes port/host/host.h
END
check "planted violations are found, and nothing else" diff "$scratch/expected" "$scratch/found"

check "the library builds" build "$B" "$B/libquire.a"
check "no object needs a symbol of a layer above its own" empty upward "$B/obj/mm"

for layer in $layers; do
	echo "int ${layer}_thing(void); int ${layer}_thing(void) { return 0; }"
	[ $layer != boot ] || echo "int page_thing(void); int boot_user(void); int boot_user(void) { return page_thing(); }"
	[ $layer != proc ] || echo "int lib_thing(void); int proc_user(void); int proc_user(void) { return lib_thing(); }"
done > "$scratch/all.c"
for layer in $layers; do
	mkdir -p "$scratch/obj/$layer"
	grep "^int ${layer}_\|int ${layer}_user" "$scratch/all.c" > "$scratch/$layer.c"
	gcc -c -o "$scratch/obj/$layer/$layer.o" "$scratch/$layer.c"
done
check "a planted upward call is found, and nothing else" \
	test "$(upward "$scratch/obj")" = "mm/boot needs page_thing of mm/page"
plan
