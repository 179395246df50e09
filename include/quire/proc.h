/* SPDX-License-Identifier: MIT */
/*
 * proc.h - the reports: the text of every /proc and /sys file of Linux's memory
 * management that this library keeps, laid out as Linux lays it out.
 */
#ifndef QUIRE_PROC_H
#define QUIRE_PROC_H

#include <quire/state.h>

/* Where a report's text goes: a stream, written piece by piece. */
struct seq_file {
	void (*write)(void *ctx, const char *text, size_t len);
	void *ctx;
};

/* Formats into the stream. Conversions: %d %i %u %x %X %o %c %s %p %%, with - 0 space, width, precision, l ll z h. */
__attribute__((format(printf, 2, 3))) void seq_printf(struct seq_file *m, const char *fmt, ...);
void seq_puts(struct seq_file *m, const char *text);

/* One report. `name` is its path below /proc, or its name below debugfs: "memblock/memory". */
struct report {
	const char *name;
	const char *help; /* one line, for `ls` */
	void (*show)(struct seq_file *m);
};

/*
 * Every report, in the order in which to list them; ends with a NULL name. Reports may
 * be shown in any context that may call m->write, from the end of quire_boot() on.
 */
extern const struct report quire_reports[];
/* The report of that name, with or without a leading "/proc/" or "/sys/kernel/debug/"; NULL: none. */
const struct report *quire_find_report(const char *name);

/*
 * The text of a node's file: /sys/devices/system/node/node<nid>/numastat. The report numastat
 * has all nodes. Context as that of a report.
 */
void node_numastat_show(struct seq_file *m, int nid);

struct cma;
/*
 * The text of a file of a CMA area (<quire/cma.h>): base_pfn, count, order_per_bit, used, maxchunk, bitmap
 * in /sys/kernel/debug/cma/NAME. The report cma has all of them. False: there is no such file.
 */
bool cma_debugfs_show(struct seq_file *m, const struct cma *cma, const char *file);

/* ---- addresses ---- */

/*
 * Says in a part of a line what an address of the direct map or of the vmalloc window is: which
 * page frame, free or held and by whom (on a machine with MACHINE_PAGE_OWNER), which area. For crash
 * messages: it waits for no lock and allocates nothing, and what it says may be out of date.
 * False: it is in neither. Context: any, a signal handler too.
 */
bool quire_describe_address(const void *addr, char *text, size_t size);
/* The same of a page frame. */
void quire_describe_frame(pfn_t pfn, char *text, size_t size);

/* ---- the resource tree ---- */

/*
 * Puts `new` under `parent` where its range belongs. Returns 0, or -EBUSY if it overlaps
 * a child in part or exactly fills taken room, -EINVAL if it is empty or outside of the
 * parent. `new` is the caller's and must stay. Context: any, from quire_boot() on.
 */
int request_resource(struct resource *parent, struct resource *new_res);
/* The same, but children that lie inside `new` move below it, and `new` goes below one that encloses it. */
int insert_resource(struct resource *parent, struct resource *new_res);

#endif
