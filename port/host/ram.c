/* SPDX-License-Identifier: MIT */
/*
 * ram.c - the machine's RAM: a memfd, a file without a name whose offset is the physical
 * address. It is sparse, so 64 GB of RAM cost what is touched of them. Where physical
 * addresses are higher than a file can be large, the banks are packed one after another.
 */
#include "port/host/internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* What a file on tmpfs can have at most, with room to round up. */
#define FILE_LIMIT (sizeof(long) == 8 ? 1ULL << 62 : 1ULL << 43)

const char *host_size_text(u64 bytes, char *buf, size_t size)
{
	static const char *const names[] = { "bytes", "KB", "MB", "GB", "TB" };
	unsigned int i = 0;
	u64 unit = 1;

	while (bytes && i < 4 && (bytes % (unit * 1024) == 0 || bytes / unit >= 10 * 1024)) {
		unit *= 1024;
		i++;
	}
	bytes = bytes / unit + (bytes % unit > unit / 2);
	snprintf(buf, size, "%llu %s", (unsigned long long)bytes, names[i]);
	return buf;
}

__attribute__((format(printf, 3, 4))) int host_fail(char *err, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(err, size, fmt, args);
	va_end(args);
	return -1;
}

u64 host_page_size(void)
{
	return (u64)sysconf(_SC_PAGESIZE);
}

/* ---- the banks ---- */

/* Sets where each bank lies in the memfd: at its physical address if a file reaches that far. */
static u64 place_banks_in_file(struct host_machine *hm, u64 limit)
{
	u64 offset = 0;
	size_t i;

	if (hm->last_phys <= limit) {
		for (i = 0; i < hm->nr_banks; i++)
			hm->banks[i].offset = hm->banks[i].start;
		return hm->last_phys;
	}
	for (i = 0; i < hm->nr_banks; i++) {
		hm->banks[i].offset = offset;
		offset += hm->banks[i].end - hm->banks[i].start;
	}
	return offset;
}

/* Where the bank lies in whole host pages, and how far the direct map shows it. */
static void plan_bank(struct host_machine *hm, struct host_bank *b, u64 base, u64 bytes, u64 low_end)
{
	u64 page = host_page_size();

	b->start = base & ~(page - 1);
	b->end = (base + bytes + page - 1) & ~(page - 1);
	b->low_end = b->end < low_end ? b->end : low_end;
	if (b->low_end < b->start)
		b->low_end = b->start;
	if (b->start < hm->first_phys)
		hm->first_phys = b->start;
	if (b->end > hm->last_phys)
		hm->last_phys = b->end;
}

int host_plan_banks(struct host_machine *hm, char *err, size_t size)
{
	const struct quire_machine *desc = &hm->desc;
	u64 page = host_page_size();
	u64 top = UINT64_MAX - (page - 1); /* room to round up */
	u64 low_end = desc->lowmem_end && desc->lowmem_end < top ? desc->lowmem_end : top;
	size_t i;

	if (!desc->nr_banks)
		return host_fail(err, size, "the machine has no RAM");
	hm->nr_banks = desc->nr_banks + desc->nr_hotplug;
	hm->banks = calloc(hm->nr_banks, sizeof(*hm->banks));
	if (!hm->banks)
		return host_fail(err, size, "%s", strerror(errno));
	hm->first_phys = UINT64_MAX;
	low_end = (low_end + page - 1) & ~(page - 1);
	for (i = 0; i < hm->nr_banks; i++) {
		bool is_bank = i < desc->nr_banks;
		u64 base = is_bank ? desc->banks[i].base : desc->hotplug[i - desc->nr_banks].base;
		u64 bytes = is_bank ? desc->banks[i].size : desc->hotplug[i - desc->nr_banks].size;

		if (!bytes || base > top || bytes > top - base)
			return host_fail(err, size, "bank %zu: no such range of addresses", i);
		plan_bank(hm, &hm->banks[i], base, bytes, low_end);
	}
	hm->mapped_end = hm->last_phys;
	/* A small host has no room to waste on what is never mapped. */
	if (sizeof(void *) == 4 && low_end < hm->mapped_end)
		hm->mapped_end = low_end > hm->first_phys ? low_end : hm->first_phys + page;
	return 0;
}

static bool is_hot_pluggable(const struct host_machine *hm, const struct host_bank *bank)
{
	return (size_t)(bank - hm->banks) >= hm->desc.nr_banks;
}

static const struct host_dimm *dimm_of(const struct host_machine *hm, u64 phys)
{
	const struct host_dimm *dimm = hm->dimms;

	while (dimm && (phys < dimm->start || phys >= dimm->end))
		dimm = dimm->next;
	return dimm;
}

