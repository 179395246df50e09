/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_scan.c - a scan: who leads to whom, in steps. The phases are those of enum kmemleak_phase;
 * each has a function that does a little with the lock held and says whether the phase is over.
 * The theory is at the head of kmemleak.c.
 */
#include <quire/page.h>

#include "mm/debug/internal.h"

#if CONFIG_KMEMLEAK

/* Bytes that are read while the lock is held, and objects that are visited. */
#define CHUNK ((size_t)512)
#define CHUNK_WORDS (CHUNK / sizeof(uintptr_t))
#define BATCH 16u
/* What a visit counts as. */
#define VISIT_COST 32u
/* Frames whose structures are looked at at once, and words of each that may be pointers. */
#define FRAMES 16u

static struct kmemleak_scan *scan_state(void)
{
	return &leak_state()->scan;
}

/* ---- finding ---- */

static void put_on_grey_list(struct kmemleak_object *object)
{
	if (!object->grey.next)
		list_add_tail(&object->grey, &scan_state()->grey);
}

void kmemleak_became_grey_locked(struct kmemleak_object *object)
{
	if (scan_state()->phase != KMEMLEAK_IDLE && object_is_grey(object))
		put_on_grey_list(object);
}

static void count_reference(struct kmemleak_object *object)
{
	if (!object_is_white(object))
		return;
	object->count++;
	if (object_is_grey(object))
		put_on_grey_list(object);
}

/* A word of `from` (NULL: of a root) is an address in the object. */
static void found_object(struct kmemleak_object *object, const struct kmemleak_object *from)
{
	if (object == from)
		return;
	if (!object_is_grey(object)) {
		count_reference(object);
	} else if (object->excess_ref) {
		object = kmemleak_lookup_exact_locked(KMEMLEAK_VIRT, object->excess_ref);
		if (object && object != from)
			count_reference(object);
	}
}

static void look_at_word(uintptr_t word, const struct kmemleak_object *from)
{
	static const enum kmemleak_kind kinds[] = { KMEMLEAK_VIRT, KMEMLEAK_PERCPU };
	const struct leak_state *ls = leak_state();
	size_t i;

	for (i = 0; i < 2; i++) {
		struct kmemleak_object *object;

		if (word < ls->min_addr[kinds[i]] || word >= ls->max_addr[kinds[i]])
			continue;
		object = kmemleak_lookup_locked(kinds[i], word);
		if (object)
			found_object(object, from);
	}
}

static void look_at_words(const uintptr_t *words, size_t nr, const struct kmemleak_object *from)
{
	size_t i;

	for (i = 0; i < nr; i++)
		look_at_word(words[i], from);
}

/*
 * The next words of [start, end), from scan.offset on, which moves; *cost is what was read. True: the
 * range is at its end.
 */
static bool look_at_chunk(uintptr_t start, uintptr_t end, const struct kmemleak_object *from, size_t *cost)
{
	struct kmemleak_scan *scan = scan_state();
	uintptr_t words[CHUNK_WORDS], at = ALIGN_UP(start + scan->offset, sizeof(uintptr_t));
	size_t nr;

	if (at >= end)
		return true;
	nr = min_of((size_t)(end - at) / sizeof(uintptr_t), CHUNK_WORDS);
	kmemleak_read_words(words, at, nr);
	look_at_words(words, nr, from);
	scan->offset = at - start + nr * sizeof(uintptr_t);
	*cost += nr * sizeof(uintptr_t);
	return nr < CHUNK_WORDS;
}

/* ---- walks over all objects ---- */

static void walk_begin(void)
{
	struct kmemleak_scan *scan = scan_state();

	scan->kind = 0;
	scan->next = 0;
	scan->at = NULL;
	scan->piece = 0;
	scan->offset = 0;
}

/* The object that the walk is at, or the first behind it that is still there. NULL: the walk is over. */
static struct kmemleak_object *walk_object(void)
{
	struct kmemleak_scan *scan = scan_state();
	struct kmemleak_object *object = NULL;

