/* SPDX-License-Identifier: MIT */
/*
 * mempolicy_test.c - memory policies, and the counters of where pages came from.
 *
 *	node 0   16 MB RAM, CPU 0      10 20 30 40
 *	node 1   16 MB RAM, CPU 1      20 10 20 30
 *	node 2   CPU 2 alone           30 15 10 20
 *	node 3   16 MB RAM, no CPU     40 30 20 10
 */
#include <string.h>

#include <quire/quire.h>

#include "mm/lib/list.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define MB ((phys_addr_t)1 << 20)
#define NODES 4

static void boot_nodes(void)
{
	static const u8 distance[NODES * NODES] = { 10, 20, 30, 40, 20, 10, 20, 30,
						    30, 15, 10, 20, 40, 30, 20, 10 };
	static const u16 cpu_node[] = { 0, 1, 2 };
	struct quire_machine *m = test_machine_new();

	test_bank(m, 16 * MB, 16 * MB, 0);
	test_bank(m, 32 * MB, 16 * MB, 1);
	test_bank(m, 48 * MB, 16 * MB, 3);
	m->distance = distance;
	m->nr_distance_nodes = NODES;
	m->cpu_node = cpu_node;
	m->nr_cpus = 3;
	REQUIRE(test_machine_boot(m) == 0);
}

static nodemask_t mask_of(int a, int b)
{
	nodemask_t nodes = { { 0 } };

	if (a >= 0)
		node_set(a, &nodes);
	if (b >= 0)
		node_set(b, &nodes);
	return nodes;
}

static struct mempolicy policy_of(int mode, int a, int b)
{
	nodemask_t nodes = mask_of(a, b);
	struct mempolicy policy = { 0 };

	CHECK_EQ(mpol_setup(&policy, mode, &nodes), 0);
	return policy;
}

/* The node that a page comes from, or -1; it is kept. */
static int node_got(const struct mempolicy *policy, unsigned long index)
{
	struct page *page = alloc_pages_policy(GFP_KERNEL | __GFP_NOWARN, 0, policy, index);

	return page ? page_to_nid(page) : -1;
}

static void fill_node(int nid)
{
	while (alloc_pages_node(nid, GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0))
		;
}

static unsigned long event(int nid, enum numa_stat_item item)
{
	return sum_zone_numa_event_state(nid, item);
}

/* ---- sets of nodes ---- */

static void a_mask_is_walked_in_the_order_of_ids(void)
{
	static const int ids[] = { 0, 1, 7, (int)MAX_NUMNODES - 1 };
	nodemask_t nodes = { { 0 } };
	unsigned int i = 0;
	int nid;

	CHECK_EQ(first_node(&nodes), MAX_NUMNODES);
	for (i = 0; i < 4; i++)
		node_set(ids[i], &nodes);
	i = 0;
	for_each_node_mask(nid, &nodes)
		CHECK_EQ(nid, ids[i++]);
	CHECK_EQ(i, 4);
	node_clear(7, &nodes);
	CHECK(!node_isset(7, &nodes) && node_isset(1, &nodes));
	CHECK_EQ(next_node(1, &nodes), MAX_NUMNODES - 1);
	CHECK_EQ(next_node((int)MAX_NUMNODES - 1, &nodes), MAX_NUMNODES);
}

/* ---- making policies ---- */

static void a_policy_leaves_out_nodes_without_memory(void)
{
	struct mempolicy policy;

	boot_nodes();
	policy = policy_of(MPOL_INTERLEAVE, 2, 3);
	CHECK(!node_isset(2, &policy.nodes) && node_isset(3, &policy.nodes));
	policy = policy_of(MPOL_BIND, 9, 1);
	CHECK(!node_isset(9, &policy.nodes) && node_isset(1, &policy.nodes));
	policy = policy_of(MPOL_PREFERRED, -1, -1);
	CHECK_EQ(policy.mode, MPOL_LOCAL);
}

