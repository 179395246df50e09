/* SPDX-License-Identifier: MIT */
/*
 * model_test.c - random requests of every kind on machines of several nodes and zones, against
 * the obvious model of page_model.h.
 *
 * Checked after every operation: no frame is handed out that is not free, each block is aligned
 * and of a zone that the request may have; it is the zone that the watermark rule says, or there
 * is none and the rule agrees; the counts of free pages are the model's; what was written into
 * a page is there until it is freed. Every so often: the allocator's own validator, and the
 * block at each frame. Misuse is mixed in, and must be refused and change nothing.
 *
 * `make soak` makes ten million operations of it.
 */
#include <string.h>

#include <quire/page_frag.h>

#include "mm/lib/bitmap.h"
#include "mm/lib/list.h"
#include "tests/fixture.h"
#include "tests/page/page_model.h"
#include "tests/tap.h"

#define MAX_BLOCKS 16384
#define MAX_FRAGS 256
#define VALIDATE_EVERY 500
#define CHECK_BLOCKS_EVERY 2500

/* What is held: blocks, by a number that the model has for their frames. */
struct held_block {
	pfn_t pfn;
	u16 place;     /* in live[] */
	u8 order;
	u8 references; /* beyond the first */
	bool is_compound;
	u32 stamp;
};
struct held_frag {
	unsigned char *va;
	unsigned int size;
	u16 block;
};

static struct page_model model;
static struct held_block blocks[MAX_BLOCKS];
static u16 unused[MAX_BLOCKS], live[MAX_BLOCKS];
static unsigned int nr_unused, nr_live;
static struct held_frag frags[MAX_FRAGS];
static unsigned int nr_frags;
static struct page_frag_cache cache;
static u16 cache_block; /* the one it cuts, while cache.va is set */
static unsigned int cpu;
static unsigned long operation, warnings;
static unsigned long served, refused, from_farther, in_the_end, boosts;

/* A check that ends the test: after a difference all others follow. */
#define MUST(cond)                                              \
	do {                                                    \
		if (!CHECK(cond)) {                             \
			tap_note("operation %lu", operation);   \
			tap_abandon();                          \
		}                                               \
	} while (0)

static bool one_in(u64 n)
{
	return test_random_below(n) == 0;
}

/* ---- contents ---- */

/* The first and the last word of each page that can be seen. */
static unsigned long *page_words(pfn_t pfn)
{
	return pfn < max_low_pfn ? phys_to_virt(PFN_PHYS(pfn)) : NULL;
}

static void stamp_block(const struct held_block *block)
{
	unsigned long i;

	for (i = 0; i < 1UL << block->order; i++) {
		unsigned long *words = page_words(block->pfn + i);

		if (!words)
			continue;
		words[0] = block->stamp;
		words[PAGE_SIZE / sizeof(long) - 1] = ~(unsigned long)block->stamp;
	}
}

static bool has_stamp(const struct held_block *block)
{
	unsigned long i;

	for (i = 0; i < 1UL << block->order; i++) {
		const unsigned long *words = page_words(block->pfn + i);

		if (words && (words[0] != block->stamp ||
			      words[PAGE_SIZE / sizeof(long) - 1] != ~(unsigned long)block->stamp))
			return false;
	}
	return true;
}

static bool is_zero(pfn_t pfn, unsigned int order)
{
	unsigned long i, word;

	for (i = 0; i < 1UL << order; i++) {
		const unsigned long *words = page_words(pfn + i);

		/* All of some pages, and of the others the words that a stamp may be left in. */
		for (word = 0; words && word < PAGE_SIZE / sizeof(long);
		     word += order > 2 ? PAGE_SIZE / sizeof(long) - 1 : 1)
			if (words[word])
				return false;
	}
	return true;
}

/* ---- what is held ---- */

