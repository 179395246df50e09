/* SPDX-License-Identifier: MIT */
/*
 * page_poison.h - what free pages hold, and what is in a page that is handed out: finding who
 * writes to pages after giving them back, and hiding what their last owner left there.
 *
 * Off by default and then free; while any of it is on, blocks do not go the fast paths. A
 * debug build (CONFIG_DEBUG_VM) begins with page_poison, see CONFIG_PAGE_POISONING.
 */
#ifndef QUIRE_PAGE_POISON_H
#define QUIRE_PAGE_POISON_H

#include <quire/state.h>

/* What fills a free page. */
#define PAGE_POISON 0xaa

/* Named as the words of Linux's command line. Set at boot by the machine's flags. */
enum page_poisoning {
	PAGE_POISONING = 1 << 0,     /* page_poison: filled when freed, looked at when handed out */
	/* Nothing while page_poison is on: it goes before both. */
	PAGE_INIT_ON_ALLOC = 1 << 1, /* init_on_alloc: zeros when handed out, as with __GFP_ZERO */
	PAGE_INIT_ON_FREE = 1 << 2,  /* init_on_free: zeros when freed */
};

/*
 * From now on these, a set of enum page_poisoning; 0: off. A page that was freed before is
 * not looked at. Pages of highmem are left out where nothing can map them. Forgotten by
 * quire_reset(). No other CPU may allocate meanwhile.
 *
 * A page that was written to while it was free is reported as Linux does, when it is handed
 * out: "pagealloc: memory corruption", or "single bit error" if one bit is wrong, the bytes
 * from the first wrong one to the last, the page, and with MACHINE_PAGE_OWNER who took and
 * freed it last. What was written is overwritten, and its new owner gets the page. The first
 * 10 are reported in full, and all are counted: page_poison_found().
 */
void set_page_poisoning(unsigned int what);
unsigned int page_poisoning(void);
/* How many pages were found written to, since the machine's start. Context: any. */
unsigned long page_poison_found(void);

#endif
