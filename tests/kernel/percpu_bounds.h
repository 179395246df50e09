/* SPDX-License-Identifier: MIT */
/*
 * percpu_bounds.h - where the template of per-CPU variables is in a kernel: in the section
 * that its linker script gathers. Test files are compiled with this before all else.
 */
#ifndef TESTS_KERNEL_PERCPU_BOUNDS_H
#define TESTS_KERNEL_PERCPU_BOUNDS_H

#define PER_CPU_BASE_SECTION ".data..percpu"
#define percpu_template_start kernel_percpu_start
#define percpu_template_end kernel_percpu_end

/* tests/kernel/main.c: as the port says. */
extern const void *kernel_percpu_start, *kernel_percpu_end;

#endif
