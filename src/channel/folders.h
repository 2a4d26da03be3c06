/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The folders that documents go to and come from: a page of the book that sender and inbox work by. */
#ifndef VGI_CHANNEL_FOLDERS_H
#define VGI_CHANNEL_FOLDERS_H
#include "base/book.h"
#include "channel/drop.h"
#include "channel/inbox.h"

struct folders {
	struct page page;               /* first: who has the page has the folders */
	const struct drop *drop; size_t n_drops;        /* documents are written to each by message id */
	struct inbox_config inbox;      /* but for its security */
};
#endif
