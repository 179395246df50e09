/* SPDX-License-Identifier: MIT */
/*
 * reader.c - the oracle of the page-table tests. Nothing of mm/pgtable is used but the
 * names of an access's parameters.
 */
#include <string.h>

#include "mm/lib/annotate.h"
#include "tests/pgtable/reader.h"

struct job {
	u64 root, lowmem_end, va;
	bool load, store, fetch, user, wp, nxe, smep, smap, sum, mxr, hw_ad;
	struct reading *out;
};

/* Hardware reads tables whether they are free or not. */
ANNOTATE_UNCHECKED static u64 entry4(u64 phys)
{
	return *(const volatile u32 *)phys_to_virt((phys_addr_t)phys);
}

ANNOTATE_UNCHECKED static u64 entry8(u64 phys)
{
	return *(const volatile u64 *)phys_to_virt((phys_addr_t)phys);
}

static void fault(const struct job *j, u32 code)
{
	j->out->is_ok = false;
	j->out->code = code;
}

static void ok(const struct job *j, u64 phys)
{
	j->out->is_ok = true;
	j->out->phys = phys;
}

static void note(const struct job *j, u64 at, u64 old, u64 value)
{
	if (old == value)
		return;
	j->out->write[j->out->nr_writes].at = at;
	j->out->write[j->out->nr_writes++].value = value;
}

static bool out_of_reach(const struct job *j, u64 table, u64 bytes)
{
	return table + bytes > j->lowmem_end;
}

/* ---- x86 ---- */

/* Error code without P and RSVD. */
static u32 x86_base(const struct job *j, bool has_nx)
{
	return (j->store ? 2u : 0) + (j->user ? 4u : 0) +
	       (j->fetch && (j->smep || (has_nx && j->nxe)) ? 16u : 0);
}

static bool x86_may(const struct job *j, bool rw, bool us, bool nx)
{
	if (j->user && !us)
		return false;
	if (j->fetch && nx)
		return false;
	if (!j->user && us && j->fetch && j->smep)
		return false;
	if (!j->user && us && !j->fetch && j->smap)
		return false;
	if (j->store && !rw && (j->user || j->wp))
		return false;
	return true;
}

static void x86_32(const struct job *j, bool pse, bool pse36)
{
	u32 base = x86_base(j, false);
	u64 pde_at = j->root + (j->va >> 22) * 4, pde, pte_at, pte;

	if (j->va >> 32)
		return fault(j, 0);
	pde = entry4(pde_at);
	if (!(pde & 1))
		return fault(j, base);
	if (pse && (pde & 0x80)) {
		if (pde & (pse36 ? 0x003e0000 : 0x003fe000))
			return fault(j, base + 9);
		if (!x86_may(j, pde & 2, pde & 4, false))
			return fault(j, base + 1);
		note(j, pde_at, pde, pde | 0x20 | (j->store ? 0x40 : 0));
		return ok(j, (pde & 0xffc00000) + (pse36 ? (pde >> 13 & 15) << 32 : 0) + (j->va & 0x3fffff));
	}
	note(j, pde_at, pde, pde | 0x20);
	if (out_of_reach(j, pde & 0xfffff000, 4096))
		return fault(j, 0);
	pte_at = (pde & 0xfffff000) + (j->va >> 12 & 0x3ff) * 4;
	pte = entry4(pte_at);
	if (!(pte & 1))
		return fault(j, base);
	if (!x86_may(j, pde & pte & 2, pde & pte & 4, false))
		return fault(j, base + 1);
	note(j, pte_at, pte, pte | 0x20 | (j->store ? 0x40 : 0));
	ok(j, (pte & 0xfffff000) + (j->va & 0xfff));
}

/* From the table at `table` with 512 entries, `shift` its slice of the address, down. */
static void x86_long_from(const struct job *j, u64 table, int shift, bool rw, bool us, u64 always_bad)
{
	u32 base = x86_base(j, true);
	bool nx = false;

	for (;; shift -= 9) {
		u64 at = table + (j->va >> shift & 0x1ff) * 8, size = 1ull << shift, bad = always_bad, e;
		bool is_page = shift == 12;

		if (out_of_reach(j, table, 4096))
			return fault(j, 0);
		e = entry8(at);
		if (!(e & 1))
			return fault(j, base);
		if (e & 0x80 && (shift == 21 || shift == 30)) {
			is_page = true;
			bad |= (size - 1) & ~0x1fffull; /* address bits below the page, but PAT */
		}
		if (shift > 30)
			bad |= 0x80;
		if (!j->nxe)
			bad |= 1ull << 63;
		if (e & bad)
			return fault(j, base + 9);
		rw = rw && (e & 2);
		us = us && (e & 4);
		nx = nx || e >> 63;
		if (is_page) {
			if (!x86_may(j, rw, us, nx))
				return fault(j, base + 1);
			note(j, at, e, e | 0x20 | (j->store ? 0x40 : 0));
			return ok(j, (e & 0xffffffffff000ull & ~(size - 1)) + (j->va & (size - 1)));
		}
		note(j, at, e, e | 0x20);
		table = e & 0xffffffffff000ull;
	}
}

