#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# cplusplus.t - a kernel in C++ can include the headers and call the library.
. tests/build/tap.sh

cat > "$scratch/kernel.cc" <<'EOF'
extern "C" {
#include <quire/quire.h>
void port_log(enum log_level, const char *) {}
void port_panic(const char *) { __builtin_trap(); }
unsigned int port_cpu_id(void) { return 0; }
unsigned long port_irq_save(void) { return 0; }
void port_irq_restore(unsigned long) {}
void port_cpu_relax(void) {}
}

alignas(4096) static char ram[8 << 20];
static struct quire state;

int main()
{
	struct machine_bank bank = {};
	struct quire_machine machine = {};
	phys_addr_t start, end, free = 0;
	u64 i;

	bank.base = 1 << 20;
	bank.size = sizeof(ram);
	machine.banks = &bank;
	machine.nr_banks = 1;
	machine.direct_map = (uintptr_t)ram - (1 << 20);
	quire_select(&state);
	if (quire_boot(&machine))
		return 1;
	for_each_free_mem_range(i, NUMA_NO_NODE, MEMBLOCK_NONE, &start, &end, nullptr)
		free += end - start;
	struct page *page = alloc_pages(GFP_KERNEL, 3);
	if (!page || !free || page_to_pfn(page) % 8)
		return 2;
	__free_pages(page, 3);
	return page_alloc_validate() ? 3 : 0;
}
EOF

compile() {
	g++ -std=c++17 -Wall -Wextra -Werror -I"$B/include" -Iinclude -o "$scratch/kernel" \
		"$scratch/kernel.cc" "$B/libquire.a"
}
check "the library builds" build "$B" "$B/libquire.a"
check "a program in C++ compiles and links" compile
check "it boots, allocates and frees" "$scratch/kernel"
plan