static void a_policy_that_makes_no_sense_is_refused(void)
{
	static const struct {
		int mode, a, b;
	} wrong[] = {
		{ -1, 0, -1 },
		{ 5, 0, -1 },
		{ MPOL_DEFAULT, 0, -1 },
		{ MPOL_LOCAL, 0, 1 },
		{ MPOL_BIND, -1, -1 },
		{ MPOL_INTERLEAVE, -1, -1 },
		{ MPOL_INTERLEAVE, 2, 9 },
		{ MPOL_BIND, 2, -1 },
		{ MPOL_PREFERRED, 2, -1 },
	};
	struct mempolicy policy, was;
	size_t i;

	boot_nodes();
	policy = was = policy_of(MPOL_BIND, 0, 3);
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		nodemask_t nodes = mask_of(wrong[i].a, wrong[i].b);

		CHECK_EQ(mpol_setup(&policy, wrong[i].mode, &nodes), -EINVAL);
		CHECK(!memcmp(&policy, &was, sizeof(policy)));
	}
	CHECK_EQ(mpol_setup(&policy, MPOL_DEFAULT, NULL), 0);
	CHECK_EQ(mpol_setup(&policy, MPOL_BIND, NULL), -EINVAL);
}

/* ---- the modes ---- */

static void without_a_policy_pages_are_local(void)
{
	struct mempolicy local, zero = { 0 };

	boot_nodes();
	local = policy_of(MPOL_LOCAL, -1, -1);
	test_set_cpu(1);
	CHECK_EQ(node_got(NULL, 0), 1);
	CHECK_EQ(node_got(&zero, 3), 1);
	CHECK_EQ(node_got(&local, 3), 1);
	test_set_cpu(0);
	CHECK_EQ(node_got(NULL, 0), 0);
	CHECK_EQ(node_got(&local, 0), 0);
}

static void a_preferred_node_comes_first_and_then_the_nearest_to_it(void)
{
	struct mempolicy policy;

	boot_nodes();
	policy = policy_of(MPOL_PREFERRED, 3, -1);
	CHECK_EQ(node_got(&policy, 0), 3);
	fill_node(3);
	CHECK_EQ(node_got(&policy, 0), 1);
	fill_node(1);
	CHECK_EQ(node_got(&policy, 0), 0);
}

static void bound_pages_come_from_the_nearest_node_of_the_mask_or_not_at_all(void)
{
	struct mempolicy policy;

	boot_nodes();
	policy = policy_of(MPOL_BIND, 0, 3);
	test_set_cpu(2); /* 3 is nearer than 0 */
	CHECK_EQ(node_got(&policy, 0), 3);
	test_set_cpu(1); /* 0 is */
	CHECK_EQ(node_got(&policy, 0), 0);
	fill_node(0);
	CHECK_EQ(node_got(&policy, 0), 3);
	fill_node(3);
	log_clear();
	CHECK_EQ(node_got(&policy, 0), -1);
	CHECK_STR(log_text(), "");
	CHECK_PTR(alloc_pages_policy(GFP_KERNEL, 2, &policy, 0), NULL);
	CHECK(log_contains("page allocation failure"));
	CHECK(nr_free_pages() > 1000); /* of node 1 */
}

/* What the hooks were called for. */
static struct {
	unsigned int wakes[NODES], reclaims[NODES], compactions[NODES], killed;
	bool is_wide; /* without __GFP_THISNODE */
	int last;
} asked;

static void note_wake(struct zone *zone, unsigned int order, enum zone_type highest_zoneidx)
{
	(void)order, (void)highest_zoneidx;
	asked.wakes[zone->node]++;
}
static unsigned long note_reclaim(gfp_t gfp, unsigned int order, int nid)
{
	(void)order;
	asked.reclaims[nid]++;
	asked.is_wide |= !(gfp & __GFP_THISNODE);
	asked.last = nid;
	return 0;
}
static enum compact_result note_compact(gfp_t gfp, unsigned int order, int nid, unsigned int alloc_flags,
					enum compact_priority priority)
{
	(void)order, (void)alloc_flags, (void)priority;
	asked.compactions[nid]++;
	asked.is_wide |= !(gfp & __GFP_THISNODE);
	return COMPACT_COMPLETE;
}
static bool note_oom(gfp_t gfp, unsigned int order)
{
	(void)gfp, (void)order;
	asked.killed++;
	return false;
}

static void boot_nodes_with_hooks(void)
{
	static const struct reclaim_ops ops = { note_wake, note_reclaim, note_compact, note_oom, NULL };

	boot_nodes();
	set_reclaim_ops(&ops);
	memset(&asked, 0, sizeof(asked));
}

