/* SPDX-License-Identifier: MIT */
/*
 * kfence_internal.h - what kfence.c and kfence_report.c tell each other.
 */
#ifndef MM_KVIRT_KFENCE_INTERNAL_H
#define MM_KVIRT_KFENCE_INTERNAL_H

#include <quire/kfence.h>

#if CONFIG_MMU

static inline struct kfence_state *kfence(void)
{
	return &this_quire()->kvirt.kfence;
}

/* The page of an object, and the guard behind it. Before the first object's page lies a guard too. */
static inline uintptr_t kfence_page(const struct kfence_object *object)
{
	return kfence()->pool + (2 * (uintptr_t)(object - kfence()->objects) + 1) * PAGE_SIZE;
}

/* What stands in the bytes of an object's page that are not the object's. */
static inline u8 kfence_canary(uintptr_t at)
{
	return (u8)(0xaa ^ (at & 7));
}

/* kfence_report.c; `object` NULL: none is near. */
void kfence_report_access(uintptr_t addr, bool is_write, const void *ip, const struct kfence_object *object,
			  const char *kind);
void kfence_report_corruption(const struct kfence_object *object, uintptr_t addr, const void *caller);
void kfence_report_free(const struct kfence_object *object, const void *ptr, const void *caller);

#endif
#endif