	while (scan->kind < NR_KMEMLEAK_KINDS &&
	       !(object = kmemleak_lookup_from_locked((enum kmemleak_kind)scan->kind, scan->next))) {
		scan->kind++;
		scan->next = 0;
	}
	return object;
}

/* Some more objects. True: those were all. */
static bool walk(void (*visit)(struct kmemleak_object *object), size_t *cost)
{
	struct kmemleak_object *object = walk_object();
	unsigned int i;

	for (i = 0; object && i < BATCH; i++) {
		visit(object);
		scan_state()->next = object->pointer + 1;
		object = kmemleak_next_locked(object);
	}
	*cost += (i + 1) * VISIT_COST;
	return !i;
}

static void reset_object(struct kmemleak_object *object)
{
	if (object->grey.next) {
		list_del(&object->grey); /* of a scan that was given up */
		object->grey.next = NULL;
	}
	object->count = 0;
	if (object_is_grey(object))
		put_on_grey_list(object);
}

static bool do_reset(size_t *cost)
{
	return walk(reset_object, cost);
}

/* ---- roots ---- */

/* What of struct quire may lead to objects of others: lists and trees that they are on, their hooks. */
static struct kmemleak_range quire_part(unsigned int i)
{
	const struct quire *q = this_quire();
	const struct kmemleak_range parts[] = {
		{ &q->page, &q->page + 1 },
		{ &q->slab, &q->slab + 1 },
		{ &q->report, &q->report + 1 },
		{ NULL, NULL },
	};

	return parts[min_of(i, 3U)];
}

/* A range of the embedder's, what lies before struct quire (side 0) or behind it. */
static struct kmemleak_range beside_quire(const struct kmemleak_range *root, unsigned int side)
{
	const char *start = root->start, *end = root->end;
	const char *quire = (const char *)this_quire(), *quire_end = quire + sizeof(struct quire);

	if (side == 0 && end > quire)
		end = quire;
	if (side == 1 && start < quire_end)
		start = quire_end;
	return (struct kmemleak_range){ start, end };
}

static struct kmemleak_range percpu_statics(unsigned int cpu)
{
	const struct percpu_state *ps = &this_quire()->percpu;
	uintptr_t start = ps->static_start + (CONFIG_SMP ? cpu * ps->unit_size : 0);

	if (!ps->is_up || !ps->static_size)
		return (struct kmemleak_range){ NULL, NULL };
	return (struct kmemleak_range){ (const void *)start, (const void *)(start + ps->static_size) };
}

/* The i-th root. False: there are not so many. */
static bool root(unsigned int i, struct kmemleak_range *range)
{
	const struct machine_leaks *machine = leak_state()->machine;
	unsigned int nr_parts = 0;

	if (i / 2 < machine->nr_roots) {
		*range = beside_quire(&machine->roots[i / 2], i % 2);
		return true;
	}
	i -= 2 * (unsigned int)machine->nr_roots;
	while (quire_part(nr_parts).start)
		nr_parts++;
	if (i < nr_parts)
		*range = quire_part(i);
	else if (i - nr_parts < quire_nr_cpus())
		*range = percpu_statics(i - nr_parts);
	else
		return false;
	return true;
}

static bool do_roots(size_t *cost)
{
	struct kmemleak_scan *scan = scan_state();
	struct kmemleak_range range;

	if (!root(scan->piece, &range))
		return true;
	*cost += VISIT_COST;
	if (look_at_chunk((uintptr_t)range.start, (uintptr_t)range.end, NULL, cost)) {
		scan->piece++;
		scan->offset = 0;
	}
	return false;
}

/* ---- page structures ---- */

/* The links of a page that is held, and what else its owner keeps there. */
static void look_at_page(const struct page *page)
{
	uintptr_t words[3];

	kmemleak_read_words(words, (uintptr_t)&page->lru, 2);
	look_at_words(words, 2, NULL);
#if CONFIG_PAGE_EXT
	if (PageExt(page)) {
		kmemleak_read_words(words, (uintptr_t)page_ext(page), 3);
		look_at_words(words, 3, NULL);
	}
#endif
}

