/* SPDX-License-Identifier: MIT */
/*
 * memory_hotplug.c - memory blocks that come and go: added and removed, and who is told.
 * Giving them to zones and taking them back is memory_online.c.
 *
 * Theory. A memory block is so much memory as a machine's slots or a hypervisor plug in at
 * once, 128 MB say, and a whole number of largest blocks of pages: no free block of the buddy
 * system reaches over its border. It goes through three states:
 *
 *   absent    nothing but room: see hotplug_room.c
 *   offline   the direct map shows it, memblock knows it, its page structures are backed. But
 *             pfn_valid is false: nobody looks at them
 *   online    a zone has it: its structures are written, its frames free or in use
 *
 * Where do the page structures of a new block live? Where mem_map is one piece of the direct
 * map they were there from boot on. In a window they are backed when the block is added: with pages
 * of other memory, or (MHP_MEMMAP_ON_MEMORY) with the first frames of the block itself, which
 * then are nobody's to free: so memory can be added to a machine that has none left, and
 * nothing of the block lies elsewhere when it goes.
 *
 *   own map    [structures|                pages of the zone                 ]
 *              reserved    managed_pages counts these, present_pages all
 *
 * Locks. hotplug.is_busy lets one caller in at a time, who alone changes the blocks, the spans and
 * present_pages of zones and nodes, the bits of block_valid and the limits of RAM. CPUs that
 * allocate and free take none of it. What they read is either
 *   - of constant size from boot on: leaves, pools, per-CPU lists, zonelists, nr_frames, of_kind;
 *   - one word, stored once all that it leads to stands: block_valid, leaf_kind, an entry's
 *     zone_idx, node_next;
 *   - counters under zone->lock, or the span, under its sequence (zone_spans_pfn).
 * Frames become free by the same call as any, under the locks of their leaves; they go offline by
 * being allocated by us, so nobody else has them when their structures become invalid.
 *
 * Memblock and /proc/iomem, which are changed as well, have locks of their own.
 *
 * Who holds a page keeps its block online. But some look at pages that they do not hold: compaction
 * looks for what can be moved, who wants just these frames whether they can be had, reports
 * count. Such a walk has found that a frame is valid, and with its next look the structure is gone,
 * in a window truly. So it says when it begins and when it ends (memmap_walk_begin), and offline
 * waits, once the block is hidden, for all walks that may have seen it:
 *
 *   a walk       |-----------|
 *   offline        take, hide|..wait..| done; remove unmaps
 *   another                   |---------------|      sees that the block is not valid
 *
 * Walks do not sleep: who sleeps in their midst, as a mover may, holds what it has found by then. So the
 * wait is short, and where there is one CPU alone, nobody is in a walk. To those who take and give
 * back pages it is nothing: what they look at they hold.
 */
#include <quire/memblock.h>
#include <quire/memory_hotplug.h>

#include "mm/lib/log.h"
#include "mm/page/hotplug.h"
#include "mm/page/internal.h"

typedef unsigned long long ull;

static struct hotplug_state *hotplug(void)
{
	return &this_quire()->page.hotplug;
}

/* ---- one at a time ---- */

bool hotplug_begin(void)
{
#if CONFIG_SMP
	return !__atomic_exchange_n(&hotplug()->is_busy, 1, __ATOMIC_ACQUIRE);
#else
	bool was_busy = hotplug()->is_busy;

	hotplug()->is_busy = 1;
	return !was_busy;
#endif
}

void hotplug_done(void)
{
	store_release(hotplug()->is_busy, 0);
}

/* ---- blocks ---- */

unsigned long memory_block_size_bytes(void)
{
	return hotplug()->nr_ranges ? (unsigned long)hotplug_block_pages() << PAGE_SHIFT : 0;
}

void mhp_set_default_online_type(int online_type)
{
	if (WARN(online_type < MMOP_OFFLINE || online_type > MMOP_ONLINE_MOVABLE,
		 "mhp_set_default_online_type: there is no type %d", online_type))
		return;
	store_relaxed(hotplug()->default_online_type, online_type);
}

