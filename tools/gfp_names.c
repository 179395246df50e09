/* SPDX-License-Identifier: MIT */
/*
 * gfp_names.c - the table of allocation flags.
 */
#include "tools/gfp_names.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FLAG(name)          \
	{                   \
#name, name \
	}

/* GFP_ before __GFP_: the first that fits a short name is taken. */
static const struct {
	const char *name;
	gfp_t value;
} flags[] = {
	FLAG(GFP_KERNEL),
	FLAG(GFP_ATOMIC),
	FLAG(GFP_NOWAIT),
	FLAG(GFP_NOIO),
	FLAG(GFP_NOFS),
	FLAG(GFP_USER),
	FLAG(GFP_DMA),
	FLAG(GFP_DMA32),
	FLAG(GFP_HIGHUSER),
	FLAG(GFP_HIGHUSER_MOVABLE),
	FLAG(__GFP_DMA),
	FLAG(__GFP_HIGHMEM),
	FLAG(__GFP_DMA32),
	FLAG(__GFP_MOVABLE),
	FLAG(__GFP_RECLAIMABLE),
	FLAG(__GFP_HIGH),
	FLAG(__GFP_IO),
	FLAG(__GFP_FS),
	FLAG(__GFP_ZERO),
	FLAG(__GFP_ATOMIC),
	FLAG(__GFP_DIRECT_RECLAIM),
	FLAG(__GFP_KSWAPD_RECLAIM),
	FLAG(__GFP_RECLAIM),
	FLAG(__GFP_WRITE),
	FLAG(__GFP_NOWARN),
	FLAG(__GFP_RETRY_MAYFAIL),
	FLAG(__GFP_NOFAIL),
	FLAG(__GFP_NORETRY),
	FLAG(__GFP_MEMALLOC),
	FLAG(__GFP_COMP),
	FLAG(__GFP_NOMEMALLOC),
	FLAG(__GFP_HARDWALL),
	FLAG(__GFP_THISNODE),
	FLAG(__GFP_ACCOUNT),
};
#define NR_FLAGS (sizeof(flags) / sizeof(flags[0]))

static const char *short_name(const char *name)
{
	return name + (name[0] == '_' ? strlen("__GFP_") : strlen("GFP_"));
}

static bool find_flag(const char *name, gfp_t *value)
{
	size_t i;

	for (i = 0; i < NR_FLAGS; i++) {
		if (!strcasecmp(flags[i].name, name) ||
		    !strcasecmp(short_name(flags[i].name), name)) {
			*value = flags[i].value;
			return true;
		}
	}
	return false;
}

bool parse_gfp(const char *text, gfp_t *gfp, char *bad, size_t size)
{
	char name[32];
	gfp_t value;

	*gfp = 0;
	for (;;) {
		size_t len = strcspn(text, "|");

		snprintf(name, sizeof(name), "%.*s", (int)(len < 31 ? len : 31), text);
		if (!find_flag(name, &value)) {
			snprintf(bad, size, "%s", name);
			return false;
		}
		*gfp |= value;
		if (!text[len])
			return true;
		text += len + 1;
	}
}

const char *gfp_name(size_t n)
{
	return n < NR_FLAGS ? flags[n].name : NULL;
}
