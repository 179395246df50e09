/* SPDX-License-Identifier: MIT */
/*
 * kfence_report.c - the reports of errors that guard pages found, in the words of Linux's.
 */
#include "mm/kvirt/kfence_internal.h"

#if CONFIG_MMU

#include "mm/lib/format.h"
#include "mm/lib/log.h"

static const char line[] = "==================================================================";

static unsigned int number_of(const struct kfence_object *object)
{
	return (unsigned int)(object - kfence()->objects);
}

static void begin(const char *kind, const char *access, const void *ip)
{
	count_up(&kfence()->nr_bugs);
	count_up(&this_quire()->slab.nr_reports);
	pr_err("%s", line);
	pr_err("BUG: KFENCE: %s%s in %p", kind, access, ip);
}

static void describe(const struct kfence_object *object)
{
	if (!object)
		return;
	pr_err("kfence-#%u: 0x%lx-0x%lx, size=%zu, cache=%s", number_of(object), (unsigned long)object->addr,
	       (unsigned long)(object->addr + object->size - 1), object->size, object->cache->name);
	pr_err("allocated by %p", object->alloc_caller);
	if (object->state == KFENCE_OBJECT_FREED)
		pr_err("freed by %p", object->free_caller);
}

static void end(void)
{
	pr_err("%s", line);
}

/* How far beside the object. */
static void say_where(uintptr_t addr, const char *what, const struct kfence_object *object)
{
	if (object && addr < object->addr)
		pr_err("%s at 0x%lx (%luB left of kfence-#%u):", what, (unsigned long)addr,
		       (unsigned long)(object->addr - addr), number_of(object));
	else if (object && addr >= object->addr + object->size)
		pr_err("%s at 0x%lx (%luB right of kfence-#%u):", what, (unsigned long)addr,
		       (unsigned long)(addr - (object->addr + object->size) + 1), number_of(object));
	else if (object)
		pr_err("%s at 0x%lx (in kfence-#%u):", what, (unsigned long)addr, number_of(object));
	else
		pr_err("%s at 0x%lx:", what, (unsigned long)addr);
}

void kfence_report_access(uintptr_t addr, bool is_write, const void *ip, const struct kfence_object *object,
			  const char *kind)
{
	begin(kind, is_write ? " write" : " read", ip);
	say_where(addr, is_write ? "Write" : "Read", object);
	describe(object);
	end();
}

void kfence_report_corruption(const struct kfence_object *object, uintptr_t addr, const void *caller)
{
	begin("memory corruption", "", caller);
	say_where(addr, "Corrupted memory", object);
	describe(object);
	end();
}

void kfence_report_free(const struct kfence_object *object, const void *ptr, const void *caller)
{
	begin("invalid free", "", caller);
	say_where((uintptr_t)ptr, "Invalid free", object);
	describe(object);
	end();
}

#endif