static void look_at_frames(pfn_t from, pfn_t to, size_t *cost)
{
	for (; from < to; from++) {
		const struct page *page = pfn_to_page(from);

		(*cost)++;
		if (!(load_relaxed(*frame_state(page)) & PAGE_HELD))
			continue;
		look_at_page(page);
		*cost += VISIT_COST;
	}
}

static bool do_mem_map(size_t *cost)
{
	const struct page_state *ps = &this_quire()->page;
	struct kmemleak_scan *scan = scan_state();
	u32 walk_side = memmap_walk_begin();
	pfn_t pfn = max_of(scan->pfn, ps->memmap_base_pfn), end;

	*cost += VISIT_COST;
	if (pfn >= ps->memmap_end_pfn) {
		end = pfn;
	} else if (!pfn_valid(pfn)) {
		end = ALIGN_DOWN(pfn, MAX_ORDER_NR_PAGES) + MAX_ORDER_NR_PAGES;
	} else if (!pfn_to_online_page(pfn)) {
		end = ALIGN_DOWN(pfn, LEAF_NR_PAGES) + LEAF_NR_PAGES;
	} else {
		end = min_of(ALIGN_DOWN(pfn, LEAF_NR_PAGES) + LEAF_NR_PAGES, pfn + FRAMES);
		look_at_frames(pfn, end, cost);
	}
	memmap_walk_end(walk_side);
	scan->pfn = end;
	return pfn >= ps->memmap_end_pfn;
}

/* ---- stacks ---- */

void kmemleak_do_add_stack(struct kmemleak_stack *stack)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);

	stack->prev = NULL;
	stack->next = ls->stacks;
	if (ls->stacks)
		ls->stacks->prev = stack;
	ls->stacks = stack;
	spin_unlock_irqrestore(&ls->lock, flags);
}

void kmemleak_do_remove_stack(struct kmemleak_stack *stack)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);

	if (stack->next)
		stack->next->prev = stack->prev;
	if (stack->prev)
		stack->prev->next = stack->next;
	else
		ls->stacks = stack->next;
	if (ls->scan.stack == stack) {
		ls->scan.stack = stack->next;
		ls->scan.offset = 0;
		ls->scan.next = 0;
	}
	spin_unlock_irqrestore(&ls->lock, flags);
}

/* `start` may move meanwhile: the next chunk begins where the last one ended, or behind that. */
static bool do_stacks(size_t *cost)
{
	struct kmemleak_scan *scan = scan_state();
	const struct kmemleak_stack *stack = scan->stack;
	uintptr_t start, end;

	if (!stack || !load_relaxed(leak_state()->scans_stacks))
		return true;
	*cost += VISIT_COST;
	start = (uintptr_t)load_relaxed(stack->start);
	end = (uintptr_t)load_relaxed(stack->end);
	if (start + scan->offset < scan->next)
		scan->offset = scan->next - start;
	if (look_at_chunk(start, end, NULL, cost)) {
		scan->stack = stack->next;
		scan->offset = 0;
		scan->next = 0;
	} else {
		scan->next = start + scan->offset;
	}
	return false;
}

/* ---- objects that were found ---- */

static const struct kmemleak_area *nth_area(const struct kmemleak_object *object, unsigned int n)
{
	const struct kmemleak_area *area = object->areas;

	while (area && n--)
		area = area->next;
	return area;
}

/* The n-th piece of all of an object. False: it has not so many. */
static bool whole_piece(const struct kmemleak_object *object, unsigned int n, uintptr_t *start, size_t *size)
{
	*size = object->size;
	*start = object->pointer;
	if (object->kind != KMEMLEAK_PERCPU)
		return !n;
	*start = kmemleak_percpu_address(object->pointer, n);
	return n < quire_nr_cpus();
}

/* The n-th piece that may hold pointers. */
static bool scanned_piece(const struct kmemleak_object *object, unsigned int n, uintptr_t *start, size_t *size)
{
	const struct kmemleak_area *area;

	if (object->flags & OBJECT_NO_SCAN)
		return false;
	if (!object->areas || object->flags & OBJECT_FULL_SCAN)
		return whole_piece(object, n, start, size);
	area = nth_area(object, n);
	if (!area)
		return false;
	*start = area->start;
	*size = area->size;
	return true;
}

