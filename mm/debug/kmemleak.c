/* SPDX-License-Identifier: MIT */
/*
 * kmemleak.c - memory that nothing leads to: the theory, and what allocators call.
 *
 * The problem
 *	Memory leaks when its last pointer is overwritten. Nobody notices then: the allocator
 *	sees an object that is in use, as a thousand others.
 *
 * The idea, Linux's
 *	What a garbage collector frees is what has leaked. So mark, as one would, and report instead:
 *
 *	  roots       .data and .bss, static per-CPU variables, parts of struct quire, page
 *	              structures, stacks; and objects that are grey from the start
 *	  marking     every word there that is an address inside an object finds it; what was found
 *	              is looked through in turn, until nothing new turns up
 *	  the rest    was not found: nothing leads to it
 *
 *	A number may look like a pointer, and then hides a leak; a pointer may be kept in another form
 *	(a page frame, an offset), and then no leak is one: for that there are the marks.
 *
 * Colours
 *	min_count is how many words must lead to an object, count how many were found.
 *
 *	  white  count < min_count     not found so far; at the end of a scan: perhaps a leak
 *	  grey   count >= min_count    in use. Looked through, when it becomes so, once a scan;
 *	                               with min_count 0 (boot memory, kmemleak_not_leak) always
 *	  black  min_count -1          kmemleak_ignore: neither reported nor looked through
 *
 *	Leaked objects are not looked through: what only they lead to is reported as well, a ring of them
 *	as a whole. The memory of a vmalloc area wants two words, for its vm_struct has one; who
 *	leads to the vm_struct, though, leads to the memory (excess_ref).
 *
 * What is not a leak yet
 *	While a scan goes on, pointers move from where it has not been to where it has. So an
 *	object is reported only if it was there five seconds before the scan began, and if its contents are
 *	what they were at the scan before (a checksum): what somebody still writes to is in use, and is
 *	grey for once. So the first report of a leak takes two scans. It is said once; the list shows
 *	it as long as it is so.
 *
 * The structures
 *	An object's record is found by address in one of three trees: pointers; physical memory, by
 *	its pointer, apart because boot memory may be given to the page allocator without a word and
 *	then lies below objects; per-CPU pointers, which are no addresses. Records lie in a pool of
 *	the detector's own (kmemleak_object.c), for objects are what it watches. Nothing else is kept: no
 *	list of all objects. A walk over all of them remembers an address and finds its place
 *	again, so objects may come and go while it rests.
 *
 * Steps
 *	A scan is a state machine (kmemleak_scan.c): a step does so many bytes and remembers where it
 *	was. One lock guards everything, and is held for 512 bytes at a time. Giving back takes it too:
 *	so no object's memory goes away while it is being read, and who gives it back waits for so
 *	long at most. In between, the object that a scan is at may go; the scan is told.
 *
 * What it costs
 *	168 bytes an object (104 on 32 bits), and the lock and a walk down the tree for each that is
 *	taken or given back. A scan: each word of the roots and of all objects in use, compared with two
 *	bounds, and for one in between a walk down the tree.
 *
 * When its memory is out, or two objects overlap, it turns itself off with a word in the log, and the
 * rest of the kernel goes on.
 *
 * Lock order: leak_state.lock is innermost, interrupts off. Nothing is called with it but the hooks of
 * struct machine_leaks. Those who announce may hold locks of their own if the page allocator may be called
 * with them.
 *
 * Against Linux
 *	- Marks find physical objects by their pointers too.
 *	- A free of what was not announced is never worth a word.
 *	- The detector turns itself off for good; what it knew is forgotten at the next command or step
 *	  (after a report of leaks: at `clear`), for where it happens nothing may take long.
 */
#include <quire/gfp.h>

#include "mm/debug/internal.h"
#include "mm/lib/format.h"
#include "mm/lib/string.h"

#if CONFIG_KMEMLEAK

/* ---- time, tasks, traces ---- */

unsigned long kmemleak_now(void)
{
	const struct leak_state *ls = leak_state();

	return ls->machine->jiffies ? *ls->machine->jiffies : load_relaxed(ls->jiffies);
}

unsigned long kmemleak_hz(void)
{
	const struct machine_leaks *machine = leak_state()->machine;

	return machine->jiffies ? machine->hz : 1;
}

void kmemleak_set_trace(struct kmemleak_object *object, const void *caller)
{
	const struct leak_state *ls = leak_state();
	const struct machine_leaks *machine = ls->machine;

	object->pid = 0;
	if (machine->task)
		machine->task(machine->ctx, object->comm, &object->pid);
	else
		quire_snprintf(object->comm, sizeof(object->comm), "swapper/%u",
			       ls->is_early ? 0 : this_cpu_id());
	object->comm[KMEMLEAK_COMM_LEN - 1] = '\0';
	object->nr_trace = 0;
	if (machine->trace)
		object->nr_trace = (u8)min_of(machine->trace(machine->ctx, object->trace, KMEMLEAK_TRACE_MAX),
					      (unsigned int)KMEMLEAK_TRACE_MAX);
	if (!object->nr_trace && caller) {
		object->trace[0] = caller;
		object->nr_trace = 1;
	}
}

