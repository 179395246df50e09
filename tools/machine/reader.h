/* SPDX-License-Identifier: MIT */
/*
 * reader.h - what the readers of the kinds share: the machine under construction, the
 * lines of a text file.
 *
 * A reader returns false after machine_fail(), which has written the one line that the
 * user gets. Nothing is undone on the way: machine_close() frees whatever there is.
 */
#ifndef TOOLS_MACHINE_READER_H
#define TOOLS_MACHINE_READER_H

#include <quire/boot_types.h>

#include "tools/machine/machine.h"
#include "tools/numbers.h"

/* A growing array. */
struct vector {
	void *items;
	size_t nr, room;
};
/* A new zeroed item at the end; NULL without memory. */
void *vector_push(struct vector *vector, size_t item_size);

/* A bank and where the file speaks of it: a line, or an offset in a blob. */
struct bank_entry {
	struct machine_bank bank;
	u64 where;
};

struct node_distance {
	int from, to;
	u8 distance;
};

/* What the text of a kernel log gives away about the kernel. */
struct log_hints {
	const char *arch; /* from the release in "Linux version ..."; NULL: not said */
	bool has_dma32;	  /* zones seen in "Zone ranges:" */
	bool has_highmem;
	bool is_32bit;	   /* lines that only a 32-bit kernel prints */
	bool has_nx;	   /* on 32-bit x86 only with PAE */
	u64 highmem_start; /* where HighMem starts: the lowmem limit; 0: not said */
	unsigned int cpus, cpu_ids;
	u64 initrd_start, initrd_end; /* end exclusive; equal: none */
	/* Sizes of the "Memory: ... available (" line in bytes; 0: not said. */
	u64 text, rwdata, rodata, init, bss;
};

#define MACHINE_MAX_DEPTH 32

struct machine_file {
	struct quire_machine m; /* the result; its arrays are made from the vectors at the end */
	const char *name;	/* as the user gave it: for messages */
	const char *kind;
	const char *arch;
	const char *format;
	const char *summary;
	bool is_blob;	      /* `where` is an offset, not a line */
	bool has_e820;	      /* a PC's firmware map */
	bool is_firmware_map; /* RAM as the firmware left it: the boot must reserve more */

	struct vector banks;	 /* struct bank_entry */
	struct vector hotplug;	 /* struct machine_hotplug */
	struct vector pluggable; /* struct machine_hotplug: as the firmware has them, RAM in them or not */
	struct vector cma;	 /* struct machine_cma */
	struct vector reserved;	 /* struct machine_range */
	struct vector resources; /* struct machine_resource */
	struct vector windows;	 /* struct machine_window */
	struct vector distances; /* struct node_distance */
	struct vector cpu_nodes; /* u16: the node of each CPU, as far as the file says */
	struct vector memory;	 /* char *: what else machine_close frees */
	/* The last resource of each depth, as an index + 1. */
	size_t open_resource[MACHINE_MAX_DEPTH];

	struct log_hints hints;
	u64 lowmem_where; /* the line that set m.lowmem_end */
	u64 max_ram;

	char *err;
	size_t err_size;
};

/* Writes "name:line: text" to the caller's buffer and returns false. `where` 0: no line. */
__attribute__((format(printf, 3, 4))) bool machine_fail(struct machine_file *f, u64 where,
							const char *fmt, ...);
bool machine_no_memory(struct machine_file *f);

/* Memory that machine_close frees; NULL, after machine_fail, without any. */
void *machine_alloc(struct machine_file *f, size_t size);
/* A copy of the first `length` bytes; no blanks at its ends, no control characters. */
char *machine_string(struct machine_file *f, const char *text, size_t length);

/* Ranges are checked for size 0 and for wrapping around. Names are copied; NULL: none. */
bool machine_add_bank(struct machine_file *f, u64 base, u64 size, int nid, unsigned int flags,
		      u64 where);
