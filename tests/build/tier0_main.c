/* SPDX-License-Identifier: MIT */
/*
 * tier0_main.c - an embedder on one CPU without interrupts: port_log and port_panic are
 * all it provides.
 */
#include "tests/build/standalone.h"
