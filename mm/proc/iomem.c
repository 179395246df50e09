/* SPDX-License-Identifier: MIT */
/*
 * iomem.c - /proc/iomem: the resource tree, made from the machine's description and
 * written with two blanks of indentation a level. Its lock is resource.c's; it is not held while a
 * line is written.
 */
#include "mm/boot/boot_alloc.h"
#include "mm/lib/bitmap.h"
#include "mm/lib/log.h"
#include "mm/proc/internal.h"

#define MAX_INDENTED_LEVELS 5 /* deeper ones are no further to the right */

static struct resource *iomem_root(void)
{
	return &this_quire()->report.iomem_resource;
}

/* ---- making the tree ---- */

/* The machine's own list: depth says how far to climb from the last one to find the parent. */
static int add_listed(const struct quire_machine *machine, struct resource *nodes)
{
	struct resource *last = iomem_root();
	unsigned int level = 0; /* of `last`: the root's is 0, its children have depth 0 */
	size_t i;

	for (i = 0; i < machine->nr_resources; i++) {
		const struct machine_resource *from = &machine->resources[i];
		struct resource *parent = last;

		for (; level > from->depth; level--)
			parent = parent->parent;
		nodes[i].start = from->start;
		nodes[i].end = from->end;
		nodes[i].name = from->name;
		if (level < from->depth || request_resource(parent, &nodes[i])) {
			pr_err("iomem: resource %zu, 0x%llx-0x%llx : %s, has no place in the tree",
			       i + 1, (unsigned long long)from->start,
			       (unsigned long long)from->end, from->name ? from->name : "<BAD>");
			return -EINVAL;
		}
		last = &nodes[i];
		level = from->depth + 1;
	}
	return 0;
}

static int add_banks(const struct quire_machine *machine, struct resource *nodes)
{
	size_t i;

	for (i = 0; i < machine->nr_banks; i++) {
		const struct machine_bank *bank = &machine->banks[i];

		nodes[i].start = bank->base;
		nodes[i].end = bank->base + bank->size - 1;
		nodes[i].name = bank->flags & MEMBLOCK_NOMAP ? "Reserved" : "System RAM";
		if (request_resource(iomem_root(), &nodes[i])) {
			pr_err("iomem: bank %zu at 0x%llx is empty or overlaps another one", i + 1,
			       (unsigned long long)bank->base);
			return -EINVAL;
		}
	}
	return 0;
}

static bool is_in_a_bank(const struct resource *res)
{
	const struct resource *bank;

	for (bank = iomem_root()->child; bank; bank = bank->sibling)
		if (res->start >= bank->start && res->end <= bank->end)
			return true;
	return false;
}

/*
 * The sections of the kernel's image below their banks. One outside of the RAM (in flash,
 * or of which only the size is known) has no line, and neither has one across another:
 * a report is no reason to refuse a machine.
 */
