/* SPDX-License-Identifier: MIT */
/*
 * cmd_slabs.c - quire slabs: a picture of the slabs, after some work with objects.
 *
 * The work: so many pieces are taken with kmalloc, of 9 bytes to 4 KB, each class of sizes as often as the
 * other; then half of them are given back, whichever it is. So slabs have holes, as after a
 * while of use. All random numbers follow from the seed.
 */
#include "tools/command.h"

#include <stddef.h>
#include <stdlib.h>

#include <quire/kmalloc.h>

#include "tools/session.h"
#include "tools/slabs.h"

#define PIECES 4000
#define MAX_PIECES 1000000
#define MAX_ROWS 1000000

struct slabs_request {
	struct slab_picture_request picture;
	unsigned int pieces;
	u64 seed;
};

static int set_cache(void *ctx, const char *value, char *why, size_t size)
{
	(void)why, (void)size;
	((struct slabs_request *)ctx)->picture.cache = value;
	return 0;
}

static int set_svg(void *ctx, const char *value, char *why, size_t size)
{
	(void)why, (void)size;
	((struct slabs_request *)ctx)->picture.svg = value;
	return 0;
}

static int set_rows(void *ctx, const char *value, char *why, size_t size)
{
	return set_limited(&((struct slabs_request *)ctx)->picture.rows, value, MAX_ROWS, why, size);
}

static int set_pieces(void *ctx, const char *value, char *why, size_t size)
{
	return set_limited(&((struct slabs_request *)ctx)->pieces, value, MAX_PIECES, why, size);
}

static int set_seed(void *ctx, const char *value, char *why, size_t size)
{
	(void)why, (void)size;
	return parse_number(value, 0, UINT64_MAX, &((struct slabs_request *)ctx)->seed) ? 0 : -1;
}

const struct option_row slabs_options[] = {
	{ .name = "--cache", .value = "NAME", .help = "only this cache, all of its slabs", .set = set_cache },
	{ .name = "--svg",
	  .value = "FILE",
	  .help = "write the picture to FILE, as SVG (-: standard output)",
	  .set = set_svg },
	{ .name = "--rows", .value = "N", .help = "slabs of each cache at most (16)", .set = set_rows },
	{ .name = "--pieces", .value = "N", .help = "how many pieces are taken before (4000)", .set = set_pieces },
	{ .name = "--seed", .value = "N", .help = "of which sizes, and which are given back (1)", .set = set_seed },
	{ .name = NULL },
};

void explain_slabs(void)
{
	printf("\nBefore the picture is drawn, pieces from 9 bytes to 4 KB are taken with kmalloc,\n"
	       "and half of them given back, at random. The shell's command `slabs` draws what\n"
	       "is there without that.\n"
	       "\nExamples:\n"
	       "  quire slabs pc-x86_64-512m\n"
	       "  quire slabs pc-i386-2g --cache kmalloc-96\n"
	       "  quire slabs pc-x86_64-512m --svg slabs.svg\n");
}

/* xorshift64*, begun somewhere that is not 0. */
static u64 next_random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1d >> 16;
}

static size_t random_size(u64 *state)
{
	unsigned int shift = 3 + (unsigned int)(next_random(state) % 9);

	return ((size_t)1 << shift) + (size_t)(next_random(state) % ((size_t)1 << shift)) + 1;
}

/* 0, or STATUS_FAILED after a message. What is taken stays the machine's. */
static int work(const struct slabs_request *req)
{
	unsigned int wanted = req->pieces ? req->pieces : PIECES, nr = 0, victim;
	u64 state = (req->seed + 1) * 0x9e3779b97f4a7c15 | 1;
	void **pieces = malloc(wanted * sizeof(*pieces));
	bool is_done;

	if (!pieces)
		return fail("no memory for %u pieces", wanted);
	while (nr < wanted && (pieces[nr] = kmalloc(random_size(&state), GFP_KERNEL | __GFP_NOWARN)) != NULL)
		nr++;
	is_done = nr == wanted;
	if (!is_done)
		fail("the machine has memory for %u of %u pieces", nr, wanted);
	for (wanted = nr / 2; is_done && nr > wanted; pieces[victim] = pieces[--nr]) {
		victim = (unsigned int)(next_random(&state) % nr);
		kfree(pieces[victim]);
	}
	free(pieces);
	return is_done ? 0 : STATUS_FAILED;
}

int cmd_slabs(const struct command *self, int argc, char **argv)
{
	struct slabs_request req = { .seed = 1 };
	struct machine_choice choice = { 0 };
	struct arguments args = { .ctx = &req, .choice = &choice };
	struct session session;
	int status = parse_arguments(self, argc, argv, &args);

	if (!status)
		status = session_open(&session, &choice, false);
	if (status)
		return status;
	if (!this_quire()->slab.engine)
		status = fail("%s has no objects: choose an engine (--slab slub)", choice.name);
	else
		status = work(&req);
	if (!status && slab_picture_draw(&req.picture, session.machine->name))
		status = STATUS_FAILED;
	session_close(&session);
	return status;
}