const struct host_bank *host_bank_of(const struct host_machine *hm, u64 phys)
{
	size_t i;

	for (i = 0; i < hm->nr_banks; i++)
		if (phys >= hm->banks[i].start && phys < hm->banks[i].end)
			return !is_hot_pluggable(hm, &hm->banks[i]) || dimm_of(hm, phys) ? &hm->banks[i] : NULL;
	return NULL;
}

u64 host_ram_end(const struct host_machine *hm, const struct host_bank *bank, u64 phys)
{
	const struct host_dimm *dimm = is_hot_pluggable(hm, bank) ? dimm_of(hm, phys) : NULL;

	return dimm ? dimm->end : bank->end;
}

/* ---- RAM ---- */

int host_make_ram(struct host_machine *hm, char *err, size_t size)
{
	struct rlimit rl;
	u64 limit = FILE_LIMIT, bytes;
	char text[32];

	if (!getrlimit(RLIMIT_FSIZE, &rl) && rl.rlim_cur < limit)
		limit = rl.rlim_cur;
	bytes = place_banks_in_file(hm, limit);
	/* Beyond RLIMIT_FSIZE, ftruncate would kill the process. */
	if (bytes > limit)
		return host_fail(err, size, "this computer cannot hold %s of RAM: %s",
				 host_size_text(bytes, text, sizeof(text)),
				 limit < FILE_LIMIT ? "the limit on file sizes is lower (ulimit -f)"
						    : "no file can be that large");
	hm->ram_fd = memfd_create("quire-ram", MFD_CLOEXEC);
	if (hm->ram_fd < 0)
		return host_fail(err, size, "no file to stand for the RAM: %s", strerror(errno));
	if (ftruncate(hm->ram_fd, (off_t)bytes))
		return host_fail(err, size, "this computer cannot hold %s of RAM: %s",
				 host_size_text(bytes, text, sizeof(text)), strerror(errno));
	return 0;
}

/* ---- shown at an address ---- */

/* What stands for the memory at `phys`: a file, where in it, and for how many bytes of `size`. */
static size_t backing(const struct host_machine *hm, u64 phys, size_t size, int *fd, u64 *offset)
{
	const struct host_bank *b = host_bank_of(hm, phys);
	u64 end = phys + size;
	size_t i;

	if (b) {
		*fd = hm->ram_fd;
		*offset = b->offset + (phys - b->start);
		end = host_ram_end(hm, b, phys);
		return end - phys < size ? (size_t)(end - phys) : size;
	}
	for (i = 0; i < hm->nr_banks; i++)
		if (hm->banks[i].start > phys && hm->banks[i].start < end)
			end = hm->banks[i].start;
	*fd = end <= hm->kernel.device_size ? hm->kernel.device_fd : -1;
	*offset = phys;
	return (size_t)(end - phys);
}

int host_show(const struct host_machine *hm, uintptr_t virt, u64 phys, size_t size, int prot)
{
	while (size) {
		int fd;
		u64 offset;
		size_t part = backing(hm, phys, size, &fd, &offset);

		if (fd < 0 || mmap((void *)virt, part, prot, MAP_SHARED | MAP_FIXED, fd,
				   (off_t)offset) == MAP_FAILED)
			return -ENOMEM;
		virt += part;
		phys += part;
		size -= part;
	}
	return 0;
}

bool host_copy_phys(const struct host_machine *hm, u64 phys, void *buf, size_t len, bool is_write)
{
	while (len) {
		int fd;
		u64 offset;
		size_t part = backing(hm, phys, len, &fd, &offset);
		ssize_t copied;

		if (fd < 0)
			return false;
		if (fd == hm->ram_fd && phys + part <= host_bank_of(hm, phys)->low_end) {
			void *ram = hm->window + (phys - hm->first_phys);

			memcpy(is_write ? ram : buf, is_write ? buf : ram, part);
			copied = (ssize_t)part;
		} else {
			copied = is_write ? pwrite(fd, buf, part, (off_t)offset)
					  : pread(fd, buf, part, (off_t)offset);
		}
		if (copied <= 0)
			return false;
		buf = (char *)buf + copied;
		phys += (u64)copied;
		len -= (size_t)copied;
	}
	return true;
}

int host_make_devices(struct host_machine *hm)
{
	struct rlimit rl;
	u64 size = FILE_LIMIT;

	if (!getrlimit(RLIMIT_FSIZE, &rl) && rl.rlim_cur < size)
		size = rl.rlim_cur;
	hm->kernel.device_fd = memfd_create("quire-devices", MFD_CLOEXEC);
	if (hm->kernel.device_fd < 0 || ftruncate(hm->kernel.device_fd, (off_t)size))
		return -1;
	hm->kernel.device_size = size;
	return 0;
}
