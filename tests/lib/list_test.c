/* SPDX-License-Identifier: MIT */
/*
 * list_test.c - rings of links.
 */
#include <string.h>

#include "mm/lib/list.h"
#include "tests/fixture.h"
#include "tests/tap.h"

struct item {
	char name;
	struct list_head link;
};

/* The names on the list, forwards; checked to be the same backwards. */
static const char *names(struct list_head *head)
{
	static char text[32];
	struct list_head *pos;
	struct item *item;
	size_t n = 0;

	list_for_each_entry(item, head, link)
		text[n++] = item->name;
	text[n] = '\0';
	for (pos = head->prev; pos != head; pos = pos->prev)
		CHECK_EQ(list_entry(pos, struct item, link)->name, text[--n]);
	CHECK_EQ(n, 0);
	return text;
}

static void entries_are_added_at_either_end(void)
{
	struct item a = { .name = 'a' }, b = { .name = 'b' }, c = { .name = 'c' };
	struct list_head head;

	INIT_LIST_HEAD(&head);
	CHECK(list_empty(&head));
	CHECK_STR(names(&head), "");
	list_add(&b.link, &head);
	CHECK(!list_empty(&head));
	list_add(&a.link, &head);
	list_add_tail(&c.link, &head);
	CHECK_STR(names(&head), "abc");
	CHECK_PTR(list_first_entry(&head, struct item, link), &a);
	CHECK_PTR(list_last_entry(&head, struct item, link), &c);
}

static void entries_are_removed_from_anywhere(void)
{
	struct item items[4] = {
		{ .name = 'a' }, { .name = 'b' }, { .name = 'c' }, { .name = 'd' }
	};
	struct list_head head;
	size_t i;

	INIT_LIST_HEAD(&head);
	for (i = 0; i < 4; i++)
		list_add_tail(&items[i].link, &head);
	list_del(&items[1].link);
	CHECK_STR(names(&head), "acd");
	list_del_init(&items[0].link);
	CHECK_STR(names(&head), "cd");
	CHECK(list_empty(&items[0].link));
	list_del_init(&items[3].link);
	list_del_init(&items[3].link); /* harmless: it is a ring of its own */
	CHECK_STR(names(&head), "c");
	list_del(&items[2].link);
	CHECK(list_empty(&head));
}

static void the_safe_loop_allows_removal(void)
{
	struct item items[5] = {
		{ .name = 'a' }, { .name = 'b' }, { .name = 'c' }, { .name = 'd' }, { .name = 'e' }
	};
	struct item *item, *following;
	struct list_head head, *pos;
	size_t i, n = 0;

	INIT_LIST_HEAD(&head);
	for (i = 0; i < 5; i++)
		list_add_tail(&items[i].link, &head);
	list_for_each_entry_safe(item, following, &head, link)
		if (item->name != 'c') {
			list_del(&item->link);
			memset(&item->link, 0, sizeof(item->link));
		}
	CHECK_STR(names(&head), "c");
	list_for_each(pos, &head)
		n++;
	CHECK_EQ(n, 1);
}

const struct tap_test tap_tests[] = {
	TEST(entries_are_added_at_either_end),
	TEST(entries_are_removed_from_anywhere),
	TEST(the_safe_loop_allows_removal),
	{ NULL, NULL },
};
