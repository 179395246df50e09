/* SPDX-License-Identifier: MIT */
/*
 * plug.c - RAM that is plugged in while the machine runs, and pulled.
 *
 * The memfd reaches to the end of the hot-pluggable ranges from the start, as a file with a hole,
 * and so does the window of the direct map, without access. Plugging in opens the window there;
 * pulling closes it, and makes a hole in the file again, so that what comes next is zeros.
 */
#include "port/host/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>

/* The hot-pluggable range that has all of it, or NULL. */
static const struct host_bank *range_of(const struct host_machine *hm, u64 start, u64 end)
{
	size_t i;

	for (i = hm->desc.nr_banks; i < hm->nr_banks; i++)
		if (start >= hm->banks[i].start && end <= hm->banks[i].end)
			return &hm->banks[i];
	return NULL;
}

/* The part of it that the direct map shows becomes accessible, or not. */
static int show(const struct host_machine *hm, const struct host_bank *bank, u64 start, u64 end,
		bool is_ram)
{
	void *at = hm->window + (start - hm->first_phys);
	void *got;

	end = end < bank->low_end ? end : bank->low_end;
	if (start >= end)
		return 0;
	if (is_ram)
		got = mmap(at, (size_t)(end - start), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, hm->ram_fd,
			   (off_t)(bank->offset + (start - bank->start)));
	else
		got = mmap(at, (size_t)(end - start), PROT_NONE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0);
	return got == MAP_FAILED ? -ENOMEM : 0;
}

static bool is_page_range(phys_addr_t base, phys_addr_t size)
{
	return size && !((base | size) & (host_page_size() - 1)) && (u64)base + size > base;
}

int host_machine_plug(struct host_machine *hm, phys_addr_t base, phys_addr_t size)
{
	u64 start = base, end = start + size;
	const struct host_bank *bank = is_page_range(base, size) ? range_of(hm, start, end) : NULL;
	struct host_dimm *dimm;

	if (!bank)
		return -EINVAL;
	for (dimm = hm->dimms; dimm; dimm = dimm->next)
		if (start < dimm->end && dimm->start < end)
			return -EEXIST;
	dimm = malloc(sizeof(*dimm));
	if (!dimm || show(hm, bank, start, end, true)) {
		free(dimm);
		return -ENOMEM;
	}
	*dimm = (struct host_dimm){ start, end, hm->dimms };
	hm->dimms = dimm;
	return 0;
}

/* Cuts [start, end) out of the dimm, which has all of it; `rest` is what is left behind it, if anything. */
static void cut(struct host_dimm **link, u64 start, u64 end, struct host_dimm *rest)
{
	struct host_dimm *dimm = *link;

	if (rest) {
		*rest = (struct host_dimm){ end, dimm->end, dimm->next };
		dimm->next = rest;
	}
	dimm->end = start;
	if (dimm->start == start) {
		*link = dimm->next;
		free(dimm);
	}
}

int host_machine_unplug(struct host_machine *hm, phys_addr_t base, phys_addr_t size)
{
	u64 start = base, end = start + size;
	const struct host_bank *bank = is_page_range(base, size) ? range_of(hm, start, end) : NULL;
	struct host_dimm **link = &hm->dimms, *rest = NULL;

	while (bank && *link && (start < (*link)->start || end > (*link)->end))
		link = &(*link)->next;
	if (!bank || !*link)
		return -ENOENT;
	if ((*link)->end > end && !(rest = malloc(sizeof(*rest))))
		return -ENOMEM;
	if (show(hm, bank, start, end, false)) {
		free(rest);
		return -ENOMEM;
	}
	if (fallocate(hm->ram_fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
		      (off_t)(bank->offset + (start - bank->start)), (off_t)(end - start)))
		errno = 0; /* what comes next finds old contents: no RAM promises more */
	cut(link, start, end, rest);
	return 0;
}

void host_unplug_all(struct host_machine *hm)
{
	while (hm->dimms) {
		struct host_dimm *dimm = hm->dimms;
		const struct host_bank *bank = range_of(hm, dimm->start, dimm->end);

		if (hm->window != MAP_FAILED)
			show(hm, bank, dimm->start, dimm->end, false);
		hm->dimms = dimm->next;
		free(dimm);
	}
}