static void x86_pae(const struct job *j)
{
	u64 pdpte;

	if (j->va >> 32)
		return fault(j, 0);
	pdpte = entry8(j->root + (j->va >> 30) * 8);
	if (!(pdpte & 1))
		return fault(j, x86_base(j, true));
	if (pdpte & 0xfffffff0000001e6ull) /* 64 GB */
		return fault(j, x86_base(j, true) + 9);
	x86_long_from(j, pdpte & 0xffffff000ull, 21, true, true, 0x7ffffff000000000ull);
}

static void x86_long(const struct job *j, int levels)
{
	int bits = levels == 4 ? 48 : 57;
	u64 high = j->va >> (bits - 1);

	if (high != 0 && high != ~0ull >> (bits - 1))
		return fault(j, 0);
	x86_long_from(j, j->root, levels == 4 ? 39 : 48, true, true, 0);
}

/* ---- Alpha ---- */

static void alpha(const struct job *j)
{
	u64 table = j->root, high = j->va >> 42, e;
	int shift;

	if (high != 0 && high != 0x3fffff)
		return fault(j, 1);
	for (shift = 33;; shift -= 10) {
		if (out_of_reach(j, table, 8192))
			return fault(j, 1);
		e = entry8(table + (j->va >> shift & 0x3ff) * 8);
		if (!(e & 1))
			return fault(j, 0);
		if (shift == 13)
			break;
		table = (e >> 32) << 13;
	}
	if (!(e & (j->store ? (j->user ? 1u << 13 : 1u << 12) : (j->user ? 1u << 9 : 1u << 8))))
		return fault(j, 1);
	if (j->load && (e & 2))
		return fault(j, 2);
	if (j->fetch && (e & 8))
		return fault(j, 3);
	if (j->store && (e & 4))
		return fault(j, 4);
	ok(j, ((e >> 32) << 13) + (j->va & 0x1fff));
}

/* ---- ARM ---- */

static void armv7(const struct job *j)
{
	u32 wnr = j->store ? 0x800 : 0;
	u64 e, table;

	if (j->va >> 32)
		return fault(j, wnr + 5);
	e = entry4(j->root + (j->va >> 20) * 4);
	if ((e & 3) == 2 && !(e & 1u << 18)) {
		if (!(e & 1u << 10))
			return fault(j, wnr + 3);
		if ((j->user && !(e & 1u << 11)) || (j->fetch && (e & 1u << 4)) ||
		    (j->store && (e & 1u << 15)))
			return fault(j, wnr + 13);
		return ok(j, (e & 0xfff00000) + (j->va & 0xfffff));
	}
	if ((e & 3) != 1)
		return fault(j, wnr + 5);
	table = e & 0xfffffc00;
	if (out_of_reach(j, table, 1024))
		return fault(j, wnr + 14);
	e = entry4(table + (j->va >> 12 & 0xff) * 4);
	if (!(e & 2))
		return fault(j, wnr + 7);
	if (!(e & 1u << 4))
		return fault(j, wnr + 6);
	if ((j->user && !(e & 1u << 5)) || (j->fetch && (e & 1)) || (j->store && (e & 1u << 9)))
		return fault(j, wnr + 15);
	ok(j, (e & 0xfffff000) + (j->va & 0xfff));
}

static void arm64(const struct job *j)
{
	u32 wnr = j->store ? 0x40 : 0, level;
	bool no_user = false, no_write = false, uxn = false, pxn = false, can_write;
	u64 table = j->root, at, e, after, size;

	if (j->va >> 48)
		return fault(j, wnr + 4);
	for (level = 0;; level++) {
		size = 1ull << (39 - 9 * level);
		if (out_of_reach(j, table, 4096))
			return fault(j, wnr + 20 + level);
		at = table + (j->va / size % 512) * 8;
		e = entry8(at);
		if (!(e & 1) || ((e & 3) == 1 && (level == 0 || level == 3)))
			return fault(j, wnr + 4 + level);
		if (level == 3 || (e & 3) == 1)
			break;
		pxn = pxn || e >> 59 & 1;
		uxn = uxn || e >> 60 & 1;
		no_user = no_user || e >> 61 & 1;
		no_write = no_write || e >> 62 & 1;
		table = e & 0xfffffffff000ull;
	}
	if (!(e >> 10 & 1) && !j->hw_ad)
		return fault(j, wnr + 8 + level);
	no_user = no_user || !(e >> 6 & 1);
	pxn = pxn || e >> 53 & 1;
	uxn = uxn || e >> 54 & 1;
	can_write = !no_write && (!(e >> 7 & 1) || ((e >> 51 & 1) && j->hw_ad));
	if (j->fetch ? (j->user ? uxn : pxn || (!no_user && can_write))
		     : (j->user && no_user) || (j->store && !can_write))
		return fault(j, wnr + 12 + level);
	after = e | 1u << 10;
	if (j->store)
		after &= ~0x80ull;
	note(j, at, e, after);
	ok(j, (e & 0xfffffffff000ull & ~(size - 1)) + (j->va & (size - 1)));
}

