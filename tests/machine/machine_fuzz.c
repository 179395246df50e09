/* SPDX-License-Identifier: MIT */
/*
 * machine_fuzz.c - one file of arbitrary bytes: it opens and is sound, or it is refused
 * with one printable line that begins with its name.
 */
#include <stdlib.h>
#include <string.h>

#include <quire/quire.h>

#include "tests/machine/machine_fuzz.h"
#include "tools/machine/machine.h"

static const char *check_description(const struct machine_file *f)
{
	struct quire_machine m = *machine_description(f);

	m.flags &= ~(unsigned int)MACHINE_AS_DUMPED;
	if (quire_check_machine(&m, NULL, 0))
		return "the library refuses what was opened";
	for (size_t i = 1; i < m.nr_banks; i++)
		if (m.banks[i].base < m.banks[i - 1].base + m.banks[i - 1].size)
			return "the banks are not sorted";
	for (size_t i = 0; i < m.nr_reserved; i++)
		if (!m.reserved[i].size ||
		    m.reserved[i].base + m.reserved[i].size < m.reserved[i].base)
			return "a reserved range is empty or wraps";
	for (size_t i = 0; i < m.nr_resources; i++)
		if (!m.resources[i].name || m.resources[i].end < m.resources[i].start ||
		    m.resources[i].depth > (i ? m.resources[i - 1].depth + 1 : 0))
			return "a resource is out of place";
	if (!machine_kind(f) || !machine_arch(f) || !m.name)
		return "kind, arch or name is missing";
	return NULL;
}

static const char *check_error(const char *err)
{
	if (strncmp(err, "mutant:", 7) || strlen(err) < 10)
		return "the error does not say what is wrong with which file";
	for (; *err; err++)
		if (*err < ' ' || *err > '~')
			return "the error is not one printable line";
	return NULL;
}

const char *machine_fuzz_once(const u8 *data, size_t size)
{
	struct machine_file *f;
	const char *wrong;
	char err[400];

	f = machine_open_memory("mutant", data, size, NULL, err, sizeof(err));
	if (!f)
		return check_error(err);
	wrong = check_description(f);
	machine_close(f);
	return wrong;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	if (machine_fuzz_once(data, size))
		abort();
	return 0;
}
