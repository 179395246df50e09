/* SPDX-License-Identifier: MIT */
/*
 * check.c - are the banks possible? Each against its neighbours, against the address
 * lines of the machine, and against the computer that shall simulate it.
 *
 * The library checks a description too, but it cannot say which line of which file a
 * bank came from; this can.
 */
#include <stdlib.h>
#include <unistd.h>

#include "tools/machine/reader.h"

/* A page of the machine costs the host a page structure: 64 bytes at most for 4 KiB. */
#define HOST_COST_SHIFT 6
/* A process has 47 bits of addresses; the machine may have half of them. */
#define HOST_SPAN_LIMIT ((u64)1 << 46)

typedef unsigned long long ull;

static int compare_banks(const void *a, const void *b)
{
	const struct bank_entry *x = a, *y = b;

	if (x->bank.base != y->bank.base)
		return x->bank.base < y->bank.base ? -1 : 1;
	return (x->where > y->where) - (x->where < y->where);
}

static ull last_byte(const struct bank_entry *entry)
{
	return entry->bank.base + entry->bank.size - 1;
}

static bool fail_overlap(struct machine_file *f, const struct bank_entry *a,
			 const struct bank_entry *b)
{
	const struct bank_entry *first = a->where <= b->where ? a : b;
	const struct bank_entry *second = first == a ? b : a;

	return machine_fail(f, second->where,
			    f->is_blob ? "bank 0x%llx-0x%llx overlaps the bank 0x%llx-0x%llx of "
					 "offset 0x%llx"
				       : "bank 0x%llx-0x%llx overlaps the bank 0x%llx-0x%llx of "
					 "line %llu",
			    (ull)second->bank.base, last_byte(second), (ull)first->bank.base,
			    last_byte(first), (ull)first->where);
}

bool machine_check_overlaps(struct machine_file *f)
{
	struct bank_entry *banks = f->banks.items, *top = banks;

	if (!f->banks.nr)
		return machine_fail(f, 0, "this %s has no RAM", f->kind);
	qsort(banks, f->banks.nr, sizeof(*banks), compare_banks);
	for (size_t i = 1; i < f->banks.nr; i++) {
		if (banks[i].bank.base <= last_byte(top))
			return fail_overlap(f, top, &banks[i]);
		top = &banks[i];
	}
	return true;
}

static u64 host_limit(void)
{
	long pages = sysconf(_SC_PHYS_PAGES), page_size = sysconf(_SC_PAGESIZE);
	u64 limit = pages > 0 && page_size > 0 ? (u64)pages * (u64)page_size : (u64)1 << 30;

	limit = limit >> 10 << (10 + HOST_COST_SHIFT);
	return limit < HOST_SPAN_LIMIT ? limit : HOST_SPAN_LIMIT;
}

static bool check_phys_bits(struct machine_file *f, const struct bank_entry *entry)
{
	if (!f->m.phys_bits || f->m.phys_bits >= 64 || last_byte(entry) >> f->m.phys_bits == 0)
		return true;
	return machine_fail(f, entry->where,
			    "bank 0x%llx-0x%llx is beyond the %s that %u address "
			    "lines reach (arch %s)",
			    (ull)entry->bank.base, last_byte(entry),
			    size_text((u64)1 << f->m.phys_bits), f->m.phys_bits, f->arch);
}

bool machine_check_limits(struct machine_file *f)
{
	u64 limit = f->max_ram ? f->max_ram : host_limit();
	const struct bank_entry *banks = f->banks.items;
	u64 sum = 0;

	for (size_t i = 0; i < f->banks.nr; i++) {
		if (!check_phys_bits(f, &banks[i]))
			return false;
		/* Banks do not overlap, so the sum fits in 64 bits. */
		sum += banks[i].bank.size;
		if (sum > limit || last_byte(&banks[i]) - banks[0].bank.base >= HOST_SPAN_LIMIT)
			return machine_fail(f, banks[i].where,
					    "bank 0x%llx-0x%llx: more RAM than "
					    "this computer can hold (%s, or 64 TB of addresses)",
					    (ull)banks[i].bank.base, last_byte(&banks[i]),
					    size_text(limit));
	}
	return true;
}
