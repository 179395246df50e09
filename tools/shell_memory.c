/* SPDX-License-Identifier: MIT */
/*
 * shell_memory.c - the shell's command that plugs memory into the machine, and pulls it.
 */
#include "tools/shell.h"

#include <string.h>

#include "tools/numbers.h"

typedef unsigned long long ull;

/* The words of the command; the types of online memory are in the order of MMOP_. */
static const char *const actions[] = { "add", "online", "offline", "remove", "policy", NULL };
static const char *const online_types[] = { "offline", "online", "kernel", "movable", NULL };
static const char *const state_names[] = {
	[MEMORY_BLOCK_ABSENT] = "absent", [MEMORY_BLOCK_OFFLINE] = "offline", [MEMORY_BLOCK_ONLINE] = "online"
};

void explain_memory(void)
{
	printf("\n  memory                               the memory blocks that there are, and the policy\n"
	       "  memory add ADDRESS SIZE [NODE] [own] plug RAM in and add it; own: with its page\n"
	       "                                       structures in itself\n"
	       "  memory online ADDRESS [SIZE] [kernel|movable]\n"
	       "  memory offline ADDRESS [SIZE]        SIZE is a memory block, if not said\n"
	       "  memory remove ADDRESS [SIZE]         remove it, and pull the RAM\n"
	       "  memory policy TYPE                   of what is added: offline, online, kernel, movable\n"
	       "\nRAM can be added where the machine's description has a line `hotplug`.\n");
}

const char *complete_memory(const struct shell *sh, int arg, size_t n)
{
	(void)sh;
	return arg == 1 && n < sizeof(actions) / sizeof(actions[0]) ? actions[n] : NULL;
}

