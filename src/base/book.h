/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What is exchanged while it is in use: who works has the page that was in force when the work began, and takes the next one for the
 * next work. A page is part of whatever it stands for, and freed with it when nobody has it any more. Thread-safe but for book_init
 * and book_done. */
#ifndef VGI_BASE_BOOK_H
#define VGI_BASE_BOOK_H
#include <pthread.h>

struct page {
	void (*free)(struct page *page);        /* frees what it is part of; NULL: that is not freed */
	int users;                              /* of the book */
};
struct book { pthread_mutex_t lock; struct page *page; };

void book_init(struct book *b, struct page *page);
void book_done(struct book *b);         /* when nobody has a page any more; one that is all zero is allowed */

/* The one in force, to be given back; `before` is given back first (NULL: none). */
struct page *book_take(struct book *b, struct page *before);
void book_give(struct book *b, struct page *page);      /* NULL allowed */
void book_turn(struct book *b, struct page *page);      /* puts this one in force */
#endif
