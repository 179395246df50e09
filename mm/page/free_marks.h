/* SPDX-License-Identifier: MIT */
/*
 * free_marks.h - the marks of free frames: PAGE_FREE in the states of a leaf's frames.
 *
 * Theory. Which frames of a partly free leaf are free stands in the byte of state that every
 * allocation and every free reads and writes anyway, and nowhere else: so a page that is given
 * back costs one cache line, of 64 states, however much memory there is. Where blocks are
 * looked for, a leaf's marks are gathered into words of bits, one bit a frame, and what is found
 * there is arithmetic (leaf.h):
 *
 *   states   [F][F][ ][F]...   512 bytes          F: PAGE_FREE
 *   words     1  1  0  1 ...    64 bytes, on the stack of who asks
 *
 * A leaf that is whole has a mark on all of its frames, or on none: one that came together
 * frame by frame keeps them, for whoever takes it apart again; a block of whole leaves that
 * comes and goes as one never has any. Frames that somebody has, and those on CPUs' lists, are
 * not marked.
 *
 * Whoever has the lock of the leaf's pool changes the marks; the rest of the byte of a free frame
 * (PAGE_TOUCHED, PAGE_POISONED) stays as it is. Neighbours in the same word may be other CPUs'
 * pages: so no more is written than the frames that are meant.
 */
#ifndef MM_PAGE_FREE_MARKS_H
#define MM_PAGE_FREE_MARKS_H

#include <quire/atomic.h>
#include <quire/page_types.h>

#include "mm/lib/bitmap.h"

/* So many states at once. */
typedef unsigned long __attribute__((may_alias)) states_word;
#define STATES_ORDER (sizeof(long) == 8 ? 3U : 2U)
#define STATES_OF_WORD (1U << STATES_ORDER)
/* The same bits in each of them. */
static inline unsigned long states_of(u8 bits)
{
	return ~0UL / 0xff * bits;
}

/* A word of states, the first one's lowest. */
static inline unsigned long load_states(const states_word *word)
{
	unsigned long states = load_relaxed(*word);

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	states = sizeof(long) == 8 ? (unsigned long)__builtin_bswap64(states) : __builtin_bswap32((u32)states);
#endif
	return states;
}

/* The marks of a block of up to a word, whose first state is the lowest. */
static inline unsigned long marks_of_block(unsigned int order)
{
	static const unsigned long marks[] = { PAGE_FREE, PAGE_FREE * 0x101UL, PAGE_FREE * 0x1010101UL,
#if __SIZEOF_LONG__ == 8
					       PAGE_FREE * 0x101010101010101UL,
#endif
	};

	return marks[order];
}

/* Are all frames of so many words marked, but for those of some words? */
static inline bool other_words_are_marked(const states_word *word, unsigned int words, unsigned int own,
					  unsigned int own_words)
{
	unsigned int i;

	for (i = 0; i < words; i++)
		if (i - own >= own_words && ~load_relaxed(word[i]) & states_of(PAGE_FREE))
			return false;
	return true;
}

/*
 * Is all of the block of the order `larger` marked in which this one lies, but for this one itself?
 * `frame`: its first one's place among all states. To ask this before the block is marked is quicker
 * than to ask afterwards: a word of which a byte was just written cannot be read at once.
 */
static inline bool rest_is_marked(const u8 *state, size_t frame, unsigned int order, unsigned int larger)
{
	unsigned int at = frame % STATES_OF_WORD, in_word = min_of(larger, STATES_ORDER), words, own;
	unsigned long states;

	if (order < STATES_ORDER) {
		states = load_states((const states_word *)(state - at)) | marks_of_block(order) << (8 * at);
		if (~(states >> (8 * (at & (~0U << in_word)))) & marks_of_block(in_word))
			return false;
		if (larger <= STATES_ORDER)
			return true;
	}
	words = 1U << (larger - STATES_ORDER);
	own = (unsigned int)(frame >> STATES_ORDER) & (words - 1);
	return other_words_are_marked((const states_word *)(state - at) - own, words, own,
				      order < STATES_ORDER ? 1 : 1U << (order - STATES_ORDER));
}

/* Are all frames of the block marked whose first has this state? */
static inline bool block_is_marked(const u8 *state, unsigned int order)
{
	unsigned int i;

	if (order >= STATES_ORDER)
		return other_words_are_marked((const states_word *)state, 1U << (order - STATES_ORDER), 0, 0);
	for (i = 0; i < 1U << order; i++)
		if (!(load_relaxed(state[i]) & PAGE_FREE))
			return false;
	return true;
}

/* The order of the free block that the marked block at `frame` of the leaf is a part of. */
static inline unsigned int merged_order(const u8 *leaf, unsigned int frame, unsigned int order,
					unsigned int leaf_order)
{
	while (order < leaf_order && block_is_marked(leaf + (frame ^ 1U << order), order)) {
		frame &= ~(1U << order);
		order++;
	}
	return order;
}

/* Has any of so many frames one of the bits? */
static inline bool states_have(const u8 *state, unsigned int frames, u8 bits)
{
	unsigned int i = 0;

	while (i < frames) {
		if ((uintptr_t)&state[i] % STATES_OF_WORD || frames - i < STATES_OF_WORD) {
			if (load_relaxed(state[i]) & bits)
				return true;
			i++;
			continue;
		}
		if (load_relaxed(*(const states_word *)&state[i]) & states_of(bits))
			return true;
		i += STATES_OF_WORD;
	}
	return false;
}

/* Marks so many frames that are ours. */
static inline void mark_frames(u8 *state, unsigned int frames)
{
	unsigned int i = 0;

	while (i < frames) {
		if ((uintptr_t)&state[i] % STATES_OF_WORD || frames - i < STATES_OF_WORD) {
			store_relaxed(state[i], (u8)(state[i] | PAGE_FREE));
			i++;
		} else {
			states_word *word = (states_word *)&state[i];

			store_relaxed(*word, *word | states_of(PAGE_FREE));
			i += STATES_OF_WORD;
		}
	}
}

/* Marks a block, and takes the marks away. */
static inline void mark_block(u8 *state, unsigned int order)
{
	states_word *word = (states_word *)state;
	unsigned int i;

	if (order < STATES_ORDER) {
		for (i = 0; i < 1U << order; i++)
			store_relaxed(state[i], (u8)(state[i] | PAGE_FREE));
		return;
	}
	for (i = 0; i < 1U << (order - STATES_ORDER); i++)
		store_relaxed(word[i], word[i] | states_of(PAGE_FREE));
}
static inline void unmark_block(u8 *state, unsigned int order)
{
	states_word *word = (states_word *)state;
	unsigned int i;

	if (order < STATES_ORDER) {
		for (i = 0; i < 1U << order; i++)
			store_relaxed(state[i], (u8)(state[i] & ~PAGE_FREE));
		return;
	}
	for (i = 0; i < 1U << (order - STATES_ORDER); i++)
		store_relaxed(word[i], word[i] & ~states_of(PAGE_FREE));
}

/* Takes the marks of those frames away that have a bit; the first has this state. */
void unmark_frames(u8 *state, unsigned long bits);

/* The marks of a leaf's frames, whose states these are, as bits: leaf_words(leaf_order) words of them. */
void gather_marks(const u8 *state, unsigned int leaf_order, unsigned long *bits);

#endif
