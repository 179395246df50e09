/* SPDX-License-Identifier: MIT */
/*
 * mmu_oracle.c - random page tables and random accesses, by the CPU and by pt_access():
 * both must end alike and leave the same bits in the tables.
 *
 * All tables of an experiment lie in one block of memory, so that they can be put back and
 * compared as a whole:
 *
 *   pool     root | NR_TABLES tables of each level below | a table of each level for user code
 *
 * The root is a copy of the kernel's with random entries in the user's part. Every random
 * entry points to a table of the pool or to one block of scratch memory; then some of its
 * bits may be flipped, but none that would send an access elsewhere. Where the model
 * expects an access to reach something other than scratch memory, it is left out.
 */
#include "kernel/mmu_oracle.h"

#include <quire/gfp.h>
#include <quire/kvirt.h>
#include <quire/page.h>

#include "kernel/random.h"
#include "mm/lib/format.h"
#include "mm/lib/string.h"

#define NR_TABLES 4u	 /* of each level */
#define NR_INDICES 4u	 /* entries of each table that are in use */
#define ACCESSES 40u	 /* for each set of tables */
#define POOL_ORDER 4u
#define SCRATCH_ORDER (MAX_ORDER - 1u)

struct experiment {
	const struct mmu_probe *probe;
	const struct pt_format *format;
	u8 *pool, *before, *by_cpu; /* the tables; as they were made; as the CPU left them */
	u8 *scratch;
	size_t pool_size;
	size_t table_at[PT_MAX_LEVELS]; /* offset of the first table of each level in the pool */
	u64 random;
	unsigned int cpu; /* PT_CPU_ bits */
	char *why;
	size_t why_size;
};

static u64 next_random(struct experiment *x)
{
	return random_next(&x->random);
}

static unsigned int below(struct experiment *x, unsigned int n)
{
	return random_below(&x->random, n);
}

/* ---- tables ---- */

static unsigned int root_level(const struct experiment *x)
{
	return x->format->levels - 1u;
}

static u8 *table_of(struct experiment *x, unsigned int level, unsigned int n)
{
	return x->pool + x->table_at[level] + n * pt_table_bytes(x->format, level);
}

/* The n-th index that is in use: from the start, and the last one of a table that is no root. */
static unsigned long index_of(const struct experiment *x, unsigned int level, unsigned int n)
{
	unsigned long entries = 1ul << x->format->level[level].bits;

	if (level == root_level(x))
		return entries <= 4 ? n % 2 : n; /* PAE: the third is for user code, the fourth the kernel's */
	return n == NR_INDICES - 1 ? entries - 1 : n;
}

static u64 random_leaf(struct experiment *x, unsigned int level)
{
	u64 size = pt_level_size(x->format, level), scratch_size = (u64)PAGE_SIZE << SCRATCH_ORDER;
	u64 phys = virt_to_phys(x->scratch);
	unsigned int prot = (unsigned int)next_random(x) & ((1u << PT_NR_FLAGS) - 1);

	if (size < scratch_size)
		phys += size * below(x, (unsigned int)(scratch_size / size));
	else
		phys &= ~(size - 1);
	return pt_make_leaf(x->format, level, phys, pt_prot_fit(x->format, prot | PT_READ), PT_CACHE_WB);
}

static u64 random_entry(struct experiment *x, unsigned int level)
{
	bool is_leaf = x->format->level[level].leaf && (!level || !below(x, 4));
	bool is_pae_root = x->format->level[level].bits == 2;
	unsigned int flips = below(x, 3);
	u64 e, may_flip = x->probe->flips;

	if (!below(x, 6))
		return 0;
	e = is_leaf ? random_leaf(x, level)
		    : pt_make_table(x->format, level,
				    virt_to_phys(table_of(x, level - 1, below(x, NR_TABLES))));
	if (is_leaf && level)
		may_flip |= (pt_level_size(x->format, level) - 1) & ~(pt_page_size(x->format) - 1);
	/* PSE-36: CPUs with more than 36 address lines have them here. */
	if (is_leaf && x->format->level[level].leaf->high_mask)
		may_flip &= ~(0xffull << 13);
	/* The CPU reads PAE's root when it is loaded, and refuses reserved bits then. */
	while (flips-- && !is_pae_root) {
		u64 bit = 1ull << below(x, 8u * x->format->entry_bytes);

		if (bit & may_flip & ~x->probe->keep)
			e ^= bit;
	}
	return e;
}

