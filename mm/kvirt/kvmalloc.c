/* SPDX-License-Identifier: MIT */
/*
 * kvmalloc.c - kmalloc or vmalloc, whichever has it. An address tells by itself who gave it.
 *
 * A large piece in one row costs others their large blocks: beyond a page it is asked for without
 * effort, for there is another way.
 */
#include <quire/kvmalloc.h>

#include "mm/kvirt/internal.h"
#include "mm/lib/string.h"

#if CONFIG_MMU

static bool has_window(void)
{
	return VMALLOC_END > VMALLOC_START;
}

void *kvmalloc_node(size_t size, gfp_t gfp, int node)
{
	bool is_two_ways = size > PAGE_SIZE && has_window() && (gfp & GFP_KERNEL) == GFP_KERNEL;
	gfp_t easy = gfp;
	void *ptr;

	if (is_two_ways) {
		easy |= __GFP_NOWARN;
		if (!(gfp & __GFP_RETRY_MAYFAIL))
			easy |= __GFP_NORETRY;
		easy &= ~__GFP_NOFAIL;
	}
	ptr = kmalloc_node(size, easy, node);
	if (ptr || !is_two_ways || size > (size_t)-1 / 2)
		return ptr;
	return vmalloc_for(size, gfp, node, __builtin_return_address(0));
}

void *kvrealloc(const void *ptr, size_t old, size_t size, gfp_t gfp)
{
	void *fresh;

	if (size <= old)
		return (void *)(uintptr_t)ptr;
	fresh = kvmalloc(size, gfp);
	if (!fresh)
		return NULL;
	if (old)
		memcpy(fresh, ptr, old);
	kvfree(ptr);
	return fresh;
}

void kvfree(const void *ptr)
{
	if (is_vmalloc_addr(ptr))
		vfree(ptr);
	else
		kfree(ptr);
}

void kvfree_sensitive(const void *ptr, size_t size)
{
	if (ZERO_OR_NULL_PTR(ptr))
		return;
	memset((void *)(uintptr_t)ptr, 0, size);
	/* The compiler may not think that nobody sees the zeros. */
	__asm__ volatile("" : : "r"(ptr) : "memory");
	kvfree(ptr);
}

#endif