int mhp_get_default_online_type(void)
{
	return load_relaxed(hotplug()->default_online_type);
}

enum memory_block_state memory_block_state(unsigned long pfn)
{
	const struct page_state *ps = &this_quire()->page;

	if (!ps->hotplug.blocks || pfn < ps->memmap_base_pfn || pfn >= ps->memmap_end_pfn)
		return MEMORY_BLOCK_ABSENT;
	return (enum memory_block_state)load_relaxed(memory_block_of(pfn)->state);
}

bool hotplug_is_whole_blocks(pfn_t start, unsigned long pages)
{
	const struct page_state *ps = &this_quire()->page;

	return ps->hotplug.blocks && this_quire()->phase == PHASE_BUDDY && pages &&
	       !((start | pages) & (hotplug_block_pages() - 1)) && start >= ps->memmap_base_pfn &&
	       start < ps->memmap_end_pfn && pages <= ps->memmap_end_pfn - start;
}

bool hotplug_all_blocks_are(pfn_t start, unsigned long pages, enum memory_block_state state)
{
	pfn_t pfn = start;

	for (; pfn < start + pages; pfn += hotplug_block_pages())
		if (memory_block_of(pfn)->state != state)
			return false;
	return true;
}

static void set_state(pfn_t pfn, enum memory_block_state state)
{
	store_relaxed(memory_block_of(pfn)->state, (u8)state);
}

/* Whole blocks as bytes; false: they are not. */
static bool to_frames(u64 start, u64 size, pfn_t *pfn, unsigned long *pages)
{
	*pfn = PFN_DOWN((phys_addr_t)start);
	*pages = PFN_DOWN((phys_addr_t)size);
	return start == (u64)PFN_PHYS(*pfn) && size == (u64)PFN_PHYS(*pages) && start + size > start &&
	       hotplug_is_whole_blocks(*pfn, *pages);
}

/* ---- adding ---- */

/* Is the RAM reached by the direct map, or by a zone of highmem? Not by half of each. */
static bool is_reachable(pfn_t start, unsigned long pages)
{
	pfn_t low_end = PFN_DOWN(this_quire()->geo.lowmem_end);

	return start + pages <= low_end || (start >= low_end && zone_configured(ZONE_HIGHMEM));
}

/* The page whose address would be 0, which to every caller means failure; at boot it is reserved. */
static bool has_null_page(pfn_t start, unsigned long pages)
{
	phys_addr_t phys = virt_to_phys(NULL);

	return phys < this_quire()->geo.lowmem_end && PFN_DOWN(phys) >= start && PFN_DOWN(phys) - start < pages;
}

static int check_add(int nid, pfn_t start, unsigned long pages)
{
	const struct machine_hotplug *range = hotplug_range_of(start, start + pages);
	pfn_t pfn;

	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages())
		if (memory_block_of(pfn)->state != MEMORY_BLOCK_ABSENT)
			return -EEXIST;
	/* RAM of the boot that was removed may come back. */
	if (range ? range->nid != nid : !memory_block_of(start)->is_boot_map || memory_block_of(start)->nid != nid)
		return -EINVAL;
	for (pfn = start; !range && pfn < start + pages; pfn += hotplug_block_pages())
		if (!memory_block_of(pfn)->is_boot_map || memory_block_of(pfn)->nid != nid)
			return -EINVAL;
	return is_reachable(start, pages) && !has_null_page(start, pages) ? 0 : -EINVAL;
}

static void unback_blocks(pfn_t start, pfn_t end)
{
	for (; start < end; start += hotplug_block_pages())
		memmap_unback_block(memory_block_of(start), start);
}

static int back_blocks(pfn_t start, pfn_t end, int nid, bool in_itself)
{
	pfn_t pfn;
	int err;

	for (pfn = start; pfn < end; pfn += hotplug_block_pages()) {
		struct memory_block *block = memory_block_of(pfn);

		block->nid = nid;
		err = memmap_back_block(block, pfn, in_itself);
		if (err) {
			unback_blocks(start, pfn);
			return err;
		}
	}
	return 0;
}

