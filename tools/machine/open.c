/* SPDX-License-Identifier: MIT */
/*
 * open.c - finds the file, tells its kind from its content, has it read, and turns what
 * the reader found into one struct quire_machine.
 *
 * Reading has four steps, each of which needs the one before: the reader adds what the
 * file says; the banks are sorted and held against each other; the architecture fills in
 * what the file left open; the result is held against what can be.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <quire/quire.h>

#include "tools/machine/reader.h"

/* ---- the kind ---- */

static bool is_blob(const char *data, size_t size)
{
	return size >= 4 && !memcmp(data, "\xd0\x0d\xfe\xed", 4);
}

/* What the lines of a text look like, the surest sign first. */
struct signs {
	bool has_e820, has_memblock, has_iomem, has_description;
};

static void look_at_line(const char *line, bool is_first, struct signs *signs)
{
	const char *heading = text_heading(line);

	if (strstr(line, "BIOS-e820:"))
		signs->has_e820 = true;
	if (is_memblock_heading(line) || (is_first && is_memblock_region(line)))
		signs->has_memblock = true;
	if (heading ? !strcmp(heading, "/proc/iomem") : is_first && is_iomem_line(line))
		signs->has_iomem = true;
	if (is_description_line(line))
		signs->has_description = true;
}

static struct signs look_at_text(const struct text *text)
{
	struct signs signs = { false, false, false, false };
	bool is_first = true;

	for (size_t i = 0; i < text->nr; i++) {
		const char *line = text->line[i];

		if (!*text_skip_blanks(line) || *text_skip_blanks(line) == '#')
			continue;
		look_at_line(line, is_first, &signs);
		is_first = false;
	}
	return signs;
}

static bool read_text(struct machine_file *f, const char *data, size_t size)
{
	struct signs signs;
	struct text text;

	if (!size)
		return machine_fail(f, 0, "the file is empty");
	if (memchr(data, '\0', size))
		return machine_fail(f, 0,
				    "a file of no known kind: it is not text, nor a device "
				    "tree blob");
	if (!text_split(f, data, size, &text))
		return false;
	signs = look_at_text(&text);
	if (signs.has_e820) {
		f->kind = "kernel log";
		return read_log_hints(f, &text) && read_kernel_log(f, &text);
	}
	if (signs.has_memblock) {
		f->kind = "memblock listing";
		return read_log_hints(f, &text) && read_memblock(f, &text);
	}
	if (signs.has_iomem) {
		f->kind = "iomem listing";
		return read_log_hints(f, &text) && read_iomem(f, &text);
	}
	if (signs.has_description) {
		f->kind = "machine description";
		return read_description(f, &text);
	}
	return machine_fail(f, 0,
			    "a file of no known kind: no BIOS-e820 lines, no listing of "
			    "memblock or /proc/iomem, no machine description");
}

static bool read_data(struct machine_file *f, const char *data, size_t size)
{
	if (!is_blob(data, size))
		return read_text(f, data, size);
	f->kind = "device tree blob";
	return read_device_tree(f, data, size);
}

/* ---- the result ---- */

static int highest_node(const struct machine_file *f)
{
	const struct bank_entry *banks = f->banks.items;
	const struct machine_hotplug *hotplug = f->hotplug.items;
	const struct node_distance *distances = f->distances.items;
	int highest = 0;

	for (size_t i = 0; i < f->banks.nr; i++)
		if (banks[i].bank.nid > highest)
			highest = banks[i].bank.nid;
	for (size_t i = 0; i < f->hotplug.nr; i++)
		if (hotplug[i].nid > highest)
			highest = hotplug[i].nid;
	for (size_t i = 0; i < f->distances.nr; i++) {
		if (distances[i].from > highest)
			highest = distances[i].from;
		if (distances[i].to > highest)
			highest = distances[i].to;
	}
	return highest;
}

/* A distance that is said in one direction holds in the other, unless that is said too. */
static bool make_distances(struct machine_file *f)
{
	const struct node_distance *said = f->distances.items;
	size_t nr = (size_t)highest_node(f) + 1;
	u8 *matrix;

	if (!f->distances.nr)
		return true;
	matrix = machine_alloc(f, nr * nr);
	if (!matrix)
		return false;
	for (size_t i = 0; i < f->distances.nr; i++)
		matrix[(size_t)said[i].to * nr + (size_t)said[i].from] = said[i].distance;
	for (size_t i = 0; i < f->distances.nr; i++)
		matrix[(size_t)said[i].from * nr + (size_t)said[i].to] = said[i].distance;
	for (size_t i = 0; i < nr * nr; i++)
		if (!matrix[i])
			matrix[i] = i / nr == i % nr ? 10 : 20;
	f->m.distance = matrix;
	f->m.nr_distance_nodes = (unsigned int)nr;
	return true;
}

static int compare_hotplug(const void *a, const void *b)
{
	const struct machine_hotplug *x = a, *y = b;

	return (x->base > y->base) - (x->base < y->base);
}

static bool make_arrays(struct machine_file *f)
{
	const struct bank_entry *entries = f->banks.items;
	struct machine_bank *banks = machine_alloc(f, f->banks.nr * sizeof(*banks));

	if (!banks)
		return false;
	for (size_t i = 0; i < f->banks.nr; i++)
		banks[i] = entries[i].bank;
	f->m.banks = banks;
	f->m.nr_banks = f->banks.nr;
	if (f->hotplug.nr)
		qsort(f->hotplug.items, f->hotplug.nr, sizeof(struct machine_hotplug), compare_hotplug);
	f->m.cma = f->cma.items;
	f->m.nr_cma = f->cma.nr;
	f->m.hotplug = f->hotplug.items;
	f->m.nr_hotplug = f->hotplug.nr;
	f->m.reserved = f->reserved.items;
	f->m.nr_reserved = f->reserved.nr;
	f->m.resources = f->resources.items;
	f->m.nr_resources = f->resources.nr;
	if (f->cpu_nodes.nr == f->m.nr_cpus)
		f->m.cpu_node = f->cpu_nodes.items;
	f->m.windows = f->windows.items;
	f->m.nr_windows = f->windows.nr;
	return make_distances(f);
}