gfp_t kmemleak_gfp(gfp_t gfp)
{
	return (gfp & (GFP_KERNEL | GFP_ATOMIC)) | __GFP_NORETRY | __GFP_NOMEMALLOC | __GFP_NOWARN;
}

/* ---- off ---- */

void kmemleak_disable(void)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	bool was_on = ls->hooks;

	store_relaxed(ls->hooks, (const struct kmemleak_layer *)NULL);
	ls->is_to_be_emptied = true;
	ls->scan.phase = KMEMLEAK_IDLE;
	spin_unlock_irqrestore(&ls->lock, flags);
	if (was_on)
		pr_info("kmemleak: Kernel memory leak detector disabled");
}

static void out_of_memory(const char *what)
{
	if (!kmemleak_is_on())
		return;
	pr_warn("kmemleak: Cannot allocate %s", what);
	kmemleak_disable();
}

/* ---- an object comes ---- */

/* With all that is said of it; NULL: no memory, or nobody wants to know. */
static struct kmemleak_object *new_object(enum kmemleak_kind kind, const void *ptr, size_t size,
					  int min_count, gfp_t gfp, const void *caller)
{
	static const u8 kind_flags[NR_KMEMLEAK_KINDS] = {
		[KMEMLEAK_PHYS] = OBJECT_PHYS,
		[KMEMLEAK_PERCPU] = OBJECT_PERCPU,
	};
	struct kmemleak_object *object = kmemleak_slot_get(gfp);

	if (!object) {
		out_of_memory("a kmemleak_object structure");
		return NULL;
	}
	memset(object, 0, sizeof(*object));
	object->kind = (u8)kind;
	object->flags = OBJECT_ALLOCATED | kind_flags[kind];
	object->pointer = (uintptr_t)ptr;
	object->size = size;
	object->min_count = min_count;
	object->jiffies = kmemleak_now();
	kmemleak_set_trace(object, caller);
	return object;
}

static void report_overlap(uintptr_t pointer, const struct kmemleak_info *other)
{
	pr_warn("kmemleak: Cannot insert 0x%lx into the object search tree (overlaps existing)",
		(unsigned long)pointer);
	kmemleak_disable();
	kmemleak_dump(other);
}

static void create_object(enum kmemleak_kind kind, const void *ptr, size_t size, int min_count, gfp_t gfp,
			  uintptr_t excess_ref, const void *caller)
{
	struct leak_state *ls = leak_state();
	struct kmemleak_object *object, *other = NULL;
	struct kmemleak_info info;
	unsigned long flags;

	if (!ptr || !size || size > UINTPTR_MAX - (uintptr_t)ptr)
		return;
	object = new_object(kind, ptr, size, min_count, gfp, caller);
	if (!object)
		return;
	object->excess_ref = excess_ref;
	flags = spin_lock_irqsave(&ls->lock);
	if (ls->hooks)
		other = kmemleak_insert_locked(object);
	if (other)
		kmemleak_describe_locked(other, &info);
	if (other || !ls->hooks)
		kmemleak_slot_put_locked(object);
	spin_unlock_irqrestore(&ls->lock, flags);
	if (other)
		report_overlap((uintptr_t)ptr, &info);
}

static void do_alloc(enum kmemleak_kind kind, const void *ptr, size_t size, int min_count, gfp_t gfp,
		     const void *caller)
{
	create_object(kind, ptr, size, min_count, gfp, 0, caller);
}

/* True: somebody has announced the vm_struct, and it passes on what it does not need. */
static bool pass_on_references(const void *area, const void *ptr)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	struct kmemleak_object *object = kmemleak_lookup_exact_locked(KMEMLEAK_VIRT, (uintptr_t)area);

	if (object)
		object->excess_ref = (uintptr_t)ptr;
	spin_unlock_irqrestore(&ls->lock, flags);
	return object;
}

static void do_vmalloc(const void *area, size_t area_size, const void *ptr, size_t size, gfp_t gfp,
		       const void *caller)
{
	if (!pass_on_references(area, ptr))
		create_object(KMEMLEAK_VIRT, area, area_size, KMEMLEAK_GREY_COUNT, gfp, (uintptr_t)ptr, caller);
	create_object(KMEMLEAK_VIRT, ptr, size, 2, gfp, 0, caller);
}

/* ---- and goes ---- */

static void do_free(enum kmemleak_kind kind, const void *ptr)
{
	struct leak_state *ls = leak_state();
	unsigned long flags;
	struct kmemleak_object *object;

	if (!ptr)
		return;
	flags = spin_lock_irqsave(&ls->lock);
	object = kmemleak_lookup_exact_locked(kind, (uintptr_t)ptr);
	if (object)
		kmemleak_remove_locked(object);
	spin_unlock_irqrestore(&ls->lock, flags);
}

