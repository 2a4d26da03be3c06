/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/hub_book.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct hub_page {
	struct hub hub;                 /* first: who has the hub has the page */
	int users;                      /* guarded by the book's lock; the book is one while it is in force */
	char *name[];                   /* dispatch, trading, callbacks */
};

struct hub_book { pthread_mutex_t lock; struct hub_page *page; };

void hub_page_free(struct hub_page *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->hub.n_callbacks + 2; i++)
		free(p->name[i]);
	free(p);
}

static struct hub_page *page_new(const struct hub *hub, const char *dispatch, const char *trading, const char *const *callback, size_t n)
{
	struct hub_page *p = calloc(1, sizeof *p + (n + 2) * sizeof *p->name);
	bool ok = p != NULL;
	if (!ok)
		return NULL;
	p->hub = *hub;
	p->hub.n_callbacks = n;
	p->users = 1;
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
	if (b && !(b->page = page_new(hub, hub->dispatch_peer, hub->trading_peer, hub->callback, hub->n_callbacks))) {
		free(b);
		return NULL;
	}
	if (b)
		pthread_mutex_init(&b->lock, NULL);
	return b;
}

void hub_book_free(struct hub_book *b)
{
	if (!b)
		return;
	hub_page_free(b->page);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

/* With the lock; the page if nobody has it any more. */
static struct hub_page *leave(struct hub_page *p)
{
	return p && --p->users == 0 ? p : NULL;
}

const struct hub *hub_book_take(struct hub_book *b, const struct hub *before)
{
	pthread_mutex_lock(&b->lock);
	struct hub_page *p = b->page, *left = NULL;
	if (before != &p->hub) {
		p->users++;
		left = leave((struct hub_page *)before);
	}
	pthread_mutex_unlock(&b->lock);
	hub_page_free(left);
	return &p->hub;
}

void hub_book_give(struct hub_book *b, const struct hub *hub)
{
	pthread_mutex_lock(&b->lock);
	struct hub_page *left = leave((struct hub_page *)hub);
	pthread_mutex_unlock(&b->lock);
	hub_page_free(left);
}

struct hub_page *hub_book_prepare(struct hub_book *b, const char *dispatch, const char *trading, const char *const *callback, size_t n)
{
	return page_new(&b->page->hub, dispatch, trading, callback, n);
}

void hub_book_turn(struct hub_book *b, struct hub_page *page)
{
	pthread_mutex_lock(&b->lock);
	struct hub_page *left = leave(b->page);
	b->page = page;
	pthread_mutex_unlock(&b->lock);
	hub_page_free(left);
}