static u16 hold_frames(pfn_t pfn, unsigned int order, bool is_compound)
{
	u16 id = unused[--nr_unused];
	struct held_block *block = &blocks[id];

	*block = (struct held_block){
		.pfn = pfn,
		.order = (u8)order,
		.is_compound = is_compound,
		.stamp = (u32)test_random(),
	};
	model_set(&model, pfn, 1UL << order, MODEL_HELD + id);
	return id;
}

static u16 holder_of(pfn_t pfn)
{
	return (u16)(model.what[pfn - model.base] - MODEL_HELD);
}

static void make_live(u16 id)
{
	blocks[id].place = (u16)nr_live;
	live[nr_live++] = id;
	stamp_block(&blocks[id]);
}

/* A new block of this order is the test's: all that must be true of it. */
static void hold(const struct page *page, const struct model_request *r, bool is_compound)
{
	pfn_t pfn = page_to_pfn(page);

	MUST(!(pfn & ((1UL << r->order) - 1)));
	MUST(model_all(&model, pfn, 1UL << r->order, MODEL_FREE));
	MUST(model_allows(&model, r, model_zone_of(&model, pfn)));
	MUST(model_zone_of(&model, pfn) == model_zone_of(&model, pfn + (1UL << r->order) - 1));
	MUST(page_zone(page) == model_zone_of(&model, pfn)->zone);
	MUST(page_ref_count(page) == 1 && page_mapcount(page) == 0 && !PageReserved(page));
	MUST(PageHead(page) == is_compound && compound_order(page) == (is_compound ? r->order : 0));
	MUST(!(r->gfp & __GFP_ZERO) || is_zero(pfn, r->order));
	make_live(hold_frames(pfn, r->order, is_compound));
}

/* It is nobody's any more. */
static void forget(u16 id)
{
	model_set(&model, blocks[id].pfn, 1UL << blocks[id].order, MODEL_FREE);
	unused[nr_unused++] = id;
}

static void remove_live(u16 id)
{
	u16 last = live[--nr_live];

	live[blocks[id].place] = last;
	blocks[last].place = blocks[id].place;
}

/* ---- requests ---- */

static const gfp_t wheres[] = {
	0, 0, __GFP_DMA, __GFP_DMA32, __GFP_HIGHMEM, __GFP_HIGHMEM | __GFP_MOVABLE, __GFP_MOVABLE,
	__GFP_HIGHMEM | __GFP_RECLAIMABLE, __GFP_RECLAIMABLE, __GFP_DMA | __GFP_RECLAIMABLE,
	__GFP_DMA | __GFP_HIGHMEM | __GFP_MOVABLE,
};
static const gfp_t hows[] = {
	GFP_KERNEL, GFP_KERNEL, GFP_NOWAIT, GFP_ATOMIC, GFP_NOIO, GFP_NOFS, 0, __GFP_HIGH,
	GFP_KERNEL | __GFP_HIGH, __GFP_ATOMIC, GFP_KERNEL | __GFP_NORETRY,
	GFP_KERNEL | __GFP_RETRY_MAYFAIL, GFP_KERNEL | __GFP_MEMALLOC, __GFP_MEMALLOC,
	GFP_ATOMIC | __GFP_NOMEMALLOC, GFP_ATOMIC | __GFP_MEMALLOC | __GFP_NOMEMALLOC,
	GFP_KERNEL_ACCOUNT, GFP_USER | __GFP_WRITE, GFP_KERNEL | __GFP_MEMALLOC | __GFP_HIGH,
};

static gfp_t random_gfp(void)
{
	gfp_t gfp = wheres[test_random_below(ARRAY_SIZE(wheres))] |
		    hows[test_random_below(ARRAY_SIZE(hows))];

	if (one_in(8))
		gfp |= __GFP_ZERO;
	if (one_in(6))
		gfp |= __GFP_COMP;
	if (one_in(6))
		gfp |= __GFP_THISNODE;
	return gfp | __GFP_NOWARN;
}