static struct kmemleak_object *next_grey(void)
{
	struct kmemleak_scan *scan = scan_state();
	struct kmemleak_object *object;

	if (list_empty(&scan->grey))
		return NULL;
	object = list_first_entry(&scan->grey, struct kmemleak_object, grey);
	list_del(&object->grey);
	object->grey.next = NULL;
	scan->piece = 0;
	scan->offset = 0;
	return object;
}

static bool do_grey(size_t *cost)
{
	struct kmemleak_scan *scan = scan_state();
	uintptr_t start;
	size_t size;

	if (!scan->at)
		scan->at = next_grey();
	if (!scan->at)
		return true;
	*cost += VISIT_COST;
	if (!scanned_piece(scan->at, scan->piece, &start, &size)) {
		scan->at = NULL;
	} else if (look_at_chunk(start, start + size, scan->at, cost)) {
		scan->piece++;
		scan->offset = 0;
	}
	return false;
}

/* ---- objects that were not found: have they changed? ---- */

/* FNV-1a, by bytes; never 0. */
#define CHECKSUM_SEED 2166136261u
static u32 checksum_bytes(u32 sum, const u8 *bytes, size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++)
		sum = (sum ^ bytes[i]) * 16777619u;
	return sum ? sum : 1;
}

/* The next bytes of scan.at. True: those were all. */
static bool checksum_chunk(size_t *cost)
{
	struct kmemleak_scan *scan = scan_state();
	u8 bytes[CHUNK];
	uintptr_t start;
	size_t size, nr;

	if (!whole_piece(scan->at, scan->piece, &start, &size))
		return true;
	nr = min_of(size - scan->offset, CHUNK);
	kmemleak_read_bytes(bytes, start + scan->offset, nr);
	scan->checksum = checksum_bytes(scan->checksum, bytes, nr);
	scan->offset += nr;
	*cost += nr;
	if (scan->offset >= size) {
		scan->piece++;
		scan->offset = 0;
	}
	return false;
}

/* It is in use, as it seems: this time it counts as found. */
static void judge(struct kmemleak_object *object, u32 checksum)
{
	if (object->checksum == checksum || !object_is_white(object))
		return;
	object->checksum = checksum;
	object->count = object->min_count;
	put_on_grey_list(object);
}

/* Looks for the next white object. True: there is none. */
static bool next_unfound(size_t *cost)
{
	struct kmemleak_scan *scan = scan_state();
	struct kmemleak_object *object = walk_object();
	unsigned int i;

	for (i = 0; object && i < BATCH && !scan->at; i++) {
		if (object_is_white(object) && object->kind != KMEMLEAK_PHYS)
			scan->at = object;
		scan->next = object->pointer + 1;
		object = kmemleak_next_locked(object);
	}
	scan->piece = 0;
	scan->offset = 0;
	scan->checksum = CHECKSUM_SEED;
	*cost += (i + 1) * VISIT_COST;
	return !i;
}

static bool do_changed(size_t *cost)
{
	struct kmemleak_scan *scan = scan_state();

	if (!scan->at)
		return next_unfound(cost);
	if (checksum_chunk(cost)) {
		judge(scan->at, scan->checksum);
		scan->at = NULL;
	}
	return false;
}

/* ---- the result ---- */

/* Nothing led to it, and it was there before the scan. */
static bool is_unreferenced(const struct kmemleak_object *object)
{
	const struct leak_state *ls = leak_state();
	unsigned long min_age = ls->machine->jiffies ? 5 * kmemleak_hz() : 1;

	return object_is_white(object) && (long)(ls->last_scan - object->jiffies - min_age) >= 0;
}

static void report_object(struct kmemleak_object *object)
{
	object->is_leak = is_unreferenced(object);
	if (object->flags & OBJECT_REPORTED || !object->is_leak)
		return;
	object->flags |= OBJECT_REPORTED;
	scan_state()->new_leaks++;
}

static bool do_report(size_t *cost)
{
	return walk(report_object, cost);
}

