/* SPDX-License-Identifier: MIT */
/*
 * mman.h - memory of the running test at addresses of its own, as a process has it:
 * tests/kernel/regions.c, memory_file.c.
 */
#ifndef TESTS_KERNEL_SYS_MMAN_H
#define TESTS_KERNEL_SYS_MMAN_H

#include <stddef.h>

typedef long long off_t;

#define PROT_NONE 0
#define PROT_READ 1
#define PROT_WRITE 2

#define MAP_SHARED 0x01
#define MAP_PRIVATE 0x02
#define MAP_FIXED 0x10
#define MAP_ANONYMOUS 0x20
#define MAP_NORESERVE 0x4000
#define MAP_FAILED ((void *)-1)

/*
 * As in a process: pages are given on their first touch, zeroed, and a touch of what has no
 * protection is a trap, which fails the test. Private mappings of files are refused.
 */
void *mmap(void *address, size_t size, int protection, int flags, int fd, off_t offset);
int munmap(void *address, size_t size);
/* A page that has been touched cannot be closed entirely: -1. */
int mprotect(void *address, size_t size, int protection);

#define MFD_CLOEXEC 1u
/* A file of memory; pages that were never touched cost nothing. */
int memfd_create(const char *name, unsigned int flags);

#endif
