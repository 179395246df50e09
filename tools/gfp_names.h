/* SPDX-License-Identifier: MIT */
/*
 * gfp_names.h - allocation flags as people write them: "GFP_KERNEL|__GFP_ZERO".
 */
#ifndef TOOLS_GFP_NAMES_H
#define TOOLS_GFP_NAMES_H

#include <quire/gfp.h>

/*
 * Reads flags joined by '|'. Capitals do not matter, nor do the prefixes: "kernel|zero".
 * A name that both a GFP_ and a __GFP_ flag have (atomic, dma) is the GFP_ one. False if
 * a name is not known; `bad` (size bytes) then holds it.
 */
bool parse_gfp(const char *text, gfp_t *gfp, char *bad, size_t size);
/* The full name of the n-th flag; NULL past the end. */
const char *gfp_name(size_t n);

#endif
