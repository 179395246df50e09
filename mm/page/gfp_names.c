/* SPDX-License-Identifier: MIT */
/*
 * gfp_names.c - the flags of a request, as a report writes them: GFP_KERNEL|__GFP_ZERO.
 *
 * As Linux's %pGg: the names that stand for several flags come first, the largest sets
 * before those they contain, so that few names say it all.
 */
#include "mm/lib/bitmap.h"
#include "mm/page/internal.h"

#define NAME(flag)          \
	{                   \
#flag, flag \
	}

static const struct {
	const char *name;
	gfp_t flags;
} names[] = {
	NAME(GFP_TRANSHUGE),
	NAME(GFP_TRANSHUGE_LIGHT),
	NAME(GFP_HIGHUSER_MOVABLE),
	NAME(GFP_HIGHUSER),
	NAME(GFP_USER),
	NAME(GFP_KERNEL_ACCOUNT),
	NAME(GFP_KERNEL),
	NAME(GFP_NOFS),
	NAME(GFP_ATOMIC),
	NAME(GFP_NOIO),
	NAME(GFP_NOWAIT),
	NAME(GFP_DMA),
	NAME(__GFP_HIGHMEM),
	NAME(GFP_DMA32),
	NAME(__GFP_HIGH),
	NAME(__GFP_ATOMIC),
	NAME(__GFP_IO),
	NAME(__GFP_FS),
	NAME(__GFP_NOWARN),
	NAME(__GFP_RETRY_MAYFAIL),
	NAME(__GFP_NOFAIL),
	NAME(__GFP_NORETRY),
	NAME(__GFP_COMP),
	NAME(__GFP_ZERO),
	NAME(__GFP_NOMEMALLOC),
	NAME(__GFP_MEMALLOC),
	NAME(__GFP_HARDWALL),
	NAME(__GFP_THISNODE),
	NAME(__GFP_RECLAIMABLE),
	NAME(__GFP_MOVABLE),
	NAME(__GFP_ACCOUNT),
	NAME(__GFP_WRITE),
	NAME(__GFP_RECLAIM),
	NAME(__GFP_DIRECT_RECLAIM),
	NAME(__GFP_KSWAPD_RECLAIM),
};

const char *gfp_take_name(gfp_t *gfp)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if ((*gfp & names[i].flags) == names[i].flags) {
			*gfp &= ~names[i].flags;
			return names[i].name;
		}
	}
	return NULL;
}
