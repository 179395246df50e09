/* SPDX-License-Identifier: MIT */
/*
 * fault_attr.h - what the kinds of failures on purpose have in common: knobs by name, and the
 * question whether this call is the one that fails.
 *
 * A kind (fail_page_alloc, failslab) has a structure in struct fault_state that begins with its
 * struct fault_attr, and is described by a struct fault_kind. Its knobs are those of every kind
 * (probability, interval, times, space, verbose), then its own, then `seed`. While none was set
 * the structure is all zero, and reads as the kind's defaults.
 */
#ifndef MM_LIB_FAULT_ATTR_H
#define MM_LIB_FAULT_ATTR_H

#include <quire/fault.h>

#define FAULT_LONG_LIMIT ((long)(~0UL >> 1))
#define FAULT_S32_LIMIT 0x7fffffffL

/* What a knob's variable is. */
enum fault_knob_type {
	FAULT_KNOB_LONG,  /* unsigned long */
	FAULT_KNOB_U64,
	FAULT_KNOB_S32,	  /* that CPUs count down while it is read */
	FAULT_KNOB_UINT,
	FAULT_KNOB_BOOL,
};

struct fault_knob {
	const char *name;
	long min, max;
	enum fault_knob_type type;
	unsigned int offset; /* of the variable in the kind's structure */
};

struct fault_kind {
	const char *name;
	enum fault_kinds bit;	 /* in fault_state.on while the probability is not 0 */
	unsigned int offset;	 /* of its structure in struct fault_state, */
	unsigned int size;	 /* and the structure's size */
	const void *defaults;	 /* such a structure; its interval is not 0 */
	const struct fault_knob *knobs; /* its own */
	unsigned int nr_knobs;
};

/* The calls of <quire/fault.h>, for a kind: its contracts are there. */
int fault_kind_set(const struct fault_kind *kind, const char *knob, long value);
int fault_kind_get(const struct fault_kind *kind, const char *knob, long *value);
const char *fault_kind_knob(const struct fault_kind *kind, size_t n);
void fault_kind_off(const struct fault_kind *kind);

/*
 * Does a call that takes `size`, in what the kind's space counts by, fail? Asks times, space,
 * interval and probability, in this order, and counts the failure.
 */
bool fault_attr_hits(struct fault_attr *attr, size_t size);
/*
 * The log's lines about a failure that attr.verbose wants, if any; returns whether it also wants
 * one with what was asked for, which the caller writes.
 */
bool fault_attr_log(const struct fault_attr *attr, const char *name);

#endif
