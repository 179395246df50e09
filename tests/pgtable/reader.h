/* SPDX-License-Identifier: MIT */
/*
 * reader.h - page tables read by the manuals: for each processor the access to one
 * address, written down straight, with numbers instead of the library's data.
 */
#ifndef TESTS_PGTABLE_READER_H
#define TESTS_PGTABLE_READER_H

#include <quire/pgtable.h>

struct reading {
	bool is_ok;
	u64 phys; /* if ok */
	u32 code; /* if not */
	/* The entries that the hardware writes, in this order. */
	unsigned int nr_writes;
	struct {
		u64 at; /* physical */
		u64 value;
	} write[8];
};

/* What an access does; nothing is written. `root` and tables lie below `lowmem_end`. */
void read_by_the_book(const char *format, u64 root, u64 lowmem_end, u64 va,
		      const struct pt_request *request, struct reading *reading);

#endif
