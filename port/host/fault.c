/* SPDX-License-Identifier: MIT */
/*
 * fault.c - says what a crash inside a machine's direct map or its kernel's windows means.
 *
 * The host truly leaves unmapped what the kernel leaves unmapped, so code that touches
 * highmem or a hole crashes. An address like 0x200038000010 tells little: this handler
 * adds the physical address and the reason, then lets the signal take its course, so
 * that debuggers, sanitizers and exit statuses see what they always see.
 */
#include "port/host/internal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include <quire/slab.h>

#include "mm/lib/format.h"

static struct sigaction before_segv, before_bus;
static bool installed;

static const char *why_not_there(enum host_place place, int signal)
{
	if (place == HOST_HIGHMEM)
		return "highmem, which is not mapped: it has no address until somebody maps it";
	if (place == HOST_HOLE)
		return "a hole in the memory map, there is no RAM";
	if (signal == SIGBUS)
		return "RAM, but the host has no memory left to stand for it";
	return "RAM, but not with this kind of access";
}

/* Was it an error in the use of a guarded object? Then it was reported, and the program goes on. */
static bool was_guarded(const siginfo_t *info, const ucontext_t *context)
{
	bool is_write = false;
	const void *ip = NULL;

#if defined(__x86_64__)
	is_write = context->uc_mcontext.gregs[REG_ERR] & 2;
	ip = (const void *)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__i386__)
	is_write = context->uc_mcontext.gregs[REG_ERR] & 2;
	ip = (const void *)context->uc_mcontext.gregs[REG_EIP];
#else
	(void)context;
#endif
	return info->si_code > 0 && this_quire() && slab_handle_page_fault((uintptr_t)info->si_addr, is_write, ip);
}

static void say(const char *line)
{
	if (write(STDERR_FILENO, line, strlen(line)) < 0)
		return;
}

/* Of an address in a window the first line says it. */
static void describe(const void *addr)
{
	char text[400], line[420];

	if (!host_describe(addr, text, sizeof(text)))
		return;
	quire_snprintf(line, sizeof(line), "quire: it is %s\n", text);
	say(line);
}

/* Only async-signal-safe calls: quire_snprintf touches nothing but its buffer. */
static void explain(int signal, siginfo_t *info, void *context)
{
	phys_addr_t phys;
	pfn_t pfn;
	enum host_place place = host_find_address(info->si_addr, &phys, &pfn);
	char line[256];

	if (was_guarded(info, context))
		return;
	sigaction(signal, signal == SIGSEGV ? &before_segv : &before_bus, NULL);
	/* Sent by somebody with kill(): it does not come again when this handler returns. */
	if (info->si_code <= 0) {
		raise(signal);
		return;
	}
	if (place != HOST_ELSEWHERE)
		quire_snprintf(line, sizeof(line),
			       "quire: crash on access to physical 0x%llx "
			       "(page frame 0x%llx): %s\n",
			       (unsigned long long)phys, (unsigned long long)pfn,
			       why_not_there(place, signal));
	else if (!host_explain_window(info->si_addr, signal, line, sizeof(line)))
		return;
	say(line);
	if (place == HOST_LOWMEM || place == HOST_HIGHMEM)
		describe(info->si_addr);
}

int host_explain_faults(void)
{
	struct sigaction action;

	host_explain_reports();
	if (installed)
		return 0;
	memset(&action, 0, sizeof(action));
	action.sa_sigaction = explain;
	action.sa_flags = SA_SIGINFO;
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGSEGV, &action, &before_segv))
		return -1;
	installed = true;
	return sigaction(SIGBUS, &action, &before_bus);
}