static int local_nid(void)
{
	return this_quire()->page.cpu_node[cpu];
}

static struct model_request random_request(void)
{
	struct model_request r = {
		.gfp = random_gfp(),
		.order = (unsigned int)test_random_below(1 + test_random_below(MAX_ORDER)),
		.nid = local_nid(),
		.cpu = cpu,
	};

	if (one_in(3))
		r.nid = (int)test_random_below(model.nr_nodes);
	return r;
}

static struct page *ask(struct model_request *r)
{
	if (r->nid != local_nid())
		return one_in(2) ? alloc_pages_node(r->nid, r->gfp, r->order)
				 : __alloc_pages(r->gfp, r->order, r->nid);
	if (one_in(4) && !(r->gfp & __GFP_HIGHMEM)) {
		unsigned long addr;

		if (!r->order && one_in(4)) {
			r->gfp |= __GFP_ZERO;
			addr = get_zeroed_page(r->gfp);
		} else {
			addr = __get_free_pages(r->gfp, r->order);
		}
		return addr ? virt_to_page((void *)addr) : NULL;
	}
	return alloc_pages(r->gfp, r->order);
}

/* Is there nothing left that the request may have, now that it has tried everything? */
static void check_refusal(const struct model_request *r)
{
	unsigned int i;

	refused++;
	MUST(!model_expect(&model, r));
	/* Who may wait has had all CPUs' lists drained. */
	for (i = 0; i < model.nr_zones && r->gfp & __GFP_DIRECT_RECLAIM; i++)
		MUST(model_kept_by_cpus(&model.zones[i]) == 0);
}

static void take_block(void)
{
	struct model_request r = random_request();
	struct model_zone *expected;
	struct page *page;

	if (nr_unused < MAX_BLOCKS / 8)
		return;
	expected = model_expect(&model, &r);
	/* It must not fail, and would wait for ever. */
	if (expected && r.order < 2 && (r.gfp & __GFP_DIRECT_RECLAIM) && one_in(4))
		r.gfp |= __GFP_NOFAIL;
	page = ask(&r);
	if (!page) {
		MUST(!expected);
		check_refusal(&r);
		return;
	}
	served++;
	hold(page, &r, r.order && (r.gfp & __GFP_COMP));
	in_the_end += !expected;
	if (expected) {
		MUST(model_zone_of(&model, page_to_pfn(page)) == expected);
		from_farther += expected->zone != &NODE_DATA(r.nid)->node_zones[model_highest(&model, r.gfp)];
	}
}

static void take_many(void)
{
	static struct page *pages[128];
	struct model_request r = random_request();
	unsigned long nr = 1 + test_random_below(ARRAY_SIZE(pages)), got, i, free_before[MODEL_ZONES];
	struct list_head list;

	if (nr_unused < MAX_BLOCKS / 8)
		return;
	r.order = 0;
	for (i = 0; i < model.nr_zones; i++)
		free_before[i] = model.zones[i].free - model_kept_by_cpus(&model.zones[i]);
	if (one_in(2)) {
		memset(pages, 0, sizeof(pages));
		got = alloc_pages_bulk_array_node(r.nid == local_nid() ? NUMA_NO_NODE : r.nid, 0, 0, pages);
		MUST(!got);
		got = alloc_pages_bulk_array_node(r.gfp, r.nid, nr, pages);
		for (i = 0; i < got; i++)
			hold(pages[i], &r, false);
		MUST(got == nr || !pages[got]);
	} else {
		INIT_LIST_HEAD(&list);
		r.nid = local_nid();
		got = alloc_pages_bulk_list(r.gfp, nr, &list);
		for (i = 0; i < got; i++) {
			struct page *page = list_first_entry(&list, struct page, lru);

			list_del(&page->lru);
			hold(page, &r, false);
		}
		MUST(list_empty(&list));
	}
	if (got < nr)
		check_refusal(&r);
	for (i = 0; i < model.nr_zones && got == nr; i++)
		MUST(model_left_enough(&model.zones[i], &r, free_before[i]));
}