/* Where RAM may come later. */
bool machine_add_hotplug(struct machine_file *f, u64 base, u64 size, int nid, u64 where);
/* What the firmware calls hot-pluggable; whether it is used is the user's choice. */
bool machine_note_pluggable(struct machine_file *f, u64 base, u64 size, int nid);
/* hotplug.c: the whole memory blocks of these ranges in which there is no bank; the banks are sorted. */
bool machine_use_pluggable(struct machine_file *f);
/* An area of frames in a row; base 0: anywhere. The name is copied. */
bool machine_add_cma(struct machine_file *f, const char *name, u64 base, u64 size, u64 where);
bool machine_add_reserved(struct machine_file *f, u64 base, u64 size, const char *name, u64 where);
/* `last` is inclusive; a resource must lie inside the last one of depth - 1. */
bool machine_add_resource(struct machine_file *f, u64 start, u64 last, const char *name,
			  unsigned int depth, u64 where);
/* `name` is not copied. */
bool machine_add_window(struct machine_file *f, const char *name, u64 start, u64 end);
/* The next CPU, counted from 0, is on node `nid`. */
bool machine_add_cpu(struct machine_file *f, u64 nid, u64 where);
bool machine_add_distance(struct machine_file *f, u64 from, u64 to, u64 distance, u64 where);

/*
 * Gives what the banks have of [base, base + size) to node `nid` (NUMA_NO_NODE: leave
 * it) and adds `flags`. Banks are cut in two where the range ends inside them.
 */
bool machine_mark(struct machine_file *f, u64 base, u64 size, int nid, unsigned int flags);
bool machine_check_node(struct machine_file *f, u64 nid, u64 where);
bool machine_has_ram_above_4g(const struct machine_file *f);

/* arch.c: zones, limits and windows that the file leaves open. */
bool machine_apply_arch(struct machine_file *f, const struct machine_options *options);
/* check.c: sorts the banks and holds them against each other, then against what can be. */
bool machine_check_overlaps(struct machine_file *f);
bool machine_check_limits(struct machine_file *f);
/* sections.c: the kernel's image, from /proc/iomem and from the sizes in a kernel log. */
void machine_take_section(struct machine_file *f, const char *name, u64 start, u64 last);
void machine_size_sections(struct machine_file *f);
bool machine_reserve_image(struct machine_file *f);

/* A text file cut into lines: NUL-terminated, without line ends. Line n is line[n - 1]. */
struct text {
	char **line;
	size_t nr;
};

/* The readers. Each adds to `f` what its kind says. */
bool read_device_tree(struct machine_file *f, const void *blob, size_t size);
bool read_kernel_log(struct machine_file *f, const struct text *text);
bool read_iomem(struct machine_file *f, const struct text *text);
bool read_iomem_resources(struct machine_file *f, const struct text *text);
bool read_memblock(struct machine_file *f, const struct text *text);
bool read_description(struct machine_file *f, const struct text *text);
/* Hints of a kernel log, from any text that may contain one. */
bool read_log_hints(struct machine_file *f, const struct text *text);
/* SRAT lines: which bank is on which node. */
bool read_srat(struct machine_file *f, const struct text *text);
/* Nodes and CPUs of the running computer, after read_iomem. */
bool read_this_nodes(struct machine_file *f, const char *root);

/* What a line could be, for telling the kinds apart. */
bool is_iomem_line(const char *line);
bool is_memblock_heading(const char *line);
bool is_memblock_region(const char *line);
bool is_description_line(const char *line);
/* "=== /proc/iomem" in a file of many files. Returns the name behind it, else NULL. */
const char *text_heading(const char *line);
bool text_has_heading(const struct text *text, const char *name);

/* Skips blanks and tabs, then `word` if it is next. */
bool text_skip(const char **p, const char *word);
const char *text_skip_blanks(const char *p);
/* "[mem 0x..-0x..]" right here: first and last byte. */
bool text_mem_range(const char **p, u64 *first, u64 *last);

/* All bytes of a file into memory (with a NUL behind them); NULL after machine_fail. */
char *read_whole_file(struct machine_file *f, const char *path, size_t *size);
/* Cuts `data` into lines. */
bool text_split(struct machine_file *f, const char *data, size_t size, struct text *text);

#endif
