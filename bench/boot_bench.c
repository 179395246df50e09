/* SPDX-License-Identifier: MIT */
/*
 * boot_bench.c - how long quire_boot() takes, from the memory map to free pages, on machines
 * of three sizes, by either way through the boot.
 */
#include <stdio.h>
#include <stdlib.h>

#include "bench/bench.h"
#include "port/host/host.h"

#define MB (1ULL << 20)
#define GB (1ULL << 30)
#define RUNS 15

/* A machine to boot, and the one that is being booted. */
struct boot_case {
	struct quire_machine machine;
	struct host_machine *made;
};

static void ignore_line(void *ctx, enum log_level level, const char *line)
{
	(void)ctx;
	if (level == LOG_ERR)
		fprintf(stderr, "%s\n", line);
}

static void make_machine(void *ctx)
{
	struct boot_case *boot = ctx;
	char err[256];

	boot->made = host_machine_create(&boot->machine, err, sizeof(err));
	if (!boot->made) {
		fprintf(stderr, "boot_bench: %s\n", err);
		exit(1);
	}
}

static void boot_machine(void *ctx)
{
	struct boot_case *boot = ctx;

	if (host_machine_boot(boot->made))
		exit(1);
}

static void drop_machine(void *ctx)
{
	struct boot_case *boot = ctx;

	quire_select(NULL);
	host_machine_destroy(boot->made);
}

/* A PC: 640 KB, a hole up to 1 MB, RAM up to 3 GB, the rest above 4 GB; two nodes if large. */
static void measure_boot(u64 ram, const char *size, unsigned int flags, const char *workload)
{
	const u64 low = ram < 3 * GB ? ram : 3 * GB;
	const struct machine_bank banks[] = {
		{ 0, 640 << 10, 0, 0 },
		{ MB, low - MB, 0, 0 },
		{ 4 * GB, ram / 2 - low, 0, 0 },
		{ 4 * GB + ram / 2 - low, ram / 2, 1, 0 },
	};
	struct boot_case boot = {
		.machine = {
			.name = size,
			.flags = flags,
			.banks = banks,
			.nr_banks = ram > low ? 4 : 2,
			.nr_cpus = 2,
			.zones = 1 << ZONE_DMA | 1 << ZONE_DMA32 | 1 << ZONE_NORMAL,
			.zone_end = { [ZONE_DMA] = 16 * MB, [ZONE_DMA32] = 4 * GB },
		},
	};
	const struct bench_case bench = {
		.suite = "boot",
		.workload = workload,
		.size = size,
		.threads = 1,
		.subject = "quire",
		.runs = RUNS,
		.prepare = make_machine,
		.run = boot_machine,
		.finish = drop_machine,
		.ctx = &boot,
	};

	bench_measure(&bench);
}

int main(void)
{
	static const struct {
		unsigned int flags;
		const char *workload;
	} ways[] = {
		{ 0, "quire_boot" },
		{ MACHINE_BOOTMEM, "quire_boot with bootmem" },
	};
	size_t i;

	host_log_to(ignore_line, NULL);
	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		measure_boot(512 * MB, "512 MB", ways[i].flags, ways[i].workload);
		measure_boot(2 * GB, "2 GB", ways[i].flags, ways[i].workload);
		measure_boot(64 * GB, "64 GB", ways[i].flags, ways[i].workload);
	}
	return 0;
}