/* Takes the node's free memory down to its low watermark, and nothing lies on CPUs' lists. */
static void take_down_to_low_mark(int nid)
{
	struct zone *zone = &NODE_DATA(nid)->node_zones[ZONE_NORMAL];

	do {
		REQUIRE(alloc_pages_node(nid, __GFP_THISNODE | __GFP_NOWARN, 0));
		drain_all_pages(NULL);
	} while (zone_page_state(zone, NR_FREE_PAGES) > low_wmark_pages(zone));
}

/* A near node that has little left is not strained while a further one of the mask has plenty. */
static void no_bound_node_is_strained_while_another_has_plenty(void)
{
	struct mempolicy policy;
	unsigned int i;

	boot_nodes_with_hooks();
	policy = policy_of(MPOL_BIND, 1, 3);
	test_set_cpu(0); /* 1 is the nearer of the two */
	take_down_to_low_mark(1);
	memset(&asked, 0, sizeof(asked));
	for (i = 0; i < 20; i++)
		CHECK_EQ(node_got(&policy, 0), 3);
	CHECK_EQ(asked.wakes[1] + asked.wakes[3] + asked.reclaims[1], 0);
	/* Both are at their low marks: both are told, and the nearer goes below. */
	take_down_to_low_mark(3);
	memset(&asked, 0, sizeof(asked));
	CHECK_EQ(node_got(&policy, 0), 1);
	CHECK_EQ(asked.wakes[1], 1);
	CHECK_EQ(asked.wakes[3], 1);
	CHECK_EQ(asked.wakes[0], 0);
}

static void a_bound_request_reclaims_on_its_nodes_alone(void)
{
	gfp_t gfp = GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN;
	struct mempolicy policy;

	boot_nodes_with_hooks();
	policy = policy_of(MPOL_BIND, 1, 3);
	test_set_cpu(0);
	fill_node(1);
	fill_node(3);
	memset(&asked, 0, sizeof(asked));
	CHECK_PTR(alloc_pages_policy(gfp, 0, &policy, 0), NULL);
	CHECK_EQ(asked.reclaims[1], 1);
	CHECK_EQ(asked.reclaims[3], 1);
	CHECK_EQ(asked.last, 3);
	CHECK_EQ(asked.reclaims[0] + asked.compactions[1], 0);
	CHECK_PTR(alloc_pages_policy(gfp, 2, &policy, 0), NULL);
	CHECK(asked.compactions[1] && asked.compactions[1] == asked.compactions[3]);
	CHECK_EQ(asked.compactions[0], 0);
	/* Whoever would be killed may have nothing there. */
	CHECK_PTR(alloc_pages_policy(GFP_KERNEL | __GFP_NOWARN, 0, &policy, 0), NULL);
	CHECK_EQ(asked.killed, 0);
	CHECK(!asked.is_wide);
	CHECK_EQ(page_alloc_validate(), 0);
}

static void a_bound_request_for_one_node_asks_the_nearest_of_the_mask_alone(void)
{
	struct mempolicy policy;
	struct page *page;

	boot_nodes();
	policy = policy_of(MPOL_BIND, 1, 3);
	test_set_cpu(0);
	page = alloc_pages_policy(GFP_KERNEL | __GFP_THISNODE, 0, &policy, 0);
	REQUIRE(page);
	CHECK_EQ(page_to_nid(page), 1);
	fill_node(1);
	CHECK_PTR(alloc_pages_policy(GFP_KERNEL | __GFP_THISNODE | __GFP_NOWARN, 0, &policy, 0), NULL);
	CHECK(alloc_pages_policy(GFP_KERNEL | __GFP_NOWARN, 0, &policy, 0));
}

static void interleaved_pages_take_the_nodes_in_turn(void)
{
	struct mempolicy policy;
	unsigned long i;

	boot_nodes();
	policy = policy_of(MPOL_INTERLEAVE, 1, 3);
	for (i = 0; i < 20; i++) {
		CHECK_EQ(mpol_interleave_node(&policy, i), i % 2 ? 3 : 1);
		CHECK_EQ(node_got(&policy, i), i % 2 ? 3 : 1);
	}
	CHECK_EQ(event(1, NUMA_INTERLEAVE_HIT), 10);
	CHECK_EQ(event(3, NUMA_INTERLEAVE_HIT), 10);
	/* Where the turn's node is full another serves, which is no hit. */
	fill_node(3);
	CHECK_EQ(node_got(&policy, 1), 1);
	CHECK_EQ(global_numa_event_state(NUMA_INTERLEAVE_HIT), 20);
}

