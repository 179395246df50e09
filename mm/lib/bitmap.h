/* SPDX-License-Identifier: MIT */
/*
 * bitmap.h - arrays of bits in unsigned longs, and the arithmetic of powers of two.
 * Nothing here is atomic.
 */
#ifndef MM_LIB_BITMAP_H
#define MM_LIB_BITMAP_H

#include <quire/types.h>

#define BITS_PER_LONG (8 * sizeof(unsigned long))
#define BITS_TO_LONGS(bits) (((size_t)(bits) + BITS_PER_LONG - 1) / BITS_PER_LONG)

static inline bool test_bit(size_t bit, const unsigned long *map)
{
	return (map[bit / BITS_PER_LONG] >> (bit % BITS_PER_LONG)) & 1;
}
static inline void set_bit(size_t bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] |= 1UL << (bit % BITS_PER_LONG);
}
static inline void clear_bit(size_t bit, unsigned long *map)
{
	map[bit / BITS_PER_LONG] &= ~(1UL << (bit % BITS_PER_LONG));
}

/* Sets or clears `count` bits from `first` on. */
void bitmap_set(unsigned long *map, size_t first, size_t count);
void bitmap_clear(unsigned long *map, size_t first, size_t count);
/* The first set (clear) bit at or after `from`; `size` if there is none below it. */
size_t find_next_bit(const unsigned long *map, size_t size, size_t from);
size_t find_next_zero_bit(const unsigned long *map, size_t size, size_t from);
/* How many of the first `size` bits are set. */
size_t bitmap_weight(const unsigned long *map, size_t size);

/* Index of the lowest set bit; x must not be 0. */
static inline unsigned int __ffs(unsigned long x)
{
	return (unsigned int)__builtin_ctzl(x);
}
/* Index of the highest set bit plus one; 0 for 0. */
static inline unsigned int fls_long(unsigned long x)
{
	return x ? (unsigned int)(BITS_PER_LONG - (size_t)__builtin_clzl(x)) : 0;
}
static inline bool is_power_of_2(u64 x)
{
	return x && !(x & (x - 1));
}
static inline unsigned long rounddown_pow_of_two(unsigned long x)
{
	return 1UL << (fls_long(x) - 1);
}

/* `align` is a power of two, of the type of x. */
#define ALIGN_DOWN(x, align) ((x) & ~((__typeof__(x))(align)-1))
#define ALIGN_UP(x, align) ALIGN_DOWN((x) + ((__typeof__(x))(align)-1), align)

#define min_of(a, b)                        \
	({                                  \
		__typeof__(a) min_a = (a);  \
		__typeof__(a) min_b = (b);  \
		min_a < min_b ? min_a : min_b; \
	})
#define max_of(a, b)                        \
	({                                  \
		__typeof__(a) max_a = (a);  \
		__typeof__(a) max_b = (b);  \
		max_a > max_b ? max_a : max_b; \
	})
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Digit by digit: the square root, rounded down. */
unsigned long int_sqrt(unsigned long x);

#endif