static int find_word(const char *const *words, const char *word)
{
	int i;

	for (i = 0; words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

/* ---- what there is ---- */

static const char *zone_of_block(pfn_t pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	return page ? page_zone(page)->name : "";
}

static void print_block(const struct memory_block *block, pfn_t pfn)
{
	const char *zone = block->state == MEMORY_BLOCK_ONLINE && !block->is_boot_map && block->zone
				   ? block->zone->name
				   : zone_of_block(pfn);

	printf("  %#llx-%#llx  node %d  %-7s %s%s\n", (ull)PFN_PHYS(pfn),
	       (ull)PFN_PHYS(pfn) + memory_block_size_bytes() - 1, block->nid, state_names[block->state], zone,
	       block->is_boot_map ? " (boot)" : block->is_own_map ? " (own page structures)" : "");
}

static int list_blocks(struct shell *sh)
{
	const struct page_state *ps = &this_quire()->page;
	size_t i;

	if (!ps->hotplug.nr_ranges)
		return shell_error(sh, "memory: the machine's description has no line `hotplug`");
	printf("memory blocks of %s; what is added goes %s\n", size_text(memory_block_size_bytes()),
	       online_types[mhp_get_default_online_type()]);
	for (i = 0; i < ps->hotplug.nr_blocks; i++)
		if (ps->hotplug.blocks[i].state != MEMORY_BLOCK_ABSENT)
			print_block(&ps->hotplug.blocks[i], ps->memmap_base_pfn + ((pfn_t)i << ps->hotplug.block_order));
	return STATUS_OK;
}

/* ---- what is done ---- */

struct blocks {
	u64 base, size;
};

static int failed(struct shell *sh, const char *action, const struct blocks *b, int err)
{
	return err ? shell_error(sh, "memory %s: %#llx, %#llx bytes: %s", action, (ull)b->base, (ull)b->size,
				 strerror(-err))
		   : STATUS_OK;
}

/* RAM first; without success it is pulled again. */
static int add(struct shell *sh, const struct blocks *b, int argc, char **argv)
{
	mhp_t flags = MHP_NONE;
	u64 nid = 0;
	int i, err;

	for (i = 4; i < argc; i++) {
		if (!strcmp(argv[i], "own"))
			flags = MHP_MEMMAP_ON_MEMORY;
		else if (!parse_number(argv[i], 0, MAX_NUMNODES - 1, &nid))
			return shell_error(sh, "memory add: `%s` is no node", argv[i]);
	}
	err = host_machine_plug(sh->session.host, (phys_addr_t)b->base, (phys_addr_t)b->size);
	if (!err) {
		err = add_memory((int)nid, b->base, b->size, flags);
		if (err)
			host_machine_unplug(sh->session.host, (phys_addr_t)b->base, (phys_addr_t)b->size);
	}
	return failed(sh, "add", b, err);
}

static int remove_blocks(struct shell *sh, const struct blocks *b)
{
	int err = remove_memory(b->base, b->size);

	if (!err) /* RAM of the boot stays plugged in */
		host_machine_unplug(sh->session.host, (phys_addr_t)b->base, (phys_addr_t)b->size);
	return failed(sh, "remove", b, err);
}

static int online(struct shell *sh, const struct blocks *b, int type)
{
	unsigned long pfn = PFN_DOWN((phys_addr_t)b->base), pages = PFN_DOWN((phys_addr_t)b->size);
	const struct page_state *ps = &this_quire()->page;
	const struct memory_block *block;
	struct zone *zone = NULL;

	if (ps->hotplug.blocks && pfn >= ps->memmap_base_pfn && pfn < ps->memmap_end_pfn) {
		block = &ps->hotplug.blocks[(pfn - ps->memmap_base_pfn) >> ps->hotplug.block_order];
		zone = zone_for_pfn_range(type, block->nid, NULL, pfn, pages);
	}
	return failed(sh, "online", b, zone ? online_pages(pfn, pages, zone, NULL) : -EINVAL);
}

static int offline(struct shell *sh, const struct blocks *b)
{
	unsigned long pfn = PFN_DOWN((phys_addr_t)b->base);
	struct page *page = pfn_to_online_page(pfn);
	struct zone *zone = NULL, *each;

	/* A leaf that nobody has touched does not say it itself. */
	for_each_populated_zone(each)
		if (page ? page_zone(page) == each : zone_spans_pfn(each, pfn) && !zone)
			zone = each;
	return failed(sh, "offline", b,
		      zone ? offline_pages(pfn, PFN_DOWN((phys_addr_t)b->size), zone, NULL) : -ENOENT);
}

static int set_policy(struct shell *sh, const char *word)
{
	int type = find_word(online_types, word);

	if (type < 0)
		return shell_error(sh, "memory policy: offline, online, kernel or movable, not `%s`", word);
	mhp_set_default_online_type(type);
	return STATUS_OK;
}

/* ADDRESS [SIZE]; *next: the word behind them. */
static bool read_blocks(int argc, char **argv, struct blocks *b, int *next)
{
	b->size = memory_block_size_bytes();
	*next = 3;
	if (argc < 3 || !parse_size(argv[2], &b->base))
		return false;
	if (argc > 3 && parse_size(argv[3], &b->size))
		*next = 4;
	return true;
}

int shell_memory(struct shell *sh, int argc, char **argv)
{
	int action = argc > 1 ? find_word(actions, argv[1]) : 0, next, type = MMOP_ONLINE;
	struct blocks b;

	if (argc < 2)
		return list_blocks(sh);
	if (action == 4 && argc == 3)
		return set_policy(sh, argv[2]);
	if (action < 0 || action == 4 || !read_blocks(argc, argv, &b, &next) || (action == 0 && next != 4) ||
	    (action > 1 && next < argc) || (action == 1 && next + 1 < argc))
		return shell_error(sh, "memory: see `help memory`");
	if (action == 0)
		return add(sh, &b, argc, argv);
	if (action == 2)
		return offline(sh, &b);
	if (action == 3)
		return remove_blocks(sh, &b);
	if (next < argc && (type = find_word(online_types, argv[next])) < MMOP_ONLINE)
		return shell_error(sh, "memory online: kernel or movable, not `%s`", argv[next]);
	return online(sh, &b, type);
}