static void an_empty_mask_interleaves_nothing(void)
{
	const struct mempolicy policy = { .mode = MPOL_INTERLEAVE };

	boot_nodes();
	test_set_cpu(1);
	CHECK_EQ(mpol_interleave_node(&policy, 7), 1);
	CHECK_EQ(node_got(&policy, 7), 1);
}

static void what_alloc_pages_refuses_is_refused_with_any_policy(void)
{
	struct mempolicy policy;
	int mode;

	boot_nodes();
	for (mode = MPOL_DEFAULT; mode <= MPOL_LOCAL; mode++) {
		bool is_local = mode == MPOL_DEFAULT || mode == MPOL_LOCAL;

		policy = policy_of(mode, is_local ? -1 : 0, is_local ? -1 : 1);
		CHECK_PTR(alloc_pages_policy(GFP_KERNEL, MAX_ORDER, &policy, 0), NULL);
		CHECK_EQ(this_quire()->log.warnings, (unsigned long)mode + 1);
		quire_fail_nth(1, true);
		CHECK_PTR(alloc_pages_policy(GFP_KERNEL | __GFP_NOWARN, 0, &policy, 0), NULL);
		quire_fail_off();
	}
	CHECK_EQ(page_alloc_validate(), 0);
}

/* ---- the counters ---- */

static void check_events(int nid, const unsigned long expected[NR_VM_NUMA_EVENT_ITEMS])
{
	unsigned int item;

	for (item = 0; item < NR_VM_NUMA_EVENT_ITEMS; item++)
		if (!CHECK_EQ(event(nid, item), expected[item]))
			tap_note("node %d, item %u", nid, item);
}

static void hits_misses_and_foreign_pages_are_counted_as_in_linux(void)
{
	struct page *pages[5] = { NULL };
	struct list_head list = { &list, &list };
	unsigned long taken;

	boot_nodes();
	check_events(0, (unsigned long[]){ 0, 0, 0, 0, 0, 0 });
	test_set_cpu(0);
	alloc_pages(GFP_KERNEL, 0); /* local */
	alloc_pages(GFP_KERNEL, 4);
	alloc_pages_node(3, GFP_KERNEL, 2); /* a hit of another node */
	check_events(0, (unsigned long[]){ 2, 0, 0, 0, 2, 0 });
	check_events(3, (unsigned long[]){ 1, 0, 0, 0, 0, 1 });
	/* A node without memory: what its nearest node gives is no miss. */
	test_set_cpu(2);
	CHECK_EQ(node_got(NULL, 0), 1);
	check_events(1, (unsigned long[]){ 1, 0, 0, 0, 0, 1 });
	/* Pages by the lot count each. */
	test_set_cpu(1);
	CHECK_EQ(alloc_pages_bulk_array(GFP_KERNEL, 5, pages), 5);
	CHECK_EQ(alloc_pages_bulk_list(GFP_KERNEL, 3, &list), 3);
	check_events(1, (unsigned long[]){ 9, 0, 0, 0, 8, 1 });
	/* Node 1 is full: what was wanted there is foreign there, and a miss where it lies. */
	fill_node(1);
	taken = event(1, NUMA_HIT);
	CHECK_EQ(event(1, NUMA_LOCAL), taken - 1);
	CHECK_EQ(node_got(NULL, 0), 0);
	CHECK_EQ(event(1, NUMA_FOREIGN), 1);
	check_events(0, (unsigned long[]){ 2, 1, 0, 0, 2, 1 });
	CHECK_EQ(alloc_pages_bulk_array_node(GFP_KERNEL, 1, 4, (struct page *[4]){ NULL }), 4);
	CHECK_EQ(event(1, NUMA_FOREIGN), 5);
	check_events(0, (unsigned long[]){ 2, 5, 0, 0, 2, 5 });
	CHECK_EQ(event(1, NUMA_HIT), taken);
	CHECK_EQ(global_numa_event_state(NUMA_MISS), 5);
	CHECK_EQ(event(2, NUMA_HIT) + event(9, NUMA_HIT) + event(-1, NUMA_HIT), 0);
}

