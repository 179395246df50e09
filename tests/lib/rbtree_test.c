/* SPDX-License-Identifier: MIT */
/*
 * rbtree_test.c - balanced trees against an array of flags that says who is in.
 */
#include <stdlib.h>
#include <string.h>

#include "mm/lib/rbtree.h"
#include "tests/fixture.h"
#include "tests/tap.h"

#define KEYS 1000

struct item {
	unsigned int key;
	unsigned int weight; /* the augmented tree keeps the largest below each node */
	struct rb_node node;
	unsigned int heaviest;
};

static unsigned int own_weight(const struct item *item)
{
	return item->weight;
}
RB_DECLARE_CALLBACKS_MAX(static, by_weight, struct item, node, unsigned int, heaviest, own_weight);

static struct item items[KEYS];
static bool is_in[KEYS];
static struct rb_root tree;

static void start(void)
{
	unsigned int i;

	tree = RB_ROOT;
	memset(is_in, 0, sizeof(is_in));
	for (i = 0; i < KEYS; i++)
		items[i] = (struct item){ .key = i,
					  .weight = (unsigned int)test_random_below(1000000) };
}

static bool less(const struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct item, node)->key < rb_entry(b, struct item, node)->key;
}

static int compare(const void *key, const struct rb_node *node)
{
	unsigned int a = *(const unsigned int *)key, b = rb_entry(node, struct item, node)->key;

	return a < b ? -1 : a > b;
}

static void add(unsigned int key)
{
	rb_add(&items[key].node, &tree, less);
	is_in[key] = true;
}

static void drop(unsigned int key)
{
	rb_erase(&items[key].node, &tree);
	is_in[key] = false;
}

static void add_augmented(unsigned int key)
{
	struct rb_node **link = &tree.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = less(&items[key].node, parent) ? &parent->rb_left : &parent->rb_right;
	}
	rb_link_node(&items[key].node, parent, link);
	items[key].heaviest = items[key].weight;
	by_weight.propagate(parent, NULL);
	rb_insert_augmented(&items[key].node, &tree, &by_weight);
	is_in[key] = true;
}

static void drop_augmented(unsigned int key)
{
	rb_erase_augmented(&items[key].node, &tree, &by_weight);
	is_in[key] = false;
}

/* The tree is sound, and holds just the keys that are in, in order, both ways. */
static bool tree_is_right(void)
{
	struct rb_node *node = rb_first(&tree), *last = NULL;
	long count = 0, sound = rb_validate(&tree);
	unsigned int i;

	for (i = 0; i < KEYS; i++) {
		if (!is_in[i])
			continue;
		if (!node || rb_entry(node, struct item, node)->key != i)
			return CHECK_EQ(node ? rb_entry(node, struct item, node)->key : KEYS, i);
		if (rb_prev(node) != last)
			return CHECK_PTR(rb_prev(node), last);
		last = node;
		node = rb_next(node);
		count++;
	}
	return CHECK_EQ(sound, count) && CHECK_PTR(node, NULL) && CHECK_PTR(rb_last(&tree), last);
}

static unsigned int heaviest_below(const struct rb_node *node)
{
	unsigned int max, side;

	if (!node)
		return 0;
	max = rb_entry(node, struct item, node)->weight;
	for (side = 0; side < 2; side++) {
		unsigned int below = heaviest_below(node->rb_child[side]);

		max = below > max ? below : max;
	}
	if (rb_entry(node, struct item, node)->heaviest != max)
		CHECK_EQ(rb_entry(node, struct item, node)->heaviest, max);
	return max;
}

static unsigned int depth_below(const struct rb_node *node)
{
	unsigned int left, right;

	if (!node)
		return 0;
	left = depth_below(node->rb_left);
	right = depth_below(node->rb_right);
	return 1 + (left > right ? left : right);
}

static void an_empty_tree_has_no_nodes(void)
{
	start();
	CHECK(RB_EMPTY_ROOT(&tree));
	CHECK_PTR(rb_first(&tree), NULL);
	CHECK_PTR(rb_last(&tree), NULL);
	CHECK_PTR(rb_first_postorder(&tree), NULL);
	CHECK_EQ(rb_validate(&tree), 0);
	add(5);
	CHECK(!RB_EMPTY_ROOT(&tree));
	CHECK(tree_is_right());
	drop(5);
	CHECK(RB_EMPTY_ROOT(&tree));
}