static void add_image(const struct quire_machine *machine, struct resource *nodes)
{
	const struct {
		const struct machine_section *section;
		const char *name;
	} image[] = {
		{ &machine->text, "Kernel code" },
		{ &machine->rodata, "Kernel rodata" },
		{ &machine->rwdata, "Kernel data" },
		{ &machine->bss, "Kernel bss" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(image); i++) {
		const struct machine_section *section = image[i].section;

		nodes[i].start = section->base;
		nodes[i].end = section->base + section->size - 1;
		nodes[i].name = image[i].name;
		if (section->size && is_in_a_bank(&nodes[i]) &&
		    insert_resource(iomem_root(), &nodes[i]))
			pr_warn("iomem: %s overlaps another section: not shown", image[i].name);
	}
}

static int build_from_banks(const struct quire_machine *machine, struct resource *nodes)
{
	int err = add_banks(machine, nodes);

	if (!err)
		add_image(machine, nodes + machine->nr_banks);
	return err;
}

/* One for each memory block that may come, or may be cut out. */
static int alloc_block_resources(void)
{
	const struct hotplug_state *hp = &this_quire()->page.hotplug;
	struct report_state *report = &this_quire()->report;

	if (!hp->nr_ranges)
		return 0;
	report->block_resources = boot_alloc(hp->nr_blocks * sizeof(*report->block_resources),
					     _Alignof(struct resource), NUMA_NO_NODE, "the iomem tree");
	return report->block_resources ? 0 : -ENOMEM;
}

int iomem_build(const struct quire_machine *machine)
{
	size_t nr = machine->nr_resources ? machine->nr_resources : machine->nr_banks + 4;
	struct resource *root = iomem_root(), *nodes;
	int err;

	*root = (struct resource){ .start = 0, .end = PHYS_ADDR_MAX, .name = "PCI mem" };
	nodes = boot_alloc(nr * sizeof(*nodes), _Alignof(struct resource), NUMA_NO_NODE,
			   "the iomem tree");
	if (!nodes)
		return -ENOMEM;
	err = machine->nr_resources ? add_listed(machine, nodes) : build_from_banks(machine, nodes);
	if (!err)
		err = alloc_block_resources();
	if (err)
		root->child = NULL;
	return err;
}

/* ---- RAM that comes and goes ---- */

/* What stands for RAM that begins with this memory block. */
static struct resource *block_resource(phys_addr_t start)
{
	const struct page_state *ps = &this_quire()->page;

	return &this_quire()->report.block_resources[(PFN_DOWN(start) - ps->memmap_base_pfn) >>
						     ps->hotplug.block_order];
}

int iomem_add_ram(phys_addr_t start, phys_addr_t size)
{
	struct resource *res = block_resource(start);

	*res = (struct resource){ .start = start, .end = start + (size - 1), .name = "System RAM" };
	return request_resource(iomem_root(), res) ? -EEXIST : 0;
}

/* The children of `res` from `start` on become those of `to`. */
static void hand_children_on(struct resource *res, struct resource *to, phys_addr_t start)
{
	struct resource **link = &res->child, *child;

	while (*link && (*link)->start < start)
		link = &(*link)->sibling;
	to->child = *link;
	*link = NULL;
	for (child = to->child; child; child = child->sibling)
		child->parent = to;
}

/* Of one line become two, or one, or none: what is before the block, and what is behind it. */
static void remove_block(phys_addr_t start, phys_addr_t last)
{
	struct resource **link = &iomem_root()->child, *res, *behind;

	while (*link && (*link)->end < last)
		link = &(*link)->sibling;
	res = *link;
	if (!res || res->start > start)
		return; /* the firmware's list does not have it */
	if (res->end > last) {
		behind = block_resource(last + 1);
		*behind = (struct resource){ .start = last + 1, .end = res->end, .name = res->name,
					     .parent = res->parent, .sibling = res->sibling };
		hand_children_on(res, behind, last + 1);
		res->sibling = behind;
	}
	res->end = start - 1;
	if (res->start == start)
		*link = res->sibling;
}

/* What goes at once may have come in several steps, and have as many lines. */
void iomem_remove_ram(phys_addr_t start, phys_addr_t size)
{
	phys_addr_t block = PFN_PHYS((pfn_t)1 << this_quire()->page.hotplug.block_order), done;
	unsigned long flags = resource_lock();

	for (done = 0; done < size; done += block)
		remove_block(start + done, start + done + (block - 1));
	resource_unlock(flags);
}

/* ---- showing it ---- */

/* A line: what was read of the tree with its lock held. */
struct iomem_line {
	phys_addr_t start, end;
	const char *name;
	unsigned int level; /* 1: below the root */
};

/* Children before siblings; without recursion, since the tree's depth is the firmware's choice. */
static const struct resource *next_resource(const struct resource *res, unsigned int *level)
{
	if (res->child) {
		++*level;
		return res->child;
	}
	for (; !res->sibling && res->parent; --*level)
		res = res->parent;
	return res->sibling;
}

/*
 * The line behind `line`; false: that was the last. In the order of the tree each line begins behind
 * the one before it, or is a child of it that begins at the same address. So the place is
 * found again, whatever has come and gone while the line was written.
 */
static bool next_line(struct iomem_line *line)
{
	unsigned long flags = resource_lock();
	const struct resource *res = iomem_root()->child;
	unsigned int level = 1;

	while (res && (res->start < line->start || (res->start == line->start && level <= line->level)))
		res = next_resource(res, &level);
	if (res)
		*line = (struct iomem_line){ res->start, res->end, res->name, level };
	resource_unlock(flags);
	return res;
}

void iomem_show(struct seq_file *m)
{
	struct iomem_line line = { .level = 0 };

	while (next_line(&line))
		seq_printf(m, "%*s%08llx-%08llx : %s\n", 2 * (int)min_of(line.level - 1, MAX_INDENTED_LEVELS + 0U),
			   "", (unsigned long long)line.start, (unsigned long long)line.end,
			   line.name ? line.name : "<BAD>");
}
