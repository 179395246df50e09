/* SPDX-License-Identifier: MIT */
/*
 * bootmem_support.c - see bootmem_support.h.
 */
#include <string.h>

#include "tests/boot/bootmem_support.h"
#include "tests/fixture.h"
#include "tests/tap.h"

pg_data_t node_data[2];
bootmem_data_t maps[2];

phys_addr_t phys(unsigned long index)
{
	return (phys_addr_t)(MIN_PFN + index) * PG;
}

char *at(unsigned long index)
{
	return phys_to_virt(phys(index));
}

unsigned long offset_of(const void *p)
{
	return (unsigned long)((const char *)p - at(0));
}

bool is_taken(const bootmem_data_t *map, unsigned long index)
{
	return map->node_bootmem_map[index / (8 * sizeof(long))] >> (index % (8 * sizeof(long))) &
	       1;
}

const char *picture(const bootmem_data_t *map, unsigned long first, unsigned long count)
{
	static char text[2][256];
	static unsigned int turn;
	char *out = text[turn++ % 2];
	unsigned long i;

	for (i = 0; i < count; i++)
		out[i] = is_taken(map, first + i) ? '1' : '0';
	out[count] = '\0';
	return out;
}

unsigned long free_pages_of(const bootmem_data_t *map)
{
	unsigned long i, n = 0;

	for (i = 0; i < map->node_low_pfn - map->node_min_pfn; i++)
		n += !is_taken(map, i);
	return n;
}

void begin_ram(unsigned long pages)
{
	struct quire_machine *m = test_machine_new();

	memset(node_data, 0, sizeof(node_data));
	memset(maps, 0, sizeof(maps));
	test_bank(m, phys(0), (phys_addr_t)pages * PG, 0);
	test_machine_ram(m);
	memset(at(0), 0xa5, pages * PG);
	this_quire()->phase = PHASE_BOOTMEM;
}

pg_data_t *begin_node(int nid, unsigned long map_page, unsigned long first, unsigned long end)
{
	pg_data_t *pgdat = &node_data[nid];

	pgdat->node_id = nid;
	pgdat->bdata = &maps[nid];
	REQUIRE(init_bootmem_node(pgdat, MIN_PFN + map_page, MIN_PFN + first, MIN_PFN + end));
	return pgdat;
}

bootmem_data_t *begin_one_node(void)
{
	begin_ram(NODE_PAGES);
	begin_node(0, 0, 0, NODE_PAGES);
	free_bootmem(phys(1), (NODE_PAGES - 1) * PG);
	return &maps[0];
}

void check_valid(void)
{
	CHECK_EQ(bootmem_validate(), 0);
}

bool all_bytes(const void *p, unsigned long size, unsigned char byte)
{
	const unsigned char *c = p;

	while (size && c[size - 1] == byte)
		size--;
	return !size;
}