static int add_above(pfn_t start, unsigned long pages)
{
	const struct hotplug_hooks *hooks = hotplug()->hooks;

	return hooks ? hooks->add(PFN_PHYS(start), PFN_PHYS(pages)) : 0;
}

static int remove_above(pfn_t start, unsigned long pages)
{
	const struct hotplug_hooks *hooks = hotplug()->hooks;

	return hooks ? hooks->remove(PFN_PHYS(start), PFN_PHYS(pages)) : 0;
}

/* After memblock_discard nobody asks memblock any more, and nobody tells it. */
static bool memblock_is_there(void)
{
	return memblock_phys_mem_size();
}

/* The limits of RAM never shrink: they are used to tell kinds of addresses apart. */
static void raise_limits(pfn_t start, pfn_t end)
{
	pfn_t low_end = min_of(end, PFN_DOWN(this_quire()->geo.lowmem_end));

	if (start < min_low_pfn)
		store_relaxed(min_low_pfn, start);
	if (end > max_pfn)
		store_relaxed(max_pfn, end);
	if (low_end > max_low_pfn)
		store_relaxed(max_low_pfn, low_end);
}

/* From absent to offline. */
static int add_blocks(int nid, pfn_t start, unsigned long pages, mhp_t mhp_flags)
{
	pfn_t pfn;
	int err = add_above(start, pages);

	if (err)
		return err;
	err = memblock_is_there() ? memblock_add_node(PFN_PHYS(start), PFN_PHYS(pages), nid, MEMBLOCK_NONE) : 0;
	if (err)
		goto out_above;
	err = back_blocks(start, start + pages, nid, mhp_flags & MHP_MEMMAP_ON_MEMORY);
	if (err)
		goto out_memblock;
	raise_limits(start, start + pages);
	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages())
		set_state(pfn, MEMORY_BLOCK_OFFLINE);
	return 0;

out_memblock:
	/* What was just added to the list takes no further room in it when it goes. */
	if (memblock_is_there())
		memblock_remove(PFN_PHYS(start), PFN_PHYS(pages));
out_above:
	remove_above(start, pages);
	return err;
}

/* Block by block: each may have a zone of its own. */
static void online_by_default(int nid, pfn_t start, unsigned long pages)
{
	int type = mhp_get_default_online_type();
	pfn_t pfn;

	for (pfn = start; type != MMOP_OFFLINE && pfn < start + pages; pfn += hotplug_block_pages()) {
		struct zone *zone = zone_for_pfn_range(type, nid, NULL, pfn, hotplug_block_pages());

		if (!zone || hotplug_online(pfn, hotplug_block_pages(), zone))
			pr_warn("add_memory: the block at 0x%llx stays offline", (ull)PFN_PHYS(pfn));
	}
}

int add_memory(int nid, u64 start, u64 size, mhp_t mhp_flags)
{
	unsigned long pages;
	pfn_t pfn;
	int err;

	if (!to_frames(start, size, &pfn, &pages) || (mhp_flags & ~MHP_MEMMAP_ON_MEMORY))
		return -EINVAL;
	if (!hotplug_begin())
		return -EBUSY;
	err = check_add(nid, pfn, pages);
	if (!err)
		err = add_blocks(nid, pfn, pages, mhp_flags);
	if (!err)
		online_by_default(nid, pfn, pages);
	hotplug_done();
	return err;
}

/* ---- removing ---- */

/* Memblock is told again of what it was just told to forget: each block is of its own node. */
static void restore_memblock(pfn_t start, unsigned long pages)
{
	pfn_t pfn;

	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages())
		memblock_add_node(PFN_PHYS(pfn), PFN_PHYS(hotplug_block_pages()), memory_block_of(pfn)->nid,
				  MEMBLOCK_NONE);
}

