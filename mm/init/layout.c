/* SPDX-License-Identifier: MIT */
/*
 * layout.c - the banner `Virtual kernel memory layout:`, and whether the layout can be.
 *
 * The windows are virtual addresses that the embedder chose. Where they are constants of
 * the build (CONFIG_TASK_SIZE and the like), a contradiction fails the build; else it
 * stops the boot.
 */
#include <quire/quire.h>

#include "mm/init/internal.h"
#include "mm/lib/log.h"
#include "mm/lib/string.h"

#if defined(CONFIG_TASK_SIZE) && defined(CONFIG_MODULES_VADDR)
_Static_assert(CONFIG_TASK_SIZE <= CONFIG_MODULES_VADDR, "user space runs into the modules");
#endif
#if defined(CONFIG_PKMAP_BASE) && defined(CONFIG_PKMAP_SIZE) && defined(CONFIG_PAGE_OFFSET)
_Static_assert(CONFIG_PKMAP_BASE + CONFIG_PKMAP_SIZE <= CONFIG_PAGE_OFFSET,
	       "the pkmap window runs into the direct map");
#endif

typedef unsigned long long ull;

/* Linux gives the large windows in MB and the others in kB, rounded up. */
static bool is_large(const char *name)
{
	return quire_streq(name, "vmalloc") || quire_streq(name, "lowmem") ||
	       quire_streq(name, "pkmap") || quire_streq(name, "modules");
}

static int check_window(const struct quire_machine *machine, const struct machine_window *window)
{
	if (window->end < window->start) {
		pr_err("layout: %s ends (0x%08llx) before it starts (0x%08llx)", window->name,
		       (ull)window->end, (ull)window->start);
		return -EINVAL;
	}
	if (quire_streq(window->name, "modules") && machine->task_size > window->start) {
		pr_err("layout: user space (up to 0x%08llx) runs into the modules at 0x%08llx",
		       (ull)machine->task_size, (ull)window->start);
		return -EINVAL;
	}
	if (quire_streq(window->name, "pkmap") && machine->page_offset &&
	    window->start < machine->page_offset && window->end > machine->page_offset) {
		pr_err("layout: pkmap (up to 0x%08llx) runs over PAGE_OFFSET 0x%08llx", (ull)window->end,
		       (ull)machine->page_offset);
		return -EINVAL;
	}
	return 0;
}

int print_virtual_layout(const struct quire_machine *machine)
{
	size_t i;
	int err;

	for (i = 0; i < machine->nr_windows; i++) {
		err = check_window(machine, &machine->windows[i]);
		if (err)
			return err;
	}
	if (machine->nr_windows)
		pr_info("Virtual kernel memory layout:");
	for (i = 0; i < machine->nr_windows; i++) {
		const struct machine_window *w = &machine->windows[i];
		u64 size = w->end - w->start;

		if (is_large(w->name))
			pr_info("    %-8s: 0x%08llx - 0x%08llx   (%4llu MB)", w->name, (ull)w->start,
				(ull)w->end, (ull)size >> 20);
		else
			pr_info("    %-8s: 0x%08llx - 0x%08llx   (%4llu kB)", w->name, (ull)w->start,
				(ull)w->end, (ull)(size + 1023) >> 10);
	}
	return 0;
}