static void apply_options(struct machine_file *f, const struct machine_options *options)
{
	if (options->bootmem)
		f->m.flags |= MACHINE_BOOTMEM;
	if (options->as_dumped)
		f->m.flags |= MACHINE_AS_DUMPED;
	if (options->memblock_debug)
		f->m.flags |= MACHINE_MEMBLOCK_DEBUG;
	if (options->page_owner)
		f->m.flags |= MACHINE_PAGE_OWNER;
	if (options->kmemleak)
		f->m.leaks.layer = &quire_kmemleak;
	f->max_ram = options->max_ram;
}

/* What the library checks at boot, now: the metadata is not there yet. */
static bool check_with_library(struct machine_file *f)
{
	struct quire_machine machine = f->m;
	char why[256];

	machine.flags &= ~(unsigned int)MACHINE_AS_DUMPED;
	return !quire_check_machine(&machine, why, sizeof(why)) || machine_fail(f, 0, "%s", why);
}

static bool finish(struct machine_file *f, const struct machine_options *options)
{
	const char *slash = strrchr(f->name, '/');

	apply_options(f, options);
	if (!f->m.name)
		f->m.name = slash && slash[1] ? slash + 1 : f->name;
	/* Linux's name for the area that cma= on its command line asks for. */
	if (options->cma && !machine_add_cma(f, "reserved", 0, options->cma, 0))
		return false;
	return machine_check_overlaps(f) && (!options->hotplug || machine_use_pluggable(f)) &&
	       machine_apply_arch(f, options) &&
	       machine_check_limits(f) && make_arrays(f) && check_with_library(f);
}

/* ---- the doors ---- */

static struct machine_file *new_file(const char *name, char *err, size_t err_size)
{
	struct machine_file *f = calloc(1, sizeof(*f));

	if (err_size)
		*err = '\0';
	if (!f) {
		snprintf(err, err_size, "no memory");
		return NULL;
	}
	f->err = err;
	f->err_size = err_size;
	f->kind = "file";
	f->name = name;
	f->name = machine_string(f, name, strlen(name));
	if (!f->name) {
		machine_close(f);
		return NULL;
	}
	return f;
}

/* On failure the message is written already. */
static struct machine_file *close_failed(struct machine_file *f, bool ok)
{
	/* The buffer is the caller's, for this call alone. */
	f->err = NULL;
	f->err_size = 0;
	if (ok)
		return f;
	machine_close(f);
	return NULL;
}

static const struct machine_options no_options;

struct machine_file *machine_open_memory(const char *name, const void *data, size_t size,
					 const struct machine_options *options, char *err,
					 size_t err_size)
{
	struct machine_file *f = new_file(name, err, err_size);
	char *copy;

	if (!f)
		return NULL;
	if (!options)
		options = &no_options;
	copy = machine_alloc(f, size + 1);
	if (!copy)
		return close_failed(f, false);
	memcpy(copy, data, size);
	return close_failed(f, read_data(f, copy, size) && finish(f, options));
}

static bool open_builtin(struct machine_file *f, const struct builtin_machine *machine,
			 const struct machine_options *options)
{
	bool ok = read_text(f, machine->text, strlen(machine->text));

	f->kind = "built-in";
	f->m.name = machine->name;
	f->summary = machine->summary;
	return ok && finish(f, options);
}

static bool open_this(struct machine_file *f, const struct machine_options *options)
{
	const char *root = options->root ? options->root : "";
	char path[512];
	struct text text;
	size_t size;
	char *data;

	snprintf(path, sizeof(path), "%s/proc/iomem", root);
	f->kind = "running computer";
	f->m.name = "this";
	/* Messages are about that file. */
	f->name = machine_string(f, path, strlen(path));
	data = f->name ? read_whole_file(f, path, &size) : NULL;
	return data && text_split(f, data, size, &text) && read_iomem(f, &text) &&
	       read_this_nodes(f, root) && finish(f, options);
}

/* Fails where reading would not say clearly what is wrong. */
static bool check_path(struct machine_file *f, const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return machine_fail(f, 0, "%s%s", strerror(errno),
				    errno == ENOENT && !strchr(path, '/')
					    ? ", and no built-in machine has this name"
					    : "");
	return !S_ISDIR(status.st_mode) || machine_fail(f, 0, "is a directory");
}

static bool open_path(struct machine_file *f, const char *path,
		      const struct machine_options *options)
{
	size_t size;
	char *data;

	if (!strcmp(path, "-"))
		f->name = "standard input";
	else if (!check_path(f, path))
		return false;
	data = read_whole_file(f, path, &size);
	return data && read_data(f, data, size) && finish(f, options);
}

struct machine_file *machine_open(const char *name, const struct machine_options *options,
				  char *err, size_t err_size)
{
	const struct builtin_machine *machine = find_builtin_machine(name);
	struct machine_file *f = new_file(name, err, err_size);

	if (!f)
		return NULL;
	if (!options)
		options = &no_options;
	if (machine)
		return close_failed(f, open_builtin(f, machine, options));
	if (!strcmp(name, "this"))
		return close_failed(f, open_this(f, options));
	return close_failed(f, open_path(f, name, options));
}