static void a_bound_page_of_the_second_node_is_a_miss_there(void)
{
	struct mempolicy policy;
	unsigned long hits;

	boot_nodes();
	policy = policy_of(MPOL_BIND, 0, 3);
	test_set_cpu(1);
	CHECK_EQ(node_got(&policy, 0), 0);
	check_events(0, (unsigned long[]){ 1, 0, 0, 0, 0, 1 });
	fill_node(0);
	hits = event(0, NUMA_HIT);
	CHECK_EQ(node_got(&policy, 0), 3);
	check_events(3, (unsigned long[]){ 0, 1, 0, 0, 0, 1 });
	CHECK_EQ(event(0, NUMA_FOREIGN), 1);
	CHECK_EQ(event(0, NUMA_HIT), hits);
}

static void sums_over_all_zones_are_those_of_the_zones(void)
{
	unsigned long free = 0;
	struct zone *zone;

	boot_nodes();
	for_each_populated_zone(zone)
		free += zone_page_state(zone, NR_FREE_PAGES);
	CHECK(free > 0);
	CHECK_EQ(global_zone_page_state(NR_FREE_PAGES), free);
	NODE_DATA(0)->vm_stat[NR_FILE_PAGES] = 5;
	NODE_DATA(3)->vm_stat[NR_FILE_PAGES] = 7;
	CHECK_EQ(global_node_page_state(NR_FILE_PAGES), 12);
}

/* Each request is a hit or a miss, and local or not. */
static void random_requests_add_up(void)
{
	unsigned long requests = 0, round, rounds = test_rounds(20000);
	struct mempolicy policies[4];

	boot_nodes();
	/* One node is nearly full. */
	for (requests = 0; requests < 7; requests++)
		REQUIRE(alloc_pages_node(1, GFP_KERNEL | __GFP_THISNODE, 9));
	policies[0] = policy_of(MPOL_PREFERRED, 1, -1);
	policies[1] = policy_of(MPOL_BIND, 0, 3);
	policies[2] = policy_of(MPOL_INTERLEAVE, 1, 3);
	policies[3] = policy_of(MPOL_DEFAULT, -1, -1);
	for (round = 0; round < rounds; round++) {
		static struct page *held[64];
		unsigned int slot = (unsigned int)test_random_below(64), order;
		struct page **page = &held[slot];

		order = slot % 9;
		test_set_cpu((unsigned int)test_random_below(3));
		if (*page) {
			__free_pages(*page, order);
			*page = NULL;
		} else {
			*page = alloc_pages_policy(GFP_KERNEL | __GFP_NOWARN, order,
						   &policies[test_random_below(4)], round);
			requests += *page != NULL;
		}
		if (round + 1 == rounds)
			memset(held, 0, sizeof(held));
	}
	CHECK_EQ(global_numa_event_state(NUMA_HIT) + global_numa_event_state(NUMA_MISS), requests);
	CHECK_EQ(global_numa_event_state(NUMA_LOCAL) + global_numa_event_state(NUMA_OTHER),
		 requests);
	CHECK_EQ(global_numa_event_state(NUMA_MISS), global_numa_event_state(NUMA_FOREIGN));
	CHECK(global_numa_event_state(NUMA_MISS) > 0 || rounds < 20000);
	CHECK_EQ(page_alloc_validate(), 0);
}

const struct tap_test tap_tests[] = {
	TEST(a_mask_is_walked_in_the_order_of_ids),
	TEST(a_policy_leaves_out_nodes_without_memory),
	TEST(a_policy_that_makes_no_sense_is_refused),
	TEST(without_a_policy_pages_are_local),
	TEST(a_preferred_node_comes_first_and_then_the_nearest_to_it),
	TEST(bound_pages_come_from_the_nearest_node_of_the_mask_or_not_at_all),
	TEST(no_bound_node_is_strained_while_another_has_plenty),
	TEST(a_bound_request_reclaims_on_its_nodes_alone),
	TEST(a_bound_request_for_one_node_asks_the_nearest_of_the_mask_alone),
	TEST(interleaved_pages_take_the_nodes_in_turn),
	TEST(an_empty_mask_interleaves_nothing),
	TEST(what_alloc_pages_refuses_is_refused_with_any_policy),
	TEST(hits_misses_and_foreign_pages_are_counted_as_in_linux),
	TEST(a_bound_page_of_the_second_node_is_a_miss_there),
	TEST(sums_over_all_zones_are_those_of_the_zones),
	TEST(random_requests_add_up),
	{ NULL, NULL },
};
