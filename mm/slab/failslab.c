/* SPDX-License-Identifier: MIT */
/*
 * failslab.c - objects fail at random, as much as the knobs say. How they are kept and drawn:
 * mm/lib/fault_attr.c. Here is which requests they spare.
 */
#include <quire/fault.h>
#include <quire/gfp.h>
#include <quire/slab.h>

#include "mm/lib/fault_attr.h"
#include "mm/lib/log.h"

static const struct fault_knob own_knobs[] = {
	{ "ignore-gfp-wait", 0, 1, FAULT_KNOB_BOOL, offsetof(struct failslab, ignore_gfp_wait) },
	{ "cache-filter", 0, 1, FAULT_KNOB_BOOL, offsetof(struct failslab, cache_filter) },
};

static const struct failslab defaults = {
	.attr = { .interval = 1, .times = 1, .verbose = 2 },
	.ignore_gfp_wait = true,
};

static const struct fault_kind kind = {
	.name = "failslab",
	.bit = FAULT_SLAB,
	.offset = offsetof(struct fault_state, slab),
	.size = sizeof(struct failslab),
	.defaults = &defaults,
	.knobs = own_knobs,
	.nr_knobs = sizeof(own_knobs) / sizeof(own_knobs[0]),
};

int failslab_set(const char *knob, long value)
{
	return fault_kind_set(&kind, knob, value);
}

int failslab_get(const char *knob, long *value)
{
	return fault_kind_get(&kind, knob, value);
}

const char *failslab_knob(size_t n)
{
	return fault_kind_knob(&kind, n);
}

void failslab_off(void)
{
	fault_kind_off(&kind);
}

static bool is_spared(const struct failslab *fail, slab_flags_t flags, gfp_t gfp)
{
	return (gfp & __GFP_NOFAIL) || (fail->ignore_gfp_wait && (gfp & __GFP_DIRECT_RECLAIM)) ||
	       (fail->cache_filter && !(flags & SLAB_FAILSLAB));
}

bool failslab_hits(slab_flags_t flags, gfp_t gfp, size_t size)
{
	struct failslab *fail = &this_quire()->fault.slab;

	if (is_spared(fail, flags, gfp) || !fault_attr_hits(&fail->attr, size))
		return false;
	if (!(gfp & __GFP_NOWARN) && fault_attr_log(&fail->attr, kind.name))
		pr_info("size:%zu, gfp:0x%x", size, gfp);
	return true;
}
