/* SPDX-License-Identifier: MIT */
/* machine_fuzz.h - what must hold whatever bytes a file consists of. */
#ifndef TESTS_MACHINE_MACHINE_FUZZ_H
#define TESTS_MACHINE_MACHINE_FUZZ_H

#include <quire/types.h>

/* Opens the bytes as a machine and closes it. Returns what is wrong, NULL if nothing is. */
const char *machine_fuzz_once(const u8 *data, size_t size);

/* The door of libFuzzer, for a program of clang -fsanitize=fuzzer with this file in it. */
int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

#endif