/* The object ends, or begins, elsewhere; what a scan knows of its insides is no longer true. */
static void resize_locked(struct kmemleak_object *object, uintptr_t start, uintptr_t end)
{
	struct kmemleak_scan *scan = &leak_state()->scan;

	object->pointer = start;
	object->size = end - start;
	if (object->areas)
		object->flags |= OBJECT_FULL_SCAN;
	kmemleak_drop_areas_locked(object);
	if (scan->at == object) {
		scan->piece = 0;
		scan->offset = 0;
	}
}

/*
 * Cuts [start, end) out of one object. `spare` becomes the part behind it, if one before it is left
 * too; false: it was needed, and there is none.
 */
static bool cut_locked(struct kmemleak_object *object, uintptr_t start, uintptr_t end,
		       struct kmemleak_object **spare)
{
	uintptr_t old_start = object->pointer, old_end = object_end(object);
	struct kmemleak_object *behind = *spare;

	if (start <= old_start && end >= old_end) {
		kmemleak_remove_locked(object);
	} else if (start <= old_start) {
		resize_locked(object, end, old_end);
	} else if (end >= old_end) {
		resize_locked(object, old_start, start);
	} else {
		if (!behind)
			return false;
		*spare = NULL;
		resize_locked(object, old_start, start);
		*behind = *object;
		behind->grey.next = NULL;
		behind->pointer = end;
		behind->size = old_end - end;
		kmemleak_insert_locked(behind);
		kmemleak_became_grey_locked(behind);
	}
	return true;
}

/* True: nothing of the range is left. */
static bool cut_all(enum kmemleak_kind kind, uintptr_t start, uintptr_t end, struct kmemleak_object **spare)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	struct kmemleak_object *object;
	bool is_done = true;

	while (is_done && ls->hooks) {
		object = kmemleak_lookup_locked(kind, start);
		if (!object)
			object = kmemleak_lookup_from_locked(kind, start);
		if (!object || object->pointer >= end)
			break;
		is_done = cut_locked(object, start, end, spare);
	}
	spin_unlock_irqrestore(&ls->lock, flags);
	return is_done;
}

static void do_free_part(enum kmemleak_kind kind, const void *ptr, size_t size)
{
	uintptr_t start = (uintptr_t)ptr, end = start + min_of(size, (size_t)(UINTPTR_MAX - start));
	struct leak_state *ls = leak_state();
	struct kmemleak_object *spare = NULL;
	unsigned long flags;

	if (!ptr || start == end)
		return;
	while (!cut_all(kind, start, end, &spare)) {
		spare = kmemleak_slot_get(GFP_NOWAIT);
		if (!spare) {
			out_of_memory("a kmemleak_object structure");
			return;
		}
	}
	if (!spare)
		return;
	flags = spin_lock_irqsave(&ls->lock);
	kmemleak_slot_put_locked(spare);
	spin_unlock_irqrestore(&ls->lock, flags);
}

/* ---- the boot ---- */

static void begin(const struct quire_machine *machine)
{
	struct leak_state *ls = leak_state();
	size_t size = CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE * sizeof(struct kmemleak_object);
	void *pool;

	memset(ls, 0, sizeof(*ls));
	ls->layer = &quire_kmemleak;
	ls->machine = &machine->leaks;
	ls->is_early = true;
	ls->scans_by_itself = true;
	ls->scans_stacks = true;
	ls->scan_wait = 600;
	INIT_LIST_HEAD(&ls->scan.grey);
	pool = kmemleak_pool_memory(size);
	if (!pool) {
		kmemleak_disable();
		return;
	}
	kmemleak_slots_add_locked(pool, size);
	ls->hooks = &quire_kmemleak;
}

static int init(const struct quire_machine *machine)
{
	struct leak_state *ls = leak_state();

	(void)machine;
	ls->is_early = false;
	ls->next_scan = kmemleak_now() + 60 * kmemleak_hz();
	if (kmemleak_is_on())
		pr_info("kmemleak: Kernel memory leak detector initialized (mem pool available: %lu)",
			ls->nr_unused);
	return 0;
}

const struct kmemleak_layer quire_kmemleak = {
	.begin = begin,
	.init = init,
	.alloc = do_alloc,
	.vmalloc = do_vmalloc,
	.free = do_free,
	.free_part = do_free_part,
	.mark = kmemleak_do_mark,
	.scan_area = kmemleak_do_scan_area,
	.add_stack = kmemleak_do_add_stack,
	.remove_stack = kmemleak_do_remove_stack,
	.scan_step = kmemleak_do_scan_step,
	.scan = kmemleak_do_scan,
	.poll = kmemleak_do_poll,
	.write = kmemleak_do_write,
	.next_leak = kmemleak_do_next_leak,
	.find = kmemleak_do_find,
	.validate = kmemleak_do_validate,
};

#endif
