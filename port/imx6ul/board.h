/* SPDX-License-Identifier: MIT */
/*
 * board.h - what a device tree says of a board's memory, in the terms of struct
 * quire_machine.
 */
#ifndef PORT_IMX6UL_BOARD_H
#define PORT_IMX6UL_BOARD_H

#include <quire/machine.h>

#include "port/imx6ul/device_tree.h"

/* The SoC has one window for RAM; more pieces come from firmware that keeps some for itself. */
#define BOARD_MAX_BANKS 32
#define BOARD_MAX_RESERVED 64

struct board {
	struct machine_bank banks[BOARD_MAX_BANKS]; /* ascending where the tree's are; some NOMAP */
	size_t nr_banks;
	struct machine_range reserved[BOARD_MAX_RESERVED];
	size_t nr_reserved;
	const char *model;    /* NULL: not said */
	const char *bootargs; /* "": none */
};

/*
 * Fills in *b, which is empty or has reservations of the caller's. Strings in it are the
 * blob's own. NULL, or what is wrong: then *b is of no use.
 */
const char *board_read(struct board *b, const struct device_tree *t);

/* Adds a reservation; false if there is no room. */
bool board_reserve(struct board *b, u64 base, u64 size, const char *name);

/* Does all of [base, base + size) lie in one bank that is mapped? */
bool board_has_ram(const struct board *b, phys_addr_t base, phys_addr_t size);

#endif
