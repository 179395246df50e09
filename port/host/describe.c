/* SPDX-License-Identifier: MIT */
/*
 * describe.c - what the library knows of an address of this process, whatever machine it belongs
 * to; and behind each report of AddressSanitizer, that.
 */
#include "port/host/internal.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <quire/proc.h>

#include "mm/lib/format.h"

static bool is_in_window(const struct host_machine *hm, uintptr_t addr)
{
	return hm->window != MAP_FAILED && addr >= (uintptr_t)hm->window &&
	       addr - (uintptr_t)hm->window < hm->mapped_end - hm->first_phys;
}

static bool is_in_kernel_window(const struct host_machine *hm, uintptr_t addr)
{
	return hm->kernel.base != MAP_FAILED && addr - (uintptr_t)hm->kernel.base < hm->kernel.size;
}

/* The selected machine's. Above the direct map an address still stands for a frame. */
static bool describe(const struct host_machine *hm, const void *addr, char *text, size_t size)
{
	if (quire_describe_address(addr, text, size))
		return true;
	if (!is_in_window(hm, (uintptr_t)addr))
		return false;
	quire_describe_frame((pfn_t)((hm->first_phys + ((uintptr_t)addr - (uintptr_t)hm->window)) >> PAGE_SHIFT),
			     text, size);
	return true;
}

bool host_describe(const void *addr, char *text, size_t size)
{
	const struct host_machine *hm = host_first_machine();
	struct quire *before;
	bool is_known;

	while (hm && !is_in_window(hm, (uintptr_t)addr) && !is_in_kernel_window(hm, (uintptr_t)addr))
		hm = atomic_load(&hm->next);
	if (!hm || hm->quire->phase == PHASE_NONE)
		return false;
	before = quire_select(hm->quire);
	is_known = describe(hm, addr, text, size);
	quire_select(before);
	return is_known;
}

#if CONFIG_ASAN

void __asan_set_error_report_callback(void (*callback)(const char *report));
void *__asan_get_report_address(void);
void __sanitizer_symbolize_pc(void *pc, const char *format, char *buf, size_t size);

__attribute__((format(printf, 1, 2))) static void print(const char *format, ...)
{
	char line[640];
	va_list args;

	va_start(args, format);
	quire_vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		return;
}

/* Call sites stand in the text as "by 0x...": what source line each is. */
static void name_callers(const char *text)
{
	char where[256];
	const char *at;

	for (at = strstr(text, "by 0x"); at; at = strstr(at + 1, "by 0x")) {
		uintptr_t pc = 0;
		const char *digit;

		for (digit = at + 5; strchr("0123456789abcdef", *digit) && *digit; digit++)
			pc = pc << 4 | (uintptr_t)(*digit <= '9' ? *digit - '0' : *digit - 'a' + 10);
		if (!pc)
			continue;
		/* It is a return address: the call is before it. */
		__sanitizer_symbolize_pc((void *)(pc - 1), "%f %s:%l", where, sizeof(where));
		print("quire: 0x%llx is in %s\n", (unsigned long long)pc, where);
	}
}

static void add_to_report(const char *report)
{
	const void *addr = __asan_get_report_address();
	char text[400];

	(void)report;
	if (!addr || !host_describe(addr, text, sizeof(text)))
		return;
	print("quire: address 0x%llx: %s\n", (unsigned long long)(uintptr_t)addr, text);
	name_callers(text);
}

void host_explain_reports(void)
{
	__asan_set_error_report_callback(add_to_report);
}

#else

void host_explain_reports(void)
{
}

#endif
