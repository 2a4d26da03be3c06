/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/book.h"
#include <stddef.h>

static void release(struct page *p)
{
	if (p && p->free)
		p->free(p);
}

/* With the lock; the page if nobody has it any more. */
static struct page *leave(struct page *p)
{
	return p && --p->users == 0 ? p : NULL;
}

void book_init(struct book *b, struct page *page)
{
	pthread_mutex_init(&b->lock, NULL);
	b->page = page;
	page->users = 1;                /* the book is one while it is in force */
}

void book_done(struct book *b)
{
	if (!b->page)
		return;
	release(b->page);
	b->page = NULL;
	pthread_mutex_destroy(&b->lock);
}

struct page *book_take(struct book *b, struct page *before)
{
	pthread_mutex_lock(&b->lock);
	struct page *p = b->page, *left = NULL;
	if (before != p) {
		p->users++;
		left = leave(before);
	}
	pthread_mutex_unlock(&b->lock);
	release(left);
	return p;
}

void book_give(struct book *b, struct page *page)
{
	pthread_mutex_lock(&b->lock);
	struct page *left = leave(page);
	pthread_mutex_unlock(&b->lock);
	release(left);
}

void book_turn(struct book *b, struct page *page)
{
	pthread_mutex_lock(&b->lock);
	struct page *left = leave(b->page);
	page->users = 1;
	b->page = page;
	pthread_mutex_unlock(&b->lock);
	release(left);
}
