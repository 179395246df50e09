/* SPDX-License-Identifier: MIT */
/*
 * unistd.h - what tests/support uses of it, in a kernel. Test files do not see it.
 */
#ifndef TESTS_KERNEL_UNISTD_H
#define TESTS_KERNEL_UNISTD_H

#include <sys/mman.h>

#define _SC_PAGESIZE 30
long sysconf(int name);
/* Of a memfd_create() file. */
int ftruncate(int fd, off_t size);
int close(int fd);

#endif
