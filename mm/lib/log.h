/* SPDX-License-Identifier: MIT */
/*
 * log.h - what the library says, and its asserts.
 *
 * Levels of checking: WARN is always there and is for misuse by callers; VM_BUG_ON is in
 * debug builds and is for the library's own invariants; VM_BUG_ON_EXPENSIVE walks whole
 * structures.
 */
#ifndef MM_LIB_LOG_H
#define MM_LIB_LOG_H

#include <quire/port.h>
#include <quire/state.h>

/* Formats one line of at most 255 bytes, counts it in state.log, and hands it to port_log. */
__attribute__((format(printf, 2, 3))) void quire_log(enum log_level level, const char *fmt, ...);
#define pr_err(...) quire_log(LOG_ERR, __VA_ARGS__)
#define pr_warn(...) quire_log(LOG_WARN, __VA_ARGS__)
#define pr_info(...) quire_log(LOG_INFO, __VA_ARGS__)
#define pr_debug(...) quire_log(LOG_DEBUG, __VA_ARGS__)

/* Logs "WARNING: <text>, called from <address>" at LOG_WARN. */
__attribute__((format(printf, 2, 3))) void quire_warn(const void *caller, const char *fmt, ...);

/* True, after a warning that names the caller of the function it stands in, if `cond`. */
#define WARN(cond, ...)                                                   \
	({                                                                \
		bool warn_on = !!(cond);                                  \
		if (__builtin_expect(warn_on, 0))                         \
			quire_warn(__builtin_return_address(0), __VA_ARGS__); \
		warn_on;                                                  \
	})

/* Formats a panic line and stops the machine. */
_Noreturn __attribute__((format(printf, 1, 2))) void quire_panic(const char *fmt, ...);

#define BUG_ON(cond)                                                              \
	do {                                                                      \
		if (__builtin_expect(!!(cond), 0))                                \
			quire_panic("BUG: %s at %s:%d", #cond, __FILE__, __LINE__); \
	} while (0)

#if CONFIG_DEBUG_VM
#define VM_BUG_ON(cond) BUG_ON(cond)
#else
#define VM_BUG_ON(cond) ((void)sizeof(!!(cond)))
#endif
#if CONFIG_DEBUG_VM_EXPENSIVE
#define VM_BUG_ON_EXPENSIVE(cond) BUG_ON(cond)
#else
#define VM_BUG_ON_EXPENSIVE(cond) ((void)sizeof(!!(cond)))
#endif

#endif