/* ---- RISC-V ---- */

static void riscv(const struct job *j, int levels, int entry_bytes)
{
	u32 page_fault = j->fetch ? 12 : j->store ? 15 : 13, bus = j->fetch ? 1 : j->store ? 7 : 5;
	int slice = entry_bytes == 4 ? 10 : 9, bits = 12 + levels * slice, i;
	u64 table = j->root, high = j->va >> (bits - 1), size, at, e, ppn;

	if (entry_bytes == 4 ? j->va >> 32 != 0 : high != 0 && high != ~0ull >> (bits - 1))
		return fault(j, page_fault);
	for (i = levels - 1;; i--) {
		size = 1ull << (12 + i * slice);
		if (out_of_reach(j, table, 4096))
			return fault(j, bus);
		at = table + (j->va / size % (1u << slice)) * (u64)entry_bytes;
		e = entry_bytes == 4 ? entry4(at) : entry8(at);
		ppn = entry_bytes == 4 ? e >> 10 : e >> 10 & 0xfffffffffffull;
		if (!(e & 1) || (e & 6) == 4 || (entry_bytes == 8 && e >> 54))
			return fault(j, page_fault);
		if (e & 0xa)
			break;
		if (i == 0 || (e & 0xd0))
			return fault(j, page_fault);
		table = ppn << 12;
	}
	if ((ppn << 12) & (size - 1))
		return fault(j, page_fault);
	if (j->user ? !(e & 0x10) : (e & 0x10) && (j->fetch || !j->sum))
		return fault(j, page_fault);
	if (j->fetch ? !(e & 8) : j->store ? !(e & 4) : !(e & 2) && !((e & 8) && j->mxr))
		return fault(j, page_fault);
	if (!j->hw_ad && (!(e & 0x40) || (j->store && !(e & 0x80))))
		return fault(j, page_fault);
	note(j, at, e, e | 0x40 | (j->store ? 0x80 : 0));
	ok(j, (ppn << 12) + (j->va & (size - 1)));
}

void read_by_the_book(const char *format, u64 root, u64 lowmem_end, u64 va,
		      const struct pt_request *request, struct reading *reading)
{
	struct job job = {
		.root = root,
		.lowmem_end = lowmem_end,
		.va = va,
		.load = request->kind == PT_LOAD,
		.store = request->kind == PT_STORE,
		.fetch = request->kind == PT_FETCH,
		.user = request->is_user,
		.wp = request->cpu & PT_CPU_WP,
		.nxe = request->cpu & PT_CPU_NXE,
		.smep = request->cpu & PT_CPU_SMEP,
		.smap = request->cpu & PT_CPU_SMAP,
		.sum = request->cpu & PT_CPU_SUM,
		.mxr = request->cpu & PT_CPU_MXR,
		.hw_ad = request->cpu & PT_CPU_HW_AD,
		.out = reading,
	};

	memset(reading, 0, sizeof(*reading));
	if (!strcmp(format, "i386"))
		x86_32(&job, false, false);
	else if (!strcmp(format, "i386-pse"))
		x86_32(&job, true, false);
	else if (!strcmp(format, "i386-pse36"))
		x86_32(&job, true, true);
	else if (!strcmp(format, "i386-pae"))
		x86_pae(&job);
	else if (!strcmp(format, "x86_64"))
		x86_long(&job, 4);
	else if (!strcmp(format, "x86_64-la57"))
		x86_long(&job, 5);
	else if (!strcmp(format, "alpha"))
		alpha(&job);
	else if (!strcmp(format, "armv7"))
		armv7(&job);
	else if (!strcmp(format, "arm64"))
		arm64(&job);
	else if (!strcmp(format, "sv32"))
		riscv(&job, 2, 4);
	else if (!strcmp(format, "sv39"))
		riscv(&job, 3, 8);
	else if (!strcmp(format, "sv48"))
		riscv(&job, 4, 8);
	else
		reading->code = 0xffffffff;
}