static int remove_blocks(pfn_t start, unsigned long pages)
{
	bool told = memblock_is_there();
	int err = told ? memblock_remove(PFN_PHYS(start), PFN_PHYS(pages)) : 0;
	pfn_t pfn;

	if (err)
		return err;
	err = remove_above(start, pages);
	if (err) {
		if (told)
			restore_memblock(start, pages);
		return err;
	}
	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages())
		set_state(pfn, MEMORY_BLOCK_ABSENT);
	unback_blocks(start, start + pages);
	return 0;
}

static int check_and_remove(pfn_t start, unsigned long pages)
{
	pfn_t pfn;

	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages()) {
		if (memory_block_of(pfn)->state == MEMORY_BLOCK_ONLINE)
			return -EBUSY;
		if (memory_block_of(pfn)->state == MEMORY_BLOCK_ABSENT)
			return -ENOENT;
	}
	return remove_blocks(start, pages);
}

int remove_memory(u64 start, u64 size)
{
	unsigned long pages;
	pfn_t pfn;
	int err;

	if (!to_frames(start, size, &pfn, &pages))
		return -EINVAL;
	if (!hotplug_begin())
		return -EBUSY;
	err = check_and_remove(pfn, pages);
	hotplug_done();
	return err;
}

/* All blocks that are online go offline, and are marked. */
static int offline_blocks(pfn_t start, unsigned long pages)
{
	pfn_t pfn;
	int err = 0;

	for (pfn = start; pfn < start + pages && !err; pfn += hotplug_block_pages()) {
		struct memory_block *block = memory_block_of(pfn);

		if (block->state == MEMORY_BLOCK_ABSENT)
			return -ENOENT;
		if (block->state == MEMORY_BLOCK_OFFLINE)
			continue;
		block->zone = hotplug_zone_of_block(pfn);
		err = block->zone ? hotplug_offline(pfn, hotplug_block_pages(), block->zone) : -EINVAL;
		block->goes_back = !err;
	}
	return err;
}

static int offline_and_remove(pfn_t start, unsigned long pages)
{
	int err = offline_blocks(start, pages);
	pfn_t pfn;

	if (!err)
		err = remove_blocks(start, pages);
	for (pfn = start; pfn < start + pages; pfn += hotplug_block_pages()) {
		struct memory_block *block = memory_block_of(pfn);

		if (block->goes_back && err && hotplug_online(pfn, hotplug_block_pages(), block->zone))
			pr_warn("offline_and_remove_memory: the block at 0x%llx stays offline", (ull)PFN_PHYS(pfn));
		block->goes_back = false;
	}
	return err;
}

int offline_and_remove_memory(u64 start, u64 size)
{
	unsigned long pages;
	pfn_t pfn;
	int err;

	if (!to_frames(start, size, &pfn, &pages))
		return -EINVAL;
	if (!hotplug_begin())
		return -EBUSY;
	err = offline_and_remove(pfn, pages);
	hotplug_done();
	return err;
}

/* ---- notifiers ---- */

int register_memory_notifier(struct notifier_block *nb)
{
	struct notifier_block **link = &hotplug()->notifiers, *each;

	if (!hotplug_begin())
		return -EBUSY;
	for (each = *link; each && each != nb; each = each->next)
		;
	while (!each && *link && (*link)->priority >= nb->priority)
		link = &(*link)->next;
	if (!each) {
		nb->next = *link;
		*link = nb;
	}
	hotplug_done();
	return each ? -EEXIST : 0;
}

int unregister_memory_notifier(struct notifier_block *nb)
{
	struct notifier_block **link = &hotplug()->notifiers;
	bool found;

	if (!hotplug_begin())
		return -EBUSY;
	while (*link && *link != nb)
		link = &(*link)->next;
	found = *link;
	if (found)
		*link = nb->next;
	hotplug_done();
	return found ? 0 : -ENOENT;
}

int hotplug_notify(unsigned long action, struct memory_notify *about)
{
	struct notifier_block *nb, *next;
	int ret = NOTIFY_DONE;

	for (nb = hotplug()->notifiers; nb && !(ret & NOTIFY_STOP_MASK); nb = next) {
		next = nb->next;
		ret = nb->notifier_call(nb, action, about);
	}
	return notifier_to_errno(ret);
}
