/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The struct hub that is in force, exchanged while it is in use: who works has one, as it was when it began, and takes the next
 * one for the next work. Thread-safe. */
#ifndef VGI_HANDLER_HUB_BOOK_H
#define VGI_HANDLER_HUB_BOOK_H
#include "handler/work.h"

struct hub_book;
/* Copies hub and the names in it of who is called; whatever else it points to must outlive the book. NULL: out of memory. */
struct hub_book *hub_book_new(const struct hub *hub);
void hub_book_free(struct hub_book *book);              /* when nobody has one any more; NULL allowed */

/* The one in force, to be given back; `before` is given back first (NULL: none). */
const struct hub *hub_book_take(struct hub_book *book, const struct hub *before);
void hub_book_give(struct hub_book *book, const struct hub *hub);       /* NULL allowed */

/* A copy with other peers, put in force by the second call, which cannot fail; or given up. NULL: out of memory. */
struct hub_page *hub_book_prepare(struct hub_book *book, const char *dispatch_peer, const char *trading_peer,
				  const char *const *callback, size_t n_callbacks);
void hub_book_turn(struct hub_book *book, struct hub_page *page);
void hub_page_free(struct hub_page *page);              /* one that was not put in force; NULL allowed */
#endif