static void fill_table(struct experiment *x, unsigned int level, u8 *table)
{
	unsigned int n;

	for (n = 0; n < NR_INDICES; n++)
		pt_write(x->format, pt_slot(x->format, table, index_of(x, level, n)),
			 random_entry(x, level));
}

/* The code that runs in user mode, through the last table of each level. */
static void map_user_code(struct experiment *x, phys_addr_t code)
{
	uintptr_t va = x->probe->user_va;
	unsigned int level = root_level(x);
	u8 *table = x->pool;

	for (; level; level--) {
		u8 *next = table_of(x, level - 1, NR_TABLES);

		pt_write(x->format, pt_slot(x->format, table, pt_index(x->format, level, va)),
			 pt_make_table(x->format, level, virt_to_phys(next)));
		table = next;
	}
	pt_write(x->format, pt_slot(x->format, table, pt_index(x->format, 0, va)),
		 pt_make_leaf(x->format, 0, code, PT_READ | PT_EXEC | PT_USER | PT_ACCESSED, PT_CACHE_WB));
}

static void make_tables(struct experiment *x, phys_addr_t user_code)
{
	unsigned int level, n;

	memset(x->pool, 0, x->pool_size);
	memcpy(x->pool, phys_to_virt(kernel_pgtable()->root), pt_table_bytes(x->format, root_level(x)));
	fill_table(x, root_level(x), x->pool);
	for (level = 0; level < root_level(x); level++)
		for (n = 0; n < NR_TABLES; n++)
			fill_table(x, level, table_of(x, level, n));
	if (x->probe->user_code)
		map_user_code(x, user_code);
	memcpy(x->before, x->pool, x->pool_size);
}

/* ---- one access ---- */

struct attempt {
	const struct experiment *x;
	uintptr_t va;
	struct pt_request request;
};

static void by_cpu(void *arg)
{
	const struct attempt *a = arg;

	a->x->probe->access(a->va, a->request.kind, a->request.is_user);
}

static uintptr_t random_va(struct experiment *x)
{
	unsigned int level = root_level(x);
	u64 va = next_random(x) & (pt_page_size(x->format) - 1) & ~3ull;

	for (;; level--) {
		va |= (u64)index_of(x, level, below(x, NR_INDICES)) << x->format->level[level].shift;
		if (!level)
			return (uintptr_t)va;
	}
}

static bool reaches_scratch(const struct experiment *x, u64 phys)
{
	return phys - virt_to_phys(x->scratch) < (u64)PAGE_SIZE << SCRATCH_ORDER;
}

static bool disagree(struct experiment *x, const struct attempt *a, const char *what, u64 model, u64 cpu)
{
	static const char *const kinds[] = { "load", "store", "fetch" };

	quire_snprintf(x->why, x->why_size, "%s of 0x%lx by the %s, CPU bits 0x%x: %s: model 0x%llx, CPU 0x%llx",
		       kinds[a->request.kind], (unsigned long)a->va,
		       a->request.is_user ? "user" : "kernel", x->cpu, what, (unsigned long long)model,
		       (unsigned long long)cpu);
	return false;
}

static bool compare(struct experiment *x, const struct attempt *a, const struct pt_outcome *model,
		    const struct trap *trap)
{
	size_t i;

	if (!model->fault != !trap)
		return disagree(x, a, "fault", model->fault, trap ? trap->vector : 0);
	if (trap && model->code != (trap->code & x->probe->code_mask) &&
	    !(x->probe->deviates && x->probe->deviates(model, trap)))
		return disagree(x, a, "code", model->code, trap->code);
	if (trap && trap->address != a->va)
		return disagree(x, a, "address", a->va, trap->address);
	for (i = 0; i < x->pool_size; i += x->format->entry_bytes) {
		u64 of_model = pt_read(x->format, x->pool + i), of_cpu = pt_read(x->format, x->by_cpu + i);

		if ((of_model ^ of_cpu) & ~(trap ? x->probe->accessed : 0))
			return disagree(x, a, "an entry afterwards", of_model, of_cpu);
	}
	return true;
}

/* Takes over what says nothing of this access: the tables of the user code, the kernel's entries. */
static void take_over(struct experiment *x, size_t from, size_t to)
{
	memcpy(x->pool + from, x->by_cpu + from, to - from);
}

static void ignore_noise(struct experiment *x)
{
	const struct pt_format *f = x->format;
	unsigned int level, root = root_level(x), n;
	u8 *first = pt_slot(f, x->pool, pt_index(f, root, x->probe->user_va));

	take_over(x, (size_t)(first - x->pool), pt_table_bytes(f, root));
	for (level = 0; level < root; level++) {
		size_t at = (size_t)(table_of(x, level, NR_TABLES) - x->pool);

		take_over(x, at, at + pt_table_bytes(f, level));
	}
	for (n = 0; n < NR_INDICES; n++) {
		u8 *slot = pt_slot(f, x->by_cpu, index_of(x, root, n));

		pt_write(f, slot, pt_read(f, slot) & ~x->probe->root_noise);
	}
}

