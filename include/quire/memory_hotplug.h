/* SPDX-License-Identifier: MIT */
/*
 * memory_hotplug.h - memory that comes and goes while the machine runs, by whole memory blocks.
 *
 *            add_memory            online_pages
 *   absent ------------> offline ---------------> online        a zone has the block
 *          <------------         <---------------
 *            remove_memory         offline_pages
 *
 * It can come only where the machine's description says so (struct quire_machine: hotplug), since
 * arrays indexed by frame have their length from the boot on. RAM of the boot can be taken
 * offline and removed as well, on such machines, if whole memory blocks of it are free or can be
 * emptied.
 *
 * Who calls has made sure that the RAM is there (powered, initialised) before add_memory, and
 * takes it away only after remove_memory.
 *
 * Common to all calls: addresses and sizes are bytes, frames are counted in pages, both multiples
 * of a memory block; may sleep; one call at a time: -EBUSY while another CPU, or the caller of the
 * running notifier, is in one of them. CPUs may allocate and free meanwhile. On failure nothing
 * has changed.
 */
#ifndef QUIRE_MEMORY_HOTPLUG_H
#define QUIRE_MEMORY_HOTPLUG_H

#include <quire/mmzone.h>

/* How add_memory goes about it. */
typedef int mhp_t;
#define MHP_NONE 0
/* Page structures in the new memory itself, where mem_map has a window. */
#define MHP_MEMMAP_ON_MEMORY (1 << 1)

/* What becomes of a block that is added, and how one goes online. */
enum {
	MMOP_OFFLINE,	     /* stays offline */
	MMOP_ONLINE,	     /* to the zone of its neighbourhood: ZONE_MOVABLE inside that, else the kernel's */
	MMOP_ONLINE_KERNEL,  /* to the zone that its address belongs to */
	MMOP_ONLINE_MOVABLE, /* to ZONE_MOVABLE: it can be emptied again */
};

/* Bytes of a memory block; 0: this machine has no hot-plug. Context: any. */
unsigned long memory_block_size_bytes(void);

/* What becomes of blocks that are added from now on: MMOP_; at first they stay offline. */
void mhp_set_default_online_type(int online_type);
int mhp_get_default_online_type(void);

/*
 * There is RAM at [start, start + size), on node `nid`: it gets page structures, a place in the
 * direct map and a line in /proc/iomem; memblock is told. Then what the default online type
 * says. 0; -EINVAL: the range is not of whole blocks, or on no range of the description, on
 * another node, or beyond the direct map without a highmem zone, or has the page whose address
 * would be 0; -EEXIST: a block of it is there; -ENOMEM. If it cannot be brought online it stays
 * offline, which is no failure.
 */
int add_memory(int nid, u64 start, u64 size, mhp_t mhp_flags);

/*
 * The reverse, for blocks that are offline. 0; -EINVAL: not whole blocks; -ENOENT: a block is
 * not there; -EBUSY: one is online; -ENOMEM: memblock's list of RAM cannot take the hole.
 */
int remove_memory(u64 start, u64 size);
/* Both steps; if the second fails the blocks go online again. */
int offline_and_remove_memory(u64 start, u64 size);

struct memory_group; /* Linux's; there are none here */

/* The zone that blocks go to, by MMOP_; NULL: there is none that may have them. */
struct zone *zone_for_pfn_range(int online_type, int nid, struct memory_group *group,
				unsigned long start_pfn, unsigned long nr_pages);
/*
 * Gives offline blocks to the zone, which must be one that zone_for_pfn_range may return for
 * them. `group` is NULL. 0; -EINVAL: not whole blocks, or not of this zone; -ENOENT: a block is
 * not there, or online; or what a notifier said.
 */
int online_pages(unsigned long pfn, unsigned long nr_pages, struct zone *zone,
		 struct memory_group *group);
/*
 * Takes online blocks, all of `zone`, from the allocator; what the object layer only keeps is given back
 * before. 0; -EINVAL: not whole blocks, or not
 * all the zone's; -ENOENT: a block is not online; -EBUSY: a page is in use and cannot be moved;
 * or what a notifier said. Waits, spinning, for CPUs that look at its page structures meanwhile
 * (memmap_walk_begin in <quire/page.h>): not to be called in the midst of such a look.
 */
int offline_pages(unsigned long start_pfn, unsigned long nr_pages, struct zone *zone,
		  struct memory_group *group);

/* The state of the block that has the frame: MEMORY_BLOCK_; where nothing can come, ABSENT. */
enum memory_block_state memory_block_state(unsigned long pfn);

/* ---- notifiers: who wants to know, and who may refuse ---- */

/* What happens to the frames of struct memory_notify. */
#define MEM_ONLINE (1 << 0)	    /* they are online */
#define MEM_GOING_OFFLINE (1 << 1)  /* they are to be taken offline: may be refused */
#define MEM_OFFLINE (1 << 2)	    /* they are offline */
#define MEM_GOING_ONLINE (1 << 3)   /* they are to go online: may be refused */
#define MEM_CANCEL_ONLINE (1 << 4)  /* GOING_ONLINE came to nothing */
#define MEM_CANCEL_OFFLINE (1 << 5) /* GOING_OFFLINE came to nothing */

struct memory_notify {
	unsigned long start_pfn;
	unsigned long nr_pages;
	int status_change_nid; /* the node gets its first memory, or loses its last; NUMA_NO_NODE: no */
};

/* What a notifier returns. */
#define NOTIFY_DONE 0x0000      /* it does not care */
#define NOTIFY_OK 0x0001
#define NOTIFY_STOP_MASK 0x8000 /* nobody else is asked */
#define NOTIFY_BAD (NOTIFY_STOP_MASK | 0x0002) /* refused: -EPERM */
#define NOTIFY_STOP (NOTIFY_OK | NOTIFY_STOP_MASK)
/* Refused with this errno; and back. */
static inline int notifier_from_errno(int err)
{
	return err ? NOTIFY_STOP_MASK | (NOTIFY_OK - err) : NOTIFY_OK;
}
static inline int notifier_to_errno(int ret)
{
	ret &= ~NOTIFY_STOP_MASK;
	return ret > NOTIFY_OK ? NOTIFY_OK - ret : 0;
}

struct notifier_block {
	/* `data` is a struct memory_notify. May sleep and allocate. */
	int (*notifier_call)(struct notifier_block *nb, unsigned long action, void *data);
	struct notifier_block *next; /* the library's */
	int priority;		     /* higher ones are called first */
};

/*
 * `nb` is the caller's and must stay until it is unregistered. 0; -EBUSY: a call of this header
 * is running; -EEXIST, -ENOENT: it is in the list already, or not.
 */
int register_memory_notifier(struct notifier_block *nb);
int unregister_memory_notifier(struct notifier_block *nb);

/* ---- Quire's own ---- */

/*
 * Checks every memory block against zones, page structures and counts. Returns 0, or -EINVAL
 * after a line in the log. Nobody else may allocate, add or remove meanwhile.
 */
int memory_hotplug_validate(void);

#endif
