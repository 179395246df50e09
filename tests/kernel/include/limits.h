/* SPDX-License-Identifier: MIT */
/*
 * limits.h - the compiler's own has the limits; it asks for the one of the C library behind it.
 */