static enum pt_fault by_model(struct experiment *x, const struct attempt *a, struct pt_outcome *model)
{
	memcpy(x->pool, x->before, x->pool_size);
	return pt_access(x->format, virt_to_phys(x->pool), a->va, &a->request, model);
}

/* True if the CPU has trapped. */
static bool tried_by_cpu(struct experiment *x, struct attempt *a, struct trap *trap)
{
	bool is_trap;

	memcpy(x->pool, x->before, x->pool_size);
	x->probe->use(virt_to_phys(x->pool), x->cpu);
	is_trap = trap_catch(by_cpu, a, trap) && !x->probe->is_done(trap);
	x->probe->use(kernel_pgtable()->root, x->probe->always);
	memcpy(x->by_cpu, x->pool, x->pool_size);
	return is_trap;
}

static void choose_access(struct experiment *x, struct attempt *a)
{
	a->x = x;
	a->va = random_va(x);
	a->request.kind = (enum pt_access_kind)below(x, 3);
	a->request.is_user = below(x, 2) &&
			     (a->request.kind != PT_FETCH || x->probe->has_user_fetch);
	a->request.cpu = x->cpu;
	a->request.phys_bits = x->probe->phys_bits;
}

/* True if both agreed, or it was left out. */
static bool try_access(struct experiment *x, struct mmu_oracle_counts *counts)
{
	struct attempt a;
	struct pt_outcome model;
	struct trap trap;
	enum pt_fault fault;
	bool is_trap;

	choose_access(x, &a);
	/* The model first, to know what the CPU had better not do. */
	fault = by_model(x, &a, &model);
	if (fault == PT_FAULT_BUS || (!fault && !reaches_scratch(x, model.phys))) {
		counts->skipped++;
		return true;
	}
	is_trap = tried_by_cpu(x, &a, &trap);
	by_model(x, &a, &model);
	ignore_noise(x);
	counts->accesses++;
	counts->faults += is_trap;
	return compare(x, &a, &model, is_trap ? &trap : NULL);
}

/* ---- the whole ---- */

/* Where the tables of each level are, from the root down; false if the pool is too small. */
static bool lay_out(struct experiment *x)
{
	unsigned int level = root_level(x);
	size_t at = pt_table_bytes(x->format, level);

	while (level--) {
		size_t bytes = pt_table_bytes(x->format, level);

		at = (at + bytes - 1) & ~(bytes - 1);
		x->table_at[level] = at;
		at += (NR_TABLES + 1) * bytes;
	}
	x->pool_size = at;
	return at <= PAGE_SIZE << POOL_ORDER;
}

static bool run(struct experiment *x, unsigned long sets, phys_addr_t user_code,
		struct mmu_oracle_counts *counts)
{
	unsigned int i;

	while (sets--) {
		make_tables(x, user_code);
		x->cpu = x->probe->always | ((unsigned int)next_random(x) & x->probe->choices);
		for (i = 0; i < ACCESSES; i++)
			if (!try_access(x, counts))
				return false;
	}
	return true;
}

static u8 *block(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	return page ? page_address(page) : NULL;
}

const char *mmu_oracle(const struct mmu_probe *probe, unsigned long sets,
		       struct mmu_oracle_counts *counts)
{
	static char why[160];
	struct experiment x = { .probe = probe, .format = probe->format, .random = RANDOM_SEED,
				.why = why, .why_size = sizeof(why) };
	size_t i;
	u8 *code;

	memset(counts, 0, sizeof(*counts));
	x.pool = block(POOL_ORDER);
	x.before = block(POOL_ORDER);
	x.by_cpu = block(POOL_ORDER);
	x.scratch = block(SCRATCH_ORDER);
	code = block(0);
	if (!x.pool || !x.before || !x.by_cpu || !x.scratch || !code || !lay_out(&x))
		return "no memory for the experiment";
	memcpy(code, probe->user_code ? probe->user_code : x.pool, probe->user_code_size);
	for (i = 0; i < PAGE_SIZE << SCRATCH_ORDER; i += sizeof(probe->fill))
		memcpy(x.scratch + i, &probe->fill, sizeof(probe->fill));
	return run(&x, sets, virt_to_phys(code), counts) ? NULL : why;
}
