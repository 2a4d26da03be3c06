/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/hub_book.h"
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include "base/book.h"

struct hub_page {
	struct page page;
	struct hub hub;
	char *name[];                   /* dispatch, trading, callbacks */
};

struct hub_book { struct book book; };

/* The page that a hub is of. */
static struct page *page_of(const struct hub *hub)
{
	return hub ? (struct page *)((char *)hub - offsetof(struct hub_page, hub)) : NULL;
}

void hub_page_free(struct hub_page *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->hub.n_callbacks + 2; i++)
		free(p->name[i]);
	free(p);
}

static void free_page(struct page *page)
{
	hub_page_free((struct hub_page *)page);
}

static struct hub_page *page_new(const struct hub *hub, const char *dispatch, const char *trading, const char *const *callback, size_t n)
{
	struct hub_page *p = calloc(1, sizeof *p + (n + 2) * sizeof *p->name);
	bool ok = p != NULL;
	if (!ok)
		return NULL;
	p->hub = *hub;
	p->hub.n_callbacks = n;
	p->page.free = free_page;
	for (size_t i = 0; i < n + 2; i++) {
		const char *name = i == 0 ? dispatch : i == 1 ? trading : callback[i - 2];
		p->name[i] = strdup(name ? name : "");
		ok &= p->name[i] != NULL;
	}
	p->hub.dispatch_peer = p->name[0];
	p->hub.trading_peer = p->name[1];
	p->hub.callback = (const char *const *)&p->name[2];
	if (!ok) {
		hub_page_free(p);
		return NULL;
	}
	return p;
}

struct hub_book *hub_book_new(const struct hub *hub)
{
	struct hub_book *b = calloc(1, sizeof *b);
	struct hub_page *p = b ? page_new(hub, hub->dispatch_peer, hub->trading_peer, hub->callback, hub->n_callbacks) : NULL;
	if (!p) {
		free(b);
		return NULL;
	}
	book_init(&b->book, &p->page);
	return b;
}

void hub_book_free(struct hub_book *b)
{
	if (!b)
		return;
	book_done(&b->book);
	free(b);
}

const struct hub *hub_book_take(struct hub_book *b, const struct hub *before)
{
	return &((struct hub_page *)book_take(&b->book, page_of(before)))->hub;
}

void hub_book_give(struct hub_book *b, const struct hub *hub)
{
	book_give(&b->book, page_of(hub));
}

struct hub_page *hub_book_prepare(struct hub_book *b, const char *dispatch, const char *trading, const char *const *callback, size_t n)
{
	return page_new(&((struct hub_page *)b->book.page)->hub, dispatch, trading, callback, n);
}

void hub_book_turn(struct hub_book *b, struct hub_page *page)
{
	book_turn(&b->book, &page->page);
}
