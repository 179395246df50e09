/* SPDX-License-Identifier: MIT */
/*
 * engines.c - the engines by name, for who chooses one at boot; it links all of them.
 */
#include "mm/lib/string.h"
#include "mm/slab/internal.h"

const struct slab_engine *slab_engine_by_name(const char *name)
{
	static const struct slab_engine *const engines[] = { &quire_slub, &quire_slab, &quire_slob };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(engines); i++)
		if (quire_streq(engines[i]->name, name))
			return engines[i];
	return NULL;
}
