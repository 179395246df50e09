/* SPDX-License-Identifier: MIT */
/*
 * blob.h - writes flattened device trees, as the Devicetree Specification lays them out,
 * for the tests: no compiler and no library is needed, and wrong blobs can be made too.
 */
#ifndef TESTS_MACHINE_BLOB_H
#define TESTS_MACHINE_BLOB_H

#include <quire/types.h>

#define BLOB_SIZE 4096

struct blob {
	u8 reservations[512], structure[2048], strings[512];
	size_t nr_reservations, structure_size, strings_size;
	u8 data[BLOB_SIZE]; /* the result of blob_finish */
	size_t size;
};

void blob_begin(struct blob *b); /* and opens the root node */
void blob_reserve(struct blob *b, u64 base, u64 size);
void blob_node(struct blob *b, const char *name);
void blob_end_node(struct blob *b);
void blob_cells(struct blob *b, const char *property, const u32 *cells, size_t nr);
void blob_u32(struct blob *b, const char *property, u32 value);
void blob_string(struct blob *b, const char *property, const char *text);
void blob_flag(struct blob *b, const char *property);
/* Closes the root and puts the parts together. */
void blob_finish(struct blob *b);

#endif
