/* SPDX-License-Identifier: MIT */
/*
 * fail_page_alloc.c - the page allocator fails at random, as much as the knobs say. How they
 * are kept and drawn: mm/lib/fault_attr.c. Here is which requests they spare.
 */
#include <quire/fault.h>
#include <quire/gfp.h>

#include "mm/lib/fault_attr.h"
#include "mm/lib/log.h"

static const struct fault_knob own_knobs[] = {
	{ "ignore-gfp-highmem", 0, 1, FAULT_KNOB_BOOL,
	  offsetof(struct fail_page_alloc, ignore_gfp_highmem) },
	{ "ignore-gfp-wait", 0, 1, FAULT_KNOB_BOOL,
	  offsetof(struct fail_page_alloc, ignore_gfp_wait) },
	{ "min-order", 0, MAX_ORDER_LIMIT - 1, FAULT_KNOB_UINT,
	  offsetof(struct fail_page_alloc, min_order) },
};

static const struct fail_page_alloc defaults = {
	.attr = { .interval = 1, .times = 1, .verbose = 2 },
	.ignore_gfp_highmem = true,
	.ignore_gfp_wait = true,
	.min_order = 1,
};

static const struct fault_kind kind = {
	.name = "fail_page_alloc",
	.bit = FAULT_PAGE,
	.offset = offsetof(struct fault_state, page_alloc),
	.size = sizeof(struct fail_page_alloc),
	.defaults = &defaults,
	.knobs = own_knobs,
	.nr_knobs = sizeof(own_knobs) / sizeof(own_knobs[0]),
};

int fail_page_alloc_set(const char *knob, long value)
{
	return fault_kind_set(&kind, knob, value);
}

int fail_page_alloc_get(const char *knob, long *value)
{
	return fault_kind_get(&kind, knob, value);
}

const char *fail_page_alloc_knob(size_t n)
{
	return fault_kind_knob(&kind, n);
}

void fail_page_alloc_off(void)
{
	fault_kind_off(&kind);
}

static bool is_spared(const struct fail_page_alloc *fail, gfp_t gfp, unsigned int order)
{
	return order < fail->min_order || (gfp & __GFP_NOFAIL) ||
	       (fail->ignore_gfp_highmem && (gfp & __GFP_HIGHMEM)) ||
	       (fail->ignore_gfp_wait && (gfp & __GFP_DIRECT_RECLAIM));
}

bool fail_page_alloc_hits(gfp_t gfp, unsigned int order)
{
	struct fail_page_alloc *fail = &this_quire()->fault.page_alloc;

	if (is_spared(fail, gfp, order) || !fault_attr_hits(&fail->attr, (size_t)1 << order))
		return false;
	if (!(gfp & __GFP_NOWARN) && fault_attr_log(&fail->attr, kind.name))
		pr_info("order:%u, gfp:0x%x", order, gfp);
	return true;
}
