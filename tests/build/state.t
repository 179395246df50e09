#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# state.t - no file of the library has a variable of its own: all mutable state lives in
# struct quire, and the one variable is the way to it.
. tests/build/tap.sh

# variables DIR ALLOWED - every object in a writable section of the objects below DIR, but ALLOWED.
# (.data.rel.ro is constant: the loader alone writes it.)
variables() {
	find "$1" -name '*.o' | sort | while read -r object; do
		objdump -t "$object" | awk -v file="${object##*/obj/}" -v allowed="$2" '
			NF < 4 { next }
			$(NF - 2) ~ /^(\.data|\.bss|\.tdata|\.tbss|\.sdata|\.sbss)/ || $(NF - 2) == "*COM*" {
				section = $(NF - 2)
				if (section ~ /^\.data\.rel\.ro/ || $NF ~ /^\./ || $NF == allowed)
					next
				print file ": " $NF " in " section
			}'
	done
}

check "the library of a process builds" build "$B" "$B/libquire.a"
check "its one variable is the thread's pointer" empty variables "$B/obj/mm" quire_current
check "the pointer is there" grep -q 'quire_current in .tbss' <(variables "$B/obj/mm" none)

kernel="gcc -m64"
check "the library of a kernel builds" build_kernel "$kernel"
check "its one variable is the instance" empty variables "$(kernel_dir "$kernel")/obj/mm" quire_instance
check "the instance is there" grep -q 'quire_instance in .data' <(variables "$(kernel_dir "$kernel")/obj/mm" none)

mkdir -p "$scratch/obj"
cat > "$scratch/planted.c" <<'END'
int planted_data = 1;
int planted_bss;
_Thread_local int planted_thread;
static int planted_static;
int *use(void);
int *use(void)
{
	static int planted_local = 3;
	planted_static++;
	return planted_local++ ? &planted_static : &planted_local;
}
const int constant = 4;
extern const char *const table[];
const char *const table[] = { "constant", "too" };
END
cat > "$scratch/planted_common.c" <<'END'
int planted_common;
END
gcc -c -O0 -fPIC -o "$scratch/obj/planted.o" "$scratch/planted.c"
gcc -c -fcommon -o "$scratch/obj/planted_common.o" "$scratch/planted_common.c"
found=$(variables "$scratch/obj" none | sed 's/.*: \(planted_[a-z]*\).* in .*/\1/;s/.*: //' | sort | tr '\n' ' ')
check "planted variables of every kind are found, constants are not" test "$found" = \
	"planted_bss planted_common planted_data planted_local planted_static planted_thread "
plan
