/* SPDX-License-Identifier: MIT */
/*
 * kmemleak_command.c - what is written to the debugfs file kmemleak.
 */
#include "mm/debug/internal.h"
#include "mm/lib/string.h"

#if CONFIG_KMEMLEAK

/* ---- reading a command ---- */

/* Is that the command, perhaps with the newline that echo writes? */
static bool is_command(const char *text, const char *command)
{
	size_t len = quire_strlen(command);

	return quire_strlen(text) >= len && !memcmp(text, command, len) &&
	       (!text[len] || (text[len] == '\n' && !text[len + 1]));
}

/* What follows `prefix`; NULL: it does not begin so. */
static const char *argument(const char *text, const char *prefix)
{
	size_t len = quire_strlen(prefix);

	return quire_strlen(text) >= len && !memcmp(text, prefix, len) ? text + len : NULL;
}

static unsigned int digit_of(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned int)(c - '0');
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? (unsigned int)(c - 'a') + 10 : 99;
}

/* A number as in C, perhaps with a newline. 0, -EINVAL, or -ERANGE. */
static int parse_number(const char *text, unsigned long max, unsigned long *number)
{
	unsigned int base = 10;
	unsigned long n = 0;

	if (*text == '0') {
		base = (text[1] | 0x20) == 'x' ? 16 : 8;
		text += base == 16 ? 2 : 0;
	}
	if (digit_of(*text) >= base)
		return -EINVAL;
	for (; digit_of(*text) < base; text++) {
		if (__builtin_mul_overflow(n, (unsigned long)base, &n) ||
		    __builtin_add_overflow(n, (unsigned long)digit_of(*text), &n) || n > max)
			return -ERANGE;
	}
	if (*text == '\n')
		text++;
	*number = n;
	return *text ? -EINVAL : 0;
}

/* ---- obeying ---- */

/* What is reported now is not to be reported again: it is grey. Some objects; false: those were all. */
static bool clear_some(unsigned int *kind, uintptr_t *cursor)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);
	struct kmemleak_object *object;
	unsigned int i;

	object = kmemleak_lookup_from_locked((enum kmemleak_kind)*kind, *cursor);
	for (i = 0; object && i < 32; i++) {
		*cursor = object->pointer + 1;
		if (object->flags & OBJECT_REPORTED && object->is_leak) {
			object->is_leak = false;
			object->min_count = KMEMLEAK_GREY_COUNT;
			kmemleak_became_grey_locked(object);
		}
		object = kmemleak_next_locked(object);
	}
	ls->found_leaks = false;
	spin_unlock_irqrestore(&ls->lock, flags);
	if (!i) {
		++*kind;
		*cursor = 0;
	}
	return *kind < NR_KMEMLEAK_KINDS;
}

static int clear(void)
{
	unsigned int kind = 0;
	uintptr_t cursor = 0;

	if (!kmemleak_is_on())
		kmemleak_empty();
	else
		while (clear_some(&kind, &cursor))
			;
	return 0;
}

static int turn_off(void)
{
	kmemleak_disable();
	if (load_relaxed(leak_state()->found_leaks))
		pr_info("kmemleak: Kmemleak disabled without freeing internal data. Reclaim the memory with "
			"\"echo clear > /sys/kernel/debug/kmemleak\".");
	else
		kmemleak_empty_if_idle();
	return 0;
}

static int scan_by_itself(bool on)
{
	struct leak_state *ls = leak_state();
	unsigned long flags = spin_lock_irqsave(&ls->lock);

	ls->scans_by_itself = on;
	spin_unlock_irqrestore(&ls->lock, flags);
	return 0;
}

static int scan_every(const char *text)
{
	struct leak_state *ls = leak_state();
	unsigned long seconds, flags;
	int err = parse_number(text, 0xffffffffUL, &seconds);

	if (err)
		return err;
	flags = spin_lock_irqsave(&ls->lock);
	ls->scans_by_itself = seconds > 0;
	if (seconds) {
		ls->scan_wait = seconds;
		ls->next_scan = kmemleak_now() + seconds * kmemleak_hz();
	}
	spin_unlock_irqrestore(&ls->lock, flags);
	return 0;
}

static int scan_stacks(bool on)
{
	store_relaxed(leak_state()->scans_stacks, on);
	return 0;
}

static int dump(const char *text)
{
	struct kmemleak_info info;
	unsigned long address;
	int err = parse_number(text, ~0UL, &address);

	if (err)
		return err;
	if (!kmemleak_do_find((uintptr_t)address, &info)) {
		pr_info("kmemleak: Unknown object at 0x%08lx", address);
		return -EINVAL;
	}
	kmemleak_dump(&info);
	return 0;
}

static int with_argument(const char *command)
{
	const char *rest = argument(command, "scan=");

	if (rest)
		return scan_every(rest);
	rest = argument(command, "dump=");
	return rest ? dump(rest) : -EINVAL;
}

int kmemleak_do_write(const char *command)
{
	if (leak_state()->is_early)
		return -EBUSY;
	if (is_command(command, "clear"))
		return clear();
	if (!kmemleak_is_on())
		return -EPERM;
	if (is_command(command, "off"))
		return turn_off();
	if (is_command(command, "stack=on"))
		return scan_stacks(true);
	if (is_command(command, "stack=off"))
		return scan_stacks(false);
	if (is_command(command, "scan=on"))
		return scan_by_itself(true);
	if (is_command(command, "scan=off"))
		return scan_by_itself(false);
	if (is_command(command, "scan"))
		return kmemleak_do_scan();
	return with_argument(command);
}

#endif
