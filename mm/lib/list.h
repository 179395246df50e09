/* SPDX-License-Identifier: MIT */
/*
 * list.h - doubly linked rings of struct list_head, embedded in what they link.
 */
#ifndef MM_LIB_LIST_H
#define MM_LIB_LIST_H

#include <quire/types.h>

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_insert_between(struct list_head *entry, struct list_head *prev,
				       struct list_head *next)
{
	next->prev = entry;
	entry->next = next;
	entry->prev = prev;
	prev->next = entry;
}

/* Behind the head: the next to be taken. */
static inline void list_add(struct list_head *entry, struct list_head *head)
{
	list_insert_between(entry, head, head->next);
}

/* Before the head: the last to be taken. */
static inline void list_add_tail(struct list_head *entry, struct list_head *head)
{
	list_insert_between(entry, head->prev, head);
}

/* The entry's own links are left as they were: it must not be removed again. */
static inline void list_del(struct list_head *entry)
{
	entry->next->prev = entry->prev;
	entry->prev->next = entry->next;
}

static inline void list_del_init(struct list_head *entry)
{
	list_del(entry);
	INIT_LIST_HEAD(entry);
}

#define list_container(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define list_entry(ptr, type, member) list_container(ptr, type, member)
#define list_first_entry(head, type, member) list_entry((head)->next, type, member)
#define list_last_entry(head, type, member) list_entry((head)->prev, type, member)
#define list_for_each(pos, head) for (pos = (head)->next; pos != (head); pos = pos->next)
#define list_for_each_entry(pos, head, member)                             \
	for (pos = list_first_entry(head, __typeof__(*pos), member);       \
	     &pos->member != (head);                                       \
	     pos = list_first_entry(&pos->member, __typeof__(*pos), member))
/* The entry may be removed in the loop's body. */
#define list_for_each_entry_safe(pos, following, head, member)                    \
	for (pos = list_first_entry(head, __typeof__(*pos), member),              \
	    following = list_first_entry(&pos->member, __typeof__(*pos), member); \
	     &pos->member != (head);                                              \
	     pos = following,                                                     \
	    following = list_first_entry(&pos->member, __typeof__(*pos), member))

#endif
