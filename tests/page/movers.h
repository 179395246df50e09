/* SPDX-License-Identifier: MIT */
/*
 * movers.h - an owner of movable pages, for tests: a table of blocks with contents that it can
 * tell, and a mover that is told to refuse, to fail, or to work.
 */
#ifndef TESTS_PAGE_MOVERS_H
#define TESTS_PAGE_MOVERS_H

#include <quire/isolation.h>

#define OWNER_SLOTS 8192

struct movers_slot {
	struct page *page; /* NULL: the slot is empty */
	unsigned char order;
	bool is_isolated;
	unsigned int seed; /* of its contents */
};

struct movers {
	spinlock_t lock; /* of all that follows */
	struct movers_slot slot[OWNER_SLOTS];
	unsigned int isolated, moved, put_back, refused, failed; /* calls of the mover so far */
	bool refuses;	     /* to isolate */
	int error;	     /* what migrate_page returns instead of moving, */
	unsigned int errors; /* so many times, */
	unsigned int works_first; /* after it has worked so often */
	unsigned int fail_one_in; /* and at random; 0: never */
	unsigned int next_seed;
	bool frees_in_isolate; /* the owner frees a page just when it is isolated */
};

/* The one there is; its table is empty again. */
struct movers *movers_new(void);
/* Takes a block, fills it, and makes it movable. The slot's number; -1: there was no memory. */
int movers_take(gfp_t gfp, unsigned int order);
/* The same with a block that is held already. */
int movers_adopt(struct page *page, unsigned int order);
/* Checks the contents of a block, and frees it. False: there is none in the slot. */
bool movers_free(unsigned int i);
/* Checks the contents of all. */
bool movers_check_all(void);
void movers_free_all(void);
/* Where it is now. */
struct page *movers_page(int i);

#endif
