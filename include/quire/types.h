/* SPDX-License-Identifier: MIT */
/*
 * types.h - the words that every other header speaks: integers by width, physical
 * addresses, page frame numbers, list links, errors.
 */
#ifndef QUIRE_TYPES_H
#define QUIRE_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <quire/config.h>

/* A kernel in C++ includes these headers inside extern "C": C11's words in its own. */
#ifdef __cplusplus
#define _Static_assert static_assert
#define _Alignas alignas
#define _Alignof alignof
#define _Noreturn [[noreturn]]
#define _Thread_local __thread
#endif

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* A physical address, or a size in physical memory: bytes. */
#if CONFIG_PHYS_ADDR_T_64BIT
typedef u64 phys_addr_t;
#else
typedef u32 phys_addr_t;
#endif
#define PHYS_ADDR_MAX (~(phys_addr_t)0)

/* A page frame number: physical address >> PAGE_SHIFT. Linux spells it unsigned long. */
typedef unsigned long pfn_t;

/* What the caller of an allocation asks for: the flags of <quire/gfp.h>. */
typedef unsigned int gfp_t;

/* A ring of links; an empty head points to itself. The functions are in mm/lib/list.h. */
struct list_head {
	struct list_head *next, *prev;
};

/* Held for a few instructions, with interrupts off on this CPU. mm/lib/spinlock.h. */
typedef struct spinlock {
	unsigned int locked;
} spinlock_t;

/* Who has a CPU's own things. mm/lib/cpu_section.h. */
struct cpu_section {
	u32 busy;    /* the CPU is at it */
	u32 claimed; /* another CPU wants them, or has them */
};

/* No node in particular. */
#define NUMA_NO_NODE (-1)
/* Node ids are below this: page->flags has so many bits for them (page.h). */
#if __SIZEOF_POINTER__ == 8
#define NODES_WIDTH 10
#else
#define NODES_WIDTH 4
#endif
#define MAX_NUMNODES (1U << NODES_WIDTH)

/* Errors are returned negative. The numbers are Linux's, so that they can cross a system call. */
#ifndef EINVAL
#define EPERM 1
#define ENOENT 2
#define EAGAIN 11
#define ENOMEM 12
#define EFAULT 14
#define EBUSY 16
#define EEXIST 17
#define EINVAL 22
#define ENOSPC 28
#define ERANGE 34
#define EOVERFLOW 75
#endif

#endif
