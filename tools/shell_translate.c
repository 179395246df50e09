/* SPDX-License-Identifier: MIT */
/*
 * shell_translate.c - the shell's commands on addresses of the machine: how one is
 * translated, and what is there. Where an access faults, they say so; nothing crashes.
 */
#include "tools/shell.h"

#include <string.h>

#include "tools/translate.h"

#define MAX_PEEK 4096
#define PEEK_LINE 16

/* ---- translate ---- */

static bool is_word(const char *word, const char *name)
{
	return !strcmp(word, name) || (!strncmp(word, "--", 2) && !strcmp(word + 2, name));
}

/* Reads one option at *i; false if it is none, or lacks its value. */
static bool read_option(struct translate_request *req, int argc, char **argv, int *i)
{
	const char *word = argv[*i];
	u64 selector;

	if (is_word(word, "user"))
		req->is_user = true;
	else if (is_word(word, "write"))
		req->kind = PT_STORE;
	else if (is_word(word, "exec"))
		req->kind = PT_FETCH;
	else if (is_word(word, "svg") && *i + 1 < argc)
		req->svg = argv[++*i];
	else if (is_word(word, "selector") && *i + 1 < argc &&
		 parse_number(argv[++*i], 0, 0xffff, &selector)) {
		req->has_selector = true;
		req->selector = (u16)selector;
	} else
		return false;
	return true;
}

int shell_translate(struct shell *sh, int argc, char **argv)
{
	struct translate_request req = { .kind = PT_LOAD };
	char why[256];
	int i;

	if (!parse_number(argv[1], 0, UINT64_MAX, &req.address))
		return shell_error(sh, "translate: `%s` is no address", argv[1]);
	for (i = 2; i < argc; i++)
		if (!read_option(&req, argc, argv, &i))
			return shell_error(sh, "translate: `%s` is no option, or its value is none",
					   argv[i]);
	if (!translate_show(&sh->session, &req, why, sizeof(why)))
		return STATUS_OK;
	return *why ? shell_error(sh, "translate: %s", why) : STATUS_FAILED;
}

void explain_shell_translate(void)
{
	printf("\nWith any of: user (the access is made in user mode), write, exec (it is one, "
	       "and\n"
	       "no read), selector S (ADDRESS is an offset in that segment), svg FILE.\n");
	translate_explain_selectors();
}

/* ---- peek, poke ---- */

/* Says why the access to an address faults. */
static int report_fault(struct shell *sh, const char *command, u64 va, enum pt_access_kind kind)
{
	const struct translate_request req = { .address = va, .kind = kind };
	struct translation t;
	char reason[256], name[80];

	if (translate_make(&t, &sh->session, &req, reason, sizeof(reason)))
		return shell_error(sh, "%s: %s", command, reason);
	if (!t.outcome.fault)
		return shell_error(sh, "%s: 0x%llx is not RAM", command, (unsigned long long)va);
	translate_fault_reason(&t, reason, sizeof(reason));
	translate_fault_name(&t, name, sizeof(name));
	return shell_error(sh, "%s: 0x%llx: %s: %s", command, (unsigned long long)va, reason, name);
}

/* The byte that the machine has at va, as its MMU sees it; NULL: a fault, or no RAM. */
static u8 *byte_at(const struct shell *sh, u64 va, enum pt_access_kind kind)
{
	const struct pgtable *table = kernel_pgtable();
	const struct pt_request request = {
		.kind = kind,
		.cpu = PT_CPU_WP | PT_CPU_NXE | PT_CPU_HW_AD,
		.phys_bits = sh->session.machine->phys_bits,
	};
	struct pt_outcome outcome;

	if (!table || pt_access(pt_format_of(table), table->root, va, &request, &outcome))
		return NULL;
	return host_machine_phys(sh->session.host, (phys_addr_t)outcome.phys);
}

static void print_bytes(u64 va, const u8 *bytes, u64 count)
{
	u64 i;

	for (i = 0; i < count; i++) {
		if (i % PEEK_LINE == 0)
			printf("%s0x%08llx ", i ? "\n" : "", (unsigned long long)(va + i));
		printf(" %02x", bytes[i]);
	}
	printf("\n");
}

int shell_peek(struct shell *sh, int argc, char **argv)
{
	u8 bytes[MAX_PEEK];
	u64 va, count = PEEK_LINE, i;

	if (!parse_number(argv[1], 0, UINT64_MAX, &va))
		return shell_error(sh, "peek: `%s` is no address", argv[1]);
	if (argc > 2 && !parse_number(argv[2], 1, MAX_PEEK, &count))
		return shell_error(sh, "peek: a number of bytes from 1 to %d is wanted", MAX_PEEK);
	for (i = 0; i < count; i++) {
		const u8 *byte = byte_at(sh, va + i, PT_LOAD);

		if (!byte)
			return report_fault(sh, "peek", va + i, PT_LOAD);
		bytes[i] = *byte;
	}
	print_bytes(va, bytes, count);
	return STATUS_OK;
}

int shell_poke(struct shell *sh, int argc, char **argv)
{
	u64 va, value;
	int i;

	if (!parse_number(argv[1], 0, UINT64_MAX, &va))
		return shell_error(sh, "poke: `%s` is no address", argv[1]);
	/* All of it can be done, or nothing is. */
	for (i = 2; i < argc; i++) {
		u64 at = va + (u64)(i - 2);

		if (!parse_number(argv[i], 0, 0xff, &value))
			return shell_error(sh, "poke: `%s` is no byte", argv[i]);
		if (!byte_at(sh, at, PT_STORE))
			return report_fault(sh, "poke", at, PT_STORE);
	}
	for (i = 2; i < argc; i++) {
		parse_number(argv[i], 0, 0xff, &value);
		*byte_at(sh, va + (u64)(i - 2), PT_STORE) = (u8)value;
	}
	return STATUS_OK;
}
