/* SPDX-License-Identifier: MIT */
/*
 * bootmem_support.h - the node that the tests of bootmem draw: 64 pages from page frame
 * 0x103 on, so that its start is a multiple of no larger block. Its map lies in page 0;
 * pages are named by their index in the node.
 */
#ifndef TESTS_BOOTMEM_SUPPORT_H
#define TESTS_BOOTMEM_SUPPORT_H

#include <quire/bootmem.h>

#define PG 4096UL
#define MIN_PFN 0x103UL
#define NODE_PAGES 64UL
#define NO_GOAL 0

/* The nodes and their maps; begin_ram clears them. */
extern pg_data_t node_data[2];
extern bootmem_data_t maps[2];

/* Page `index` of the node, and where in the node an address is, in bytes. */
phys_addr_t phys(unsigned long index);
char *at(unsigned long index);
unsigned long offset_of(const void *p);

bool is_taken(const bootmem_data_t *map, unsigned long index);
/* "1" for each taken page, "0" for each free one. */
const char *picture(const bootmem_data_t *map, unsigned long first, unsigned long count);
unsigned long free_pages_of(const bootmem_data_t *map);
bool all_bytes(const void *p, unsigned long size, unsigned char byte);
void check_valid(void);

/* RAM for `pages` pages from MIN_PFN on; no node yet. RAM is dirty: zero must be made. */
void begin_ram(unsigned long pages);
/* Node `nid`: pages first .. end - 1, all taken. */
pg_data_t *begin_node(int nid, unsigned long map_page, unsigned long first, unsigned long end);
/* The node of 64 pages, all free but page 0. */
bootmem_data_t *begin_one_node(void);

#endif