static void take_exact(void)
{
	struct model_request r = random_request();
	size_t size;
	unsigned long pages, i;
	void *virt;

	if (nr_unused < MAX_BLOCKS / 2)
		return;
	r.gfp &= ~(__GFP_COMP | __GFP_HIGHMEM);
	if (!(r.gfp & __GFP_ZERO))
		r.gfp |= one_in(2) ? __GFP_ZERO : 0;
	size = 1 + test_random_below(PAGE_SIZE << r.order);
	if (one_in(3))
		size = (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	r.order = get_order(size);
	virt = r.nid == local_nid() ? alloc_pages_exact(size, r.gfp)
				    : alloc_pages_exact_nid(r.nid, size, r.gfp);
	if (!virt) {
		check_refusal(&r);
		return;
	}
	r.order = 0;
	pages = (size + PAGE_SIZE - 1) / PAGE_SIZE;
	for (i = 0; i < pages; i++)
		hold(virt_to_page(virt) + i, &r, false);
	if (one_in(2)) {
		for (i = 0; i < pages; i++) {
			u16 id = holder_of(page_to_pfn(virt_to_page(virt)) + i);

			MUST(has_stamp(&blocks[id]));
			remove_live(id);
			forget(id);
		}
		free_pages_exact(virt, size);
	}
}

/* ---- ranges of frames ---- */

static void take_range(void)
{
	pfn_t start = model.base + test_random_below(MODEL_FRAMES);
	pfn_t end = start + 1 + test_random_below(1 + test_random_below(300)), pfn;
	struct model_request r = { .gfp = GFP_KERNEL | __GFP_HIGHMEM | __GFP_MOVABLE, .nid = 0 };
	struct model_zone *zone = NULL;
	bool is_one_zone = true, is_free = true;
	int err;

	if (nr_unused < MAX_BLOCKS / 8 || end > model.base + MODEL_FRAMES)
		return;
	for (pfn = start; pfn < end && is_one_zone; pfn++) {
		unsigned int what = model.what[pfn - model.base];

		/* The structure of a hole belongs to some zone, if there is one: no matter to whom. */
		if (what == MODEL_HOLE)
			return;
		is_one_zone = !zone || zone == model_zone_of(&model, pfn);
		zone = model_zone_of(&model, pfn);
		is_free &= what == MODEL_FREE;
	}
	err = alloc_contig_range(start, end, MIGRATE_MOVABLE, r.gfp);
	MUST(err == (!is_one_zone ? -EINVAL : !is_free ? -EBUSY : 0));
	for (pfn = start; pfn < end && !err; pfn++)
		hold(pfn_to_page(pfn), &r, false);
}

/* ---- giving back ---- */

static u16 random_live(void)
{
	return live[test_random_below(nr_live)];
}

static void give_back(u16 id)
{
	struct held_block *block = &blocks[id];
	struct page *page = pfn_to_page(block->pfn);

	MUST(has_stamp(block));
	if (block->references) {
		MUST(page_ref_count(page) == 1 + block->references);
		block->references--;
		__free_pages(page, block->order);
		MUST(page_ref_count(page) == 1 + block->references);
		return;
	}
	remove_live(id);
	forget(id);
	if (block->pfn < max_low_pfn && one_in(4))
		free_pages((unsigned long)page_address(page), block->order);
	else if (!block->order && one_in(4))
		free_contig_range(block->pfn, 1);
	else
		__free_pages(page, block->order);
}

/* ---- reclaim: somebody's block, at times ---- */

static unsigned long reclaim_some(gfp_t gfp, unsigned int order, int nid)
{
	unsigned long before = model.free;

	(void)order;
	(void)nid;
	MUST(gfp & __GFP_DIRECT_RECLAIM);
	if (nr_live && one_in(3))
		give_back(random_live());
	return model.free - before;
}

/* It comes to it later: with one of the operations. */
static void wake(struct zone *zone, unsigned int order, enum zone_type highest)
{
	(void)order;
	(void)highest;
	boosts += zone->watermark_boost != 0;
}

static void lower_a_boost(void)
{
	struct zone *zone = model.zones[test_random_below(model.nr_zones)].zone;
	unsigned long before = zone->watermark_boost, pages = test_random_below(2 * pageblock_nr_pages);

	lower_watermark_boost(zone, pages);
	MUST(zone->watermark_boost == (before > pages ? before - pages : 0));
}

static const struct reclaim_ops reclaim = { .wake_kswapd = wake, .direct_reclaim = reclaim_some };

/* The pages of a block become blocks of their own; what is written in them stays. */
static void split_block(void)
{
	u16 id = random_live();
	struct held_block block = blocks[id];
	unsigned long i;

	if (block.is_compound || block.references || nr_unused < MAX_BLOCKS / 2)
		return;
	split_page(pfn_to_page(block.pfn), block.order);
	MUST(has_stamp(&block));
	remove_live(id);
	unused[nr_unused++] = id;
	for (i = 0; i < 1UL << block.order; i++) {
		MUST(page_ref_count(pfn_to_page(block.pfn + i)) == 1);
		make_live(hold_frames(block.pfn + i, 0, false));
	}
}

static void refer_again(void)
{
	u16 id = random_live();

	if (blocks[id].references > 3)
		return;
	get_page(pfn_to_page(blocks[id].pfn));
	blocks[id].references++;
}

/* What an owner may write into the structures of its pages: it is gone when they are next taken. */
static void write_structure(void)
{
	const struct held_block *block = &blocks[random_live()];
	unsigned long i = test_random_below(1UL << block->order);
	struct page *page = pfn_to_page(block->pfn + i);

	if (i && block->is_compound)
		return;
	set_page_private(page, test_random() & 0xffff);
	SetPagePrivate(page);
	if (i)
		set_page_mapping(page, (struct address_space *)(uintptr_t)0x1000, 3);
	/* Tails of a block that is not compound are their owner's to clean, or to split. */
}

/* ---- fragments ---- */

static unsigned int frags_of(u16 block)
{
	unsigned int i, count = 0;

	for (i = 0; i < nr_frags; i++)
		count += frags[i].block == block;
	return count;
}

/* The cache cuts another block: the one before is free if no fragment of it is held. */
static void frag_block_changed(const struct model_request *r, void *before, u16 block_before)
{
	pfn_t pfn = page_to_pfn(virt_to_page(cache.va));
	struct model_request of_block = *r;

	if (before && !frags_of(block_before))
		forget(block_before);
	of_block.order = get_order(cache.size);
	MUST(model_all(&model, pfn, 1UL << of_block.order, MODEL_FREE));
	MUST(model_allows(&model, &of_block, model_zone_of(&model, pfn)));
	cache_block = hold_frames(pfn, of_block.order, of_block.order != 0);
}

static void take_frag(void)
{
	struct model_request r = random_request();
	unsigned int size = 1 + (unsigned int)test_random_below(one_in(4) ? PAGE_SIZE : 600), align = 1;
	struct page_frag_cache old = cache;
	struct held_frag *frag = &frags[nr_frags];

	if (nr_frags == MAX_FRAGS || nr_unused < MAX_BLOCKS / 8)
		return;
	r.gfp &= ~(__GFP_HIGHMEM | __GFP_COMP | __GFP_THISNODE);
	r.nid = local_nid();
	if (one_in(2))
		align = 1U << test_random_below(8);
	frag->va = align == 1 ? page_frag_alloc(&cache, size, r.gfp)
			      : page_frag_alloc_align(&cache, size, r.gfp, align);
	if (!frag->va) {
		check_refusal(&r);
		MUST(cache.va == old.va);
		return;
	}
	if (cache.va != old.va)
		frag_block_changed(&r, old.va, cache_block);
	frag->size = size;
	frag->block = cache_block;
	MUST(!((uintptr_t)frag->va & (align - 1)));
	MUST(frag->va >= (unsigned char *)cache.va);
	MUST(frag->va + size <= (unsigned char *)cache.va + cache.size);
	MUST(!(r.gfp & __GFP_ZERO) || (!frag->va[0] && !frag->va[size - 1]));
	frag->va[0] = (unsigned char)size;
	frag->va[size - 1] = (unsigned char)size;
	nr_frags++;
}

static void give_frag_back(void)
{
	struct held_frag *frag = &frags[test_random_below(nr_frags)], old = *frag;

	MUST(old.va[0] == (unsigned char)old.size && old.va[old.size - 1] == (unsigned char)old.size);
	*frag = frags[--nr_frags];
	page_frag_free(old.va + test_random_below(old.size));
	if ((!cache.va || old.block != cache_block) && !frags_of(old.block))
		forget(old.block);
}

static void leave_frag_block(void)
{
	if (cache.va && !frags_of(cache_block))
		forget(cache_block);
	page_frag_cache_drain(&cache);
	MUST(!cache.va);
}

/* ---- sysctls ---- */

static void change_sysctl(void)
{
	struct model_sysctls *s = &model.sysctls;
	unsigned long lowmem_kbytes = 0;
	enum zone_type type = (enum zone_type)test_random_below(ZONE_NORMAL + 1);

	switch (test_random_below(4)) {
	case 0:
		lowmem_kbytes = (model.free * (unsigned long)PAGE_SIZE) >> 10;
		s->min_free_kbytes = test_random_below(1 + lowmem_kbytes / 20);
		MUST(!set_min_free_kbytes((long)s->min_free_kbytes));
		break;
	case 1:
		s->scale_factor = 1 + (unsigned int)test_random_below(400);
		MUST(!set_watermark_scale_factor((int)s->scale_factor));
		break;
	case 2:
		s->reserve_ratio[type] = (unsigned int)test_random_below(300);
		MUST(!set_lowmem_reserve_ratio(type, (int)s->reserve_ratio[type]));
		break;
	default:
		MUST(!set_percpu_pagelist_high_fraction(one_in(2) ? 0 : 8 + (int)test_random_below(500)));
		break;
	}
	MUST(model_check_marks(&model));
}

/* ---- misuse ---- */

/* Frees what must not be freed so: refused with one warning. */
static void misuse(void)
{
	pfn_t pfn = model.base + test_random_below(MODEL_FRAMES);
	unsigned int order = (unsigned int)test_random_below(MAX_ORDER), what = model.what[pfn - model.base];

	if (what == MODEL_HOLE)
		return;
	if (what >= MODEL_HELD && blocks[what - MODEL_HELD].pfn == pfn &&
	    blocks[what - MODEL_HELD].order == order)
		return;
	switch (test_random_below(3)) {
	case 0:
		/* Free, reserved, in the middle of a block, or of another order. */
		__free_pages(pfn_to_page(pfn), order);
		break;
	case 1:
		__free_pages((struct page *)((char *)pfn_to_page(pfn) + 1 + test_random_below(7)), order);
		break;
	default:
		MUST(!alloc_pages(GFP_KERNEL, MAX_ORDER + (unsigned int)test_random_below(100)));
		break;
	}
	warnings++;
}

/* ---- a run ---- */

static void drain(void)
{
	unsigned int zone = (unsigned int)test_random_below(model.nr_zones + 1);

	drain_all_pages(zone < model.nr_zones ? model.zones[zone].zone : NULL);
}

static void check_after_operation(void)
{
	MUST(this_quire()->log.warnings == warnings);
	if (!model_check_counts(&model))
		MUST(!"the counts are the model's");
	if (operation % VALIDATE_EVERY == 0)
		MUST(page_alloc_validate() == 0);
	if (operation % CHECK_BLOCKS_EVERY == 0) {
		drain_all_pages(NULL);
		MUST(model_check_blocks(&model));
		log_clear();
	}
}

/* One operation, by which free memory comes nearer to so many pages. */
static void operate(unsigned long target)
{
	u64 which = test_random_below(100), takes = model.free > target ? 65 : 20;

	if (which < takes * 8 / 10)
		take_block();
	else if (which < takes)
		(one_in(3) ? take_frag : one_in(3) ? take_many : one_in(2) ? take_exact : take_range)();
	else if (which < 90 && nr_live)
		(one_in(5) && nr_frags ? (void)give_frag_back() : give_back(random_live()));
	else if (which < 92 && nr_live)
		(one_in(3) ? split_block : one_in(2) ? refer_again : write_structure)();
	else if (which < 95)
		misuse();
	else if (which < 96)
		one_in(3) ? leave_frag_block() : drain();
	else if (which < 97)
		one_in(3) ? change_sysctl() : lower_a_boost();
	else
		test_set_cpu(cpu = (unsigned int)test_random_below(quire_nr_cpus()));
}

static void give_all_back(void)
{
	while (nr_live)
		give_back(live[nr_live - 1]);
	while (nr_frags)
		give_frag_back();
	leave_frag_block();
}

static void start(const struct quire_machine *m)
{
	unsigned int i;

	model_start(&model, m);
	nr_live = nr_frags = nr_unused = 0;
	for (i = MAX_BLOCKS; i--;)
		unused[nr_unused++] = (u16)i;
	cache = (struct page_frag_cache){ .va = NULL };
	cpu = 0;
	served = refused = from_farther = in_the_end = boosts = 0;
	warnings = this_quire()->log.warnings;
	operation = 0;
	check_after_operation();
	MUST(model_check_marks(&model));
}

static void run(struct quire_machine *m, bool has_reclaim)
{
	unsigned long operations = test_rounds(17000), target = 0;

	REQUIRE(test_machine_boot(m) == 0);
	start(m);
	if (has_reclaim)
		set_reclaim_ops(&reclaim);
	for (operation = 1; operation <= operations; operation++) {
		/* Memory runs low, stays so, and comes back. */
		if (operation % 2000 == 0)
			target = test_random_below(1 + test_random_below(totalram_pages()));
		operate(target);
		check_after_operation();
	}
	give_all_back();
	test_set_cpu(0);
	drain_all_pages(NULL);
	MUST(model_check_counts(&model));
	MUST(model_check_blocks(&model));
	MUST(page_alloc_validate() == 0);
	tap_note("%lu served, %lu not; %lu not from the first zone, %lu after all was tried; %lu boosts",
		 served, refused, from_farther, in_the_end, boosts);
}

/* ---- the machines ---- */

static void one_zone(void)
{
	run(model_machine_one_zone(), false);
}

static void dma_normal_highmem(void)
{
	run(model_machine_dma_normal_highmem(), true);
}

static void two_interleaved_nodes_with_dma32_and_movable(void)
{
	run(model_machine_two_interleaved_nodes_with_dma32_and_movable(), true);
}

static void four_nodes_with_highmem(void)
{
	run(model_machine_four_nodes_with_highmem(), false);
}

static void single_pages_only(void)
{
	run(model_machine_single_pages_only(), false);
}

static void large_blocks_of_small_pages(void)
{
	run(model_machine_large_blocks_of_small_pages(), true);
}

const struct tap_test tap_tests[] = {
	TEST(one_zone),
	TEST(dma_normal_highmem),
	TEST(two_interleaved_nodes_with_dma32_and_movable),
	TEST(four_nodes_with_highmem),
	TEST(single_pages_only),
	TEST(large_blocks_of_small_pages),
	{ NULL, NULL },
};