/* In the worst orders to insert: the depth stays below 2 log2(n + 1). */
static void trees_stay_shallow_whatever_the_order(void)
{
	unsigned int i;

	start();
	for (i = 0; i < KEYS; i++)
		add(i);
	CHECK(tree_is_right());
	CHECK(depth_below(tree.rb_node) < 20);
	for (i = 0; i < KEYS; i++)
		drop(i);
	CHECK(tree_is_right());
	for (i = KEYS; i-- > 0;)
		add(i);
	CHECK(tree_is_right());
	CHECK(depth_below(tree.rb_node) < 20);
	for (i = 0; i < KEYS; i += 2) {
		drop(i / 2);
		if (i % 100 == 0)
			CHECK(tree_is_right());
	}
	CHECK(depth_below(tree.rb_node) < 18);
}

#define FEW 6

/* The next order of the keys, as numbers written down go up; false after the last. */
static bool next_order(unsigned int *order)
{
	unsigned int i = FEW - 1, j = FEW - 1, low, high;

	while (i && order[i - 1] >= order[i])
		i--;
	if (!i)
		return false;
	while (order[j] <= order[i - 1])
		j--;
	low = order[j];
	order[j] = order[i - 1];
	order[i - 1] = low;
	for (low = i, high = FEW - 1; low < high; low++, high--) {
		unsigned int key = order[low];

		order[low] = order[high];
		order[high] = key;
	}
	return true;
}

/* A few keys come in every order; each of them goes first, then the others. */
static void small_trees_are_right_after_each_step(void)
{
	unsigned int order[FEW] = { 0, 1, 2, 3, 4, 5 }, first, i;

	start();
	do {
		for (first = 0; first < FEW; first++) {
			for (i = 0; i < FEW; i++) {
				add(order[i]);
				CHECK_EQ(rb_validate(&tree), i + 1);
			}
			REQUIRE(tree_is_right());
			for (i = 0; i < FEW; i++) {
				drop((first + i * 5) % FEW);
				CHECK_EQ(rb_validate(&tree), FEW - 1 - i);
			}
		}
	} while (next_order(order));
}

static void random_changes_keep_the_tree_right(void)
{
	unsigned long i, steps = test_rounds(20000);

	start();
	for (i = 0; i < steps; i++) {
		/* It fills up, and empties, in turns. */
		unsigned int key = (unsigned int)test_random_below(KEYS);
		bool wants_in = test_random_below(100) < (i / 2000 % 2 ? 25 : 75);

		if (wants_in && !is_in[key])
			add(key);
		else if (!wants_in && is_in[key])
			drop(key);
		if (i % 16 == 0 && !tree_is_right())
			return;
	}
}

static void random_changes_keep_the_largest_below_right(void)
{
	unsigned long i, steps = test_rounds(10000);

	start();
	for (i = 0; i < steps; i++) {
		unsigned int key = (unsigned int)test_random_below(KEYS);
		bool wants_in = test_random_below(100) < (i / 2000 % 2 ? 25 : 75);

		if (wants_in && is_in[key]) {
			items[key].weight = (unsigned int)test_random_below(1000000);
			by_weight.propagate(&items[key].node, NULL);
		} else if (wants_in) {
			add_augmented(key);
		} else if (is_in[key]) {
			drop_augmented(key);
		}
		if (i % 16 == 0) {
			heaviest_below(tree.rb_node);
			if (!tree_is_right())
				return;
		}
	}
}

static void keys_are_found(void)
{
	unsigned int i;

	start();
	for (i = 0; i < KEYS; i += 3)
		add((i * 7) % KEYS);
	for (i = 0; i < KEYS; i++)
		CHECK_PTR(rb_find(&i, &tree, compare), is_in[i] ? &items[i].node : NULL);
}

/* Equal keys: the one that was inserted first comes first. */
static void equal_keys_keep_the_order_in_which_they_came(void)
{
	struct rb_node *node;
	unsigned int i;

	start();
	for (i = 0; i < 50; i++) {
		items[i].key = i % 5;
		items[i].weight = i;
		rb_add(&items[i].node, &tree, less);
	}
	CHECK_EQ(rb_validate(&tree), 50);
	for (node = rb_first(&tree), i = 0; node; node = rb_next(node), i++)
		CHECK_EQ(rb_entry(node, struct item, node)->weight, i / 10 + i % 10 * 5);
	CHECK_EQ(i, 50);
}

