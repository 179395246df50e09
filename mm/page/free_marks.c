/* SPDX-License-Identifier: MIT */
/*
 * free_marks.c - marks and bits, one made of the other. The theory is at the head of free_marks.h.
 *
 * Eight states in a word give eight bits: each mark is moved to its place in the topmost byte
 * by one multiplication, which adds up as many shifted words. x86 has an instruction for
 * sixteen of them, which most kernels do not let the compiler use.
 */
#include "mm/page/free_marks.h"
#include "mm/page/leaf.h"

#if defined(__SANITIZE_THREAD__)
#define HAS_WIDE_LOADS 0 /* whole words only, as other CPUs' stores are told to the sanitizer */
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_WIDE_LOADS 0
#endif
#endif
#ifndef HAS_WIDE_LOADS
#ifdef __SSE2__
#define HAS_WIDE_LOADS 1
#else
#define HAS_WIDE_LOADS 0
#endif
#endif

_Static_assert(PAGE_FREE == 0x80, "the mark is the topmost bit of the state");

#if HAS_WIDE_LOADS
typedef char __attribute__((vector_size(16), may_alias)) states_vector;

/* The marks of a word of bits. */
static unsigned long gather_word(const u8 *state)
{
	const volatile states_vector *wide = (const volatile states_vector *)state;
	unsigned long bits = 0;
	unsigned int i;

	for (i = 0; i < BITS_PER_LONG / 16; i++)
		bits |= (unsigned long)(unsigned int)__builtin_ia32_pmovmskb128(wide[i]) << (16 * i);
	return bits;
}
#else
/* The marks of the states in one word, the first one's lowest. */
static unsigned long gather_states(unsigned long states)
{
	unsigned long marks = states >> 7 & states_of(1);

#if __SIZEOF_LONG__ == 8
	return marks * 0x0102040810204080UL >> 56;
#else
	return marks * 0x01020408UL >> 24;
#endif
}

static unsigned long gather_word(const u8 *state)
{
	const states_word *word = (const states_word *)state;
	unsigned long bits = 0;
	unsigned int i;

	for (i = 0; i < BITS_PER_LONG / STATES_OF_WORD; i++)
		bits |= gather_states(load_states(&word[i])) << (STATES_OF_WORD * i);
	return bits;
}
#endif

void gather_marks(const u8 *state, unsigned int leaf_order, unsigned long *bits)
{
	unsigned int i;

	if (leaf_order < WORD_ORDER) {
		bits[0] = 0;
		for (i = 0; i < 1U << leaf_order; i++)
			bits[0] |= (unsigned long)(load_relaxed(state[i]) >> 7) << i;
		return;
	}
	for (i = 0; i < leaf_words(leaf_order); i++)
		bits[i] = gather_word(state + (i << WORD_ORDER));
}

void unmark_frames(u8 *state, unsigned long bits)
{
	for (; bits; bits >>= STATES_OF_WORD, state += STATES_OF_WORD) {
		unsigned int some = bits & low_bits(STATES_OF_WORD);

		if (some == low_bits(STATES_OF_WORD)) {
			unmark_block(state, STATES_ORDER);
			continue;
		}
		for (; some; some &= some - 1)
			unmark_block(&state[__ffs(some)], 0);
	}
}
