/* SPDX-License-Identifier: MIT */
/*
 * highmem_copy.c - pages cleared, copied and filled, wherever they are: each call maps what
 * it works on for itself, by kmap_local.
 */
#include <quire/highmem.h>

#include "mm/lib/log.h"
#include "mm/lib/string.h"

/* Are [offset, offset + len) bytes of one page? If not, a warning says who asked. */
static bool is_in_page(size_t offset, size_t len, const char *call, const void *caller)
{
	if (__builtin_expect(offset <= PAGE_SIZE && len <= PAGE_SIZE - offset, 1))
		return true;
	quire_warn(caller, "%s of %zu bytes at %zu of a page: it has %lu", call, len, offset,
		   PAGE_SIZE);
	return false;
}

bool clear_highpage(struct page *page)
{
	void *addr = kmap_local_page(page);

	if (!addr)
		return false;
	memset(addr, 0, PAGE_SIZE);
	kunmap_local(addr);
	return true;
}

/* Both ranges are in their pages. */
static bool copy_between(struct page *to, size_t to_offset, struct page *from, size_t from_offset,
			 size_t len)
{
	char *source = kmap_local_page(from), *dest = source ? kmap_local_page(to) : NULL;

	if (dest) {
		memcpy(dest + to_offset, source + from_offset, len);
		kunmap_local(dest);
	}
	if (source)
		kunmap_local(source);
	return dest != NULL;
}

bool copy_highpage(struct page *to, struct page *from)
{
	return copy_between(to, 0, from, 0, PAGE_SIZE);
}

bool memcpy_page(struct page *to, size_t to_offset, struct page *from, size_t from_offset,
		 size_t len)
{
	const void *caller = __builtin_return_address(0);

	return is_in_page(to_offset, len, "memcpy_page", caller) &&
	       is_in_page(from_offset, len, "memcpy_page", caller) &&
	       copy_between(to, to_offset, from, from_offset, len);
}

bool memcpy_from_page(void *to, struct page *page, size_t offset, size_t len)
{
	const char *addr;

	if (!is_in_page(offset, len, "memcpy_from_page", __builtin_return_address(0)))
		return false;
	addr = kmap_local_page(page);
	if (!addr)
		return false;
	memcpy(to, addr + offset, len);
	kunmap_local(addr);
	return true;
}

bool memcpy_to_page(struct page *page, size_t offset, const void *from, size_t len)
{
	char *addr;

	if (!is_in_page(offset, len, "memcpy_to_page", __builtin_return_address(0)))
		return false;
	addr = kmap_local_page(page);
	if (!addr)
		return false;
	memcpy(addr + offset, from, len);
	kunmap_local(addr);
	return true;
}

bool memset_page(struct page *page, size_t offset, int value, size_t len)
{
	char *addr;

	if (!is_in_page(offset, len, "memset_page", __builtin_return_address(0)))
		return false;
	addr = kmap_local_page(page);
	if (!addr)
		return false;
	memset(addr + offset, value, len);
	kunmap_local(addr);
	return true;
}

bool zero_user_segments(struct page *page, unsigned int start1, unsigned int end1,
			unsigned int start2, unsigned int end2)
{
	size_t len1 = end1 > start1 ? end1 - start1 : 0, len2 = end2 > start2 ? end2 - start2 : 0;
	const void *caller = __builtin_return_address(0);
	char *addr;

	if ((len1 && !is_in_page(start1, len1, "zero_user_segments", caller)) ||
	    (len2 && !is_in_page(start2, len2, "zero_user_segments", caller)))
		return false;
	addr = kmap_local_page(page);
	if (!addr)
		return false;
	memset(addr + start1, 0, len1);
	memset(addr + start2, 0, len2);
	kunmap_local(addr);
	return true;
}
