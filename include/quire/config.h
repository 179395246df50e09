/* SPDX-License-Identifier: MIT */
/*
 * config.h - every build option of Quire, with its default and its range.
 *
 * An embedder sets options on the make command line (make OPTIONS="MAX_ORDER=12
 * SINGLE=1"), which writes <quire/options.h>, or with -DCONFIG_..., or not at all.
 * The library and the kernel that links it must see the same options: install
 * keeps options.h beside the other headers.
 */
#ifndef QUIRE_CONFIG_H
#define QUIRE_CONFIG_H

#if defined(__has_include)
#if __has_include(<quire/options.h>)
#include <quire/options.h>
#endif
#endif

/*
 * 1: a kernel. One static struct quire whose address the compiler folds in, and
 * page size and MAX_ORDER are constants.
 * 0: a process. struct quire is reached through a thread's pointer, so that many
 * machines live side by side, and page size and MAX_ORDER belong to the machine.
 */
#ifndef CONFIG_SINGLE
#define CONFIG_SINGLE 0
#endif

/*
 * Where CONFIG_SINGLE is 0. 1: each thread has its own choice of machine (quire_select).
 * 0: the pointer is a plain variable: one thread, and code without thread-local storage,
 * a kernel on one CPU say.
 */
#ifndef CONFIG_THREADS
#define CONFIG_THREADS (!CONFIG_SINGLE)
#endif

/*
 * 1: several CPUs, or interrupt handlers that allocate: the hooks of tier 1.
 * 0: one CPU, and nobody interrupts the library: tier 0 is all it calls.
 */
#ifndef CONFIG_SMP
#define CONFIG_SMP 1
#endif

/*
 * 1: the embedder has port_cpu_id, port_irq_save, port_irq_restore and port_cpu_relax as inline
 * functions, in a <quire/port_inline.h> of its own that the compiler must find (ARCH_CFLAGS=-I...).
 * They then cost what they do, and no call.
 */
#ifndef CONFIG_PORT_INLINE
#define CONFIG_PORT_INLINE 0
#endif

/*
 * 1: a thread may find itself on another CPU between any two instructions, unless interrupts
 * are off. 0: the kernel does not preempt itself: a thread changes its CPU only where it
 * sleeps, and after an interrupt the interrupted thread goes on. Then the library's fastest
 * paths leave interrupts on.
 */
#ifndef CONFIG_PREEMPT
#define CONFIG_PREEMPT 1
#endif

/*
 * 1: the port has port_cpu_barrier (<quire/port.h>). The CPUs' own lists of pages then need no
 * atomic instruction. 0: they take one for each page.
 */
#ifndef CONFIG_CPU_BARRIER
#define CONFIG_CPU_BARRIER 0
#endif

/* log2 of the bytes in a page. Where CONFIG_SINGLE is 0: of a machine that names none. */
#ifndef CONFIG_PAGE_SHIFT
#define CONFIG_PAGE_SHIFT 12
#endif

/* Orders are 0 .. MAX_ORDER - 1. Where CONFIG_SINGLE is 0: of a machine that names none. */
#ifndef CONFIG_MAX_ORDER
#define CONFIG_MAX_ORDER 11
#endif

/* The largest MAX_ORDER a machine may ask for: it sizes what is kept for each order. */
#if CONFIG_SINGLE
#define MAX_ORDER_LIMIT CONFIG_MAX_ORDER
#else
#define MAX_ORDER_LIMIT 20
#endif

/*
 * log2 of the frames of a leaf (mm/page/leaf.h): min(9, MAX_ORDER - 1) at most, and no machine
 * may have smaller page blocks. It makes the page allocator's arithmetic constant. 0: leaves
 * follow each machine's page blocks.
 */
#ifndef CONFIG_LEAF_ORDER
#define CONFIG_LEAF_ORDER 0
#endif

/* Physical addresses wider than a pointer (PAE, LPAE). */
#ifndef CONFIG_PHYS_ADDR_T_64BIT
#define CONFIG_PHYS_ADDR_T_64BIT (__SIZEOF_POINTER__ == 8 || !CONFIG_SINGLE)
#endif

/* Memory that the direct map does not reach. A 64-bit kernel has none. */
#ifndef CONFIG_HIGHMEM
#define CONFIG_HIGHMEM (__SIZEOF_POINTER__ == 4 || !CONFIG_SINGLE)
#endif

/* More than one node. Without it the one node is the static contig_page_data. */
#ifndef CONFIG_NUMA
#define CONFIG_NUMA 1
#endif

/* The second boot allocator (mm/boot/bootmem.c), chosen by the machine at boot. */
#ifndef CONFIG_BOOTMEM
#define CONFIG_BOOTMEM 1
#endif

/*
 * 1: the kernel's own page table and what stands on it: vmalloc, ioremap, kmap, fixmap,
 * and the hooks of tier 2. 0: a machine without an MMU, or a kernel that keeps its own.
 */
#ifndef CONFIG_MMU
#define CONFIG_MMU 1
#endif

/*
 * 1: the MMU is software, and what the kernel maps must also be mapped for the process
 * that the library runs in (port_window_map). 0: the CPU's MMU walks the tables.
 */
#ifndef CONFIG_KERNEL_WINDOW
#define CONFIG_KERNEL_WINDOW (CONFIG_MMU && !CONFIG_SINGLE)
#endif