/* ---- the whole ---- */

static void scan_begin_locked(void)
{
	struct leak_state *ls = leak_state();

	store_relaxed(ls->jiffies, ls->jiffies + 1);
	ls->last_scan = kmemleak_now();
	walk_begin();
	ls->scan.phase = KMEMLEAK_RESET;
	ls->scan.pfn = 0;
	ls->scan.new_leaks = 0;
}

static void scan_end_locked(void)
{
	struct leak_state *ls = leak_state();

	ls->scan.phase = KMEMLEAK_IDLE;
	ls->next_scan = kmemleak_now() + ls->scan_wait * kmemleak_hz();
	ls->found_leaks |= ls->scan.new_leaks > 0;
}

static void next_phase_locked(void)
{
	struct kmemleak_scan *scan = scan_state();

	walk_begin();
	if (scan->phase == KMEMLEAK_REPORT) {
		scan_end_locked();
		return;
	}
	scan->phase++;
	if (scan->phase == KMEMLEAK_STACKS)
		scan->stack = leak_state()->stacks;
}

/* A little more of the scan; what it cost. 0: the scan is at its end. */
static size_t advance(void)
{
	static bool (*const work[])(size_t *cost) = {
		[KMEMLEAK_RESET] = do_reset,	   [KMEMLEAK_ROOTS] = do_roots,
		[KMEMLEAK_MEM_MAP] = do_mem_map,   [KMEMLEAK_STACKS] = do_stacks,
		[KMEMLEAK_GREY] = do_grey,	   [KMEMLEAK_CHANGED] = do_changed,
		[KMEMLEAK_GREY_TOO] = do_grey,	   [KMEMLEAK_REPORT] = do_report,
	};
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock), new_leaks = 0;
	size_t cost = 1;

	if (!ls->hooks)
		ls->scan.phase = KMEMLEAK_IDLE;
	else if (work[ls->scan.phase](&cost))
		next_phase_locked();
	if (ls->scan.phase == KMEMLEAK_IDLE) {
		new_leaks = ls->hooks ? ls->scan.new_leaks : 0;
		cost = 0;
	}
	spin_unlock_irqrestore(&ls->lock, flags);
	if (new_leaks)
		pr_info("kmemleak: %lu new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
			new_leaks);
	return cost;
}

/*
 * May this CPU do a part of a scan now? Begins one if none is under way, or with `anew` anyhow. 0;
 * -EPERM, -EBUSY.
 */
static int claim(bool anew)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	int err = ls->is_early || ls->is_stepping ? -EBUSY : 0;

	if (!ls->hooks)
		err = -EPERM;
	if (!err) {
		ls->is_stepping = true;
		if (anew || ls->scan.phase == KMEMLEAK_IDLE)
			scan_begin_locked();
	}
	spin_unlock_irqrestore(&ls->lock, flags);
	return err;
}

static void let_go(void)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);

	ls->is_stepping = false;
	spin_unlock_irqrestore(&ls->lock, flags);
	kmemleak_empty_if_idle();
}

bool kmemleak_do_scan_step(size_t budget)
{
	int err = claim(false);
	size_t cost = 1;

	if (err == -EPERM)
		kmemleak_empty_if_idle();
	if (err)
		return err == -EPERM || leak_state()->is_early;
	while (cost && budget) {
		cost = advance();
		budget -= min_of(budget, cost);
	}
	let_go();
	return !cost;
}

int kmemleak_do_scan(void)
{
	int err = claim(true);

	if (err)
		return err;
	while (advance())
		;
	let_go();
	return kmemleak_is_on() ? 0 : -EPERM;
}

bool kmemleak_do_poll(size_t budget)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	bool is_due = ls->scan.phase != KMEMLEAK_IDLE || !ls->machine->jiffies ||
		      (long)(kmemleak_now() - ls->next_scan) >= 0;

	is_due = is_due && ls->scans_by_itself && ls->hooks && !ls->is_early;
	spin_unlock_irqrestore(&ls->lock, flags);
	return is_due && !kmemleak_do_scan_step(budget);
}

#endif