static void a_node_is_replaced_in_its_place(void)
{
	struct item twin;
	unsigned int i;

	for (i = 0; i < 40; i++) {
		unsigned int j;

		start();
		for (j = 0; j < 40; j++)
			add(j);
		twin = items[i];
		memset(&twin.node, 0xaa, sizeof(twin.node));
		rb_replace_node(&items[i].node, &twin.node, &tree);
		memset(&items[i].node, 0x55, sizeof(items[i].node));
		CHECK(tree_is_right());
		CHECK_PTR(rb_find(&i, &tree, compare), &twin.node);
	}
}

static void postorder_frees_children_before_parents(void)
{
	struct item *item, *following;
	unsigned int i, seen = 0;

	start();
	for (i = 0; i < 300; i++)
		add((i * 7) % KEYS);
	rbtree_postorder_for_each_entry_safe(item, following, &tree, node)
	{
		unsigned int side;

		for (side = 0; side < 2; side++)
			CHECK(!item->node.rb_child[side] ||
			      !is_in[rb_entry(item->node.rb_child[side], struct item, node)->key]);
		is_in[item->key] = false;
		seen++;
	}
	CHECK_EQ(seen, 300);
}

static void a_cached_tree_knows_its_first_node(void)
{
	struct rb_root_cached cached = RB_ROOT_CACHED;
	unsigned int i;

	start();
	for (i = 0; i < 100; i++) {
		unsigned int key = (i * 37 + 11) % 100;
		struct rb_node **link = &cached.rb_root.rb_node, *parent = NULL;
		bool is_leftmost = true;

		while (*link) {
			parent = *link;
			if (less(&items[key].node, parent)) {
				link = &parent->rb_left;
			} else {
				link = &parent->rb_right;
				is_leftmost = false;
			}
		}
		rb_link_node(&items[key].node, parent, link);
		rb_insert_color_cached(&items[key].node, &cached, is_leftmost);
		CHECK_PTR(rb_first_cached(&cached), rb_first(&cached.rb_root));
	}
	for (i = 0; i < 100; i++) {
		rb_erase_cached(&items[(i * 13) % 100].node, &cached);
		CHECK_PTR(rb_first_cached(&cached), rb_first(&cached.rb_root));
		CHECK_EQ(rb_validate(&cached.rb_root), 99 - i);
	}
}

static void a_node_can_say_that_it_is_in_no_tree(void)
{
	start();
	RB_CLEAR_NODE(&items[3].node);
	CHECK(RB_EMPTY_NODE(&items[3].node));
	add(3);
	CHECK(!RB_EMPTY_NODE(&items[3].node));
}

/* Each of the rules broken by hand. */
static void validation_finds_broken_trees(void)
{
	struct rb_node *node, saved;
	unsigned int i;

	start();
	for (i = 0; i < 100; i++)
		add(i);
	node = rb_find(&(unsigned int){ 50 }, &tree, compare);
	REQUIRE(node && rb_validate(&tree) == 100);

	node->__rb_parent_color ^= RB_BLACK;
	CHECK_EQ(rb_validate(&tree), -EINVAL);
	node->__rb_parent_color ^= RB_BLACK;

	saved = *node;
	node->__rb_parent_color = (uintptr_t)&items[0].node | (saved.__rb_parent_color & RB_BLACK);
	CHECK_EQ(rb_validate(&tree), -EINVAL);
	*node = saved;

	node = tree.rb_node;
	saved = *node;
	node->rb_left = NULL;
	CHECK_EQ(rb_validate(&tree), -EINVAL);
	*node = saved;
	node->rb_left = node->rb_right;
	CHECK_EQ(rb_validate(&tree), -EINVAL);
	*node = saved;
	node->__rb_parent_color &= ~(uintptr_t)RB_BLACK;
	CHECK_EQ(rb_validate(&tree), -EINVAL);
	*node = saved;
	/* A way that leads back up. */
	rb_first(&tree)->rb_left = node;
	CHECK_EQ(rb_validate(&tree), -EINVAL);
}

const struct tap_test tap_tests[] = {
	TEST(an_empty_tree_has_no_nodes),
	TEST(trees_stay_shallow_whatever_the_order),
	TEST(small_trees_are_right_after_each_step),
	TEST(random_changes_keep_the_tree_right),
	TEST(random_changes_keep_the_largest_below_right),
	TEST(keys_are_found),
	TEST(equal_keys_keep_the_order_in_which_they_came),
	TEST(a_node_is_replaced_in_its_place),
	TEST(postorder_frees_children_before_parents),
	TEST(a_cached_tree_knows_its_first_node),
	TEST(a_node_can_say_that_it_is_in_no_tree),
	TEST(validation_finds_broken_trees),
	{ NULL, NULL },
};