/*
 * 1: a new entry of a page table must be made known to the CPU before it is used, though
 * nothing was mapped there before (port_map_barrier). x86 looks again by itself.
 */
#ifndef CONFIG_MAP_BARRIER
#if defined(__x86_64__) || defined(__i386__)
#define CONFIG_MAP_BARRIER 0
#else
#define CONFIG_MAP_BARRIER (CONFIG_MMU && !CONFIG_KERNEL_WINDOW)
#endif
#endif

/*
 * The page-table format of the machine, pt_x86_64 say (<quire/pgtable_formats.h>): the
 * compiler then folds it away. Without it the machine chooses (pt_format_select).
 */
#ifndef CONFIG_PGTABLE_FORMAT
#endif

/*
 * 1: a page can have an owner that is found by it (page_mapping, page_index, page_private), which
 * address spaces, files and all that moves pages need: 24 bytes a page on 64-bit CPUs, 12 on
 * 32-bit. 0: it cannot, and a page costs 33 bytes, or 21. <quire/migrate.h> and <quire/compaction.h>
 * then declare no calls, memory is removed only if nobody uses it, and CMA areas are lent to nobody.
 */
#ifndef CONFIG_PAGE_EXT
#define CONFIG_PAGE_EXT 1
#endif

/* Regions that memblock's first arrays hold; they grow from memblock's own memory. */
#ifndef CONFIG_INIT_MEMBLOCK_REGIONS
#define CONFIG_INIT_MEMBLOCK_REGIONS 128
#endif

/* VM_BUG_ON: checks of the library's own invariants on its paths. */
#ifndef CONFIG_DEBUG_VM
#define CONFIG_DEBUG_VM 0
#endif

/* VM_BUG_ON_EXPENSIVE: whole-structure walks after slow-path operations. */
#ifndef CONFIG_DEBUG_VM_EXPENSIVE
#define CONFIG_DEBUG_VM_EXPENSIVE 0
#endif

/*
 * 1: a machine begins with page_poison (<quire/page_poison.h>): pages that somebody writes to
 * after giving them back are found. It can be switched off; 0: or on.
 */
#ifndef CONFIG_PAGE_POISONING
#define CONFIG_PAGE_POISONING CONFIG_DEBUG_VM
#endif

/*
 * 1: the library tells AddressSanitizer which memory may be used (mm/lib/annotate.h), so that it
 * reports wrong accesses as to malloc's. Not for a kernel's own -fsanitize=kernel-address.
 */
#ifndef CONFIG_ASAN
#if defined(__SANITIZE_ADDRESS__)
#define CONFIG_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CONFIG_ASAN 1
#endif
#endif
#endif
#ifndef CONFIG_ASAN
#define CONFIG_ASAN 0
#endif

/* 1: the same for Valgrind, if the program is run in it. For x86 and ARM. */
#ifndef CONFIG_VALGRIND
#define CONFIG_VALGRIND 0
#endif

/* Fault injection: any allocation can be told to fail (<quire/fault.h>). */
#ifndef CONFIG_FAULT_INJECTION
#define CONFIG_FAULT_INJECTION (!CONFIG_SINGLE || CONFIG_DEBUG_VM)
#endif

/* Leak detection, where the machine names it (<quire/kmemleak.h>). 0: its hooks are no code. */
#ifndef CONFIG_KMEMLEAK
#define CONFIG_KMEMLEAK (!CONFIG_SINGLE || CONFIG_DEBUG_VM)
#endif

/* Objects for which it keeps memory ready: for those who cannot wait, and before there are pages. */
#ifndef CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE
#define CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE 256
#endif

/* memcpy, memmove, memset and memcmp, which the compiler may call, as weak symbols. */
#ifndef CONFIG_MEM_FUNCTIONS
#define CONFIG_MEM_FUNCTIONS CONFIG_SINGLE
#endif

#if CONFIG_PAGE_SHIFT < 10 || CONFIG_PAGE_SHIFT > 16
#error "CONFIG_PAGE_SHIFT: 10 (1 KiB) to 16 (64 KiB)"
#endif
#if CONFIG_MAX_ORDER < 1 || CONFIG_MAX_ORDER > 20
#error "CONFIG_MAX_ORDER: 1 to 20"
#endif
#if CONFIG_LEAF_ORDER < 0 || CONFIG_LEAF_ORDER > 9 || CONFIG_LEAF_ORDER > CONFIG_MAX_ORDER - 1
#error "CONFIG_LEAF_ORDER: 1 to 9, and less than MAX_ORDER; or 0"
#endif
#if CONFIG_INIT_MEMBLOCK_REGIONS < 4 || CONFIG_INIT_MEMBLOCK_REGIONS > 65536
#error "CONFIG_INIT_MEMBLOCK_REGIONS: 4 to 65536"
#endif
#if CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE < 40 || CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE > 1000000
#error "CONFIG_DEBUG_KMEMLEAK_MEM_POOL_SIZE: 40 to 1000000"
#endif
#if __SIZEOF_POINTER__ == 8 && !CONFIG_PHYS_ADDR_T_64BIT
#error "CONFIG_PHYS_ADDR_T_64BIT: a 64-bit machine needs it"
#endif

#endif
