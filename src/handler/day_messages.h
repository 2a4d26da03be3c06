/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Messages of a business day, one row a peer, direction and operation, with the other sides' own counts where they are given. */
#ifndef VGI_HANDLER_DAY_MESSAGES_H
#define VGI_HANDLER_DAY_MESSAGES_H
#include "handler/work.h"
#include "store/exchange.h"

struct day_message {
	const char *peer, *operation;
	bool inward;                    /* to the hub */
	bool peer_told;                 /* the peer's own counts stand in it */
	int64_t sent, accepted, rejected, acked, items_sent, items_stored;
	int64_t waiting, expired;       /* outward: not yet answered, sent or not; given up */
};
struct day_messages { struct day_message *item; size_t n; };

/* From an hour before the day to an hour after it: what is prepared before the day begins and what ends it belong to it. */
struct exchange_span day_span(const struct rules *rules, int32_t date);
/* By peer, direction (in before out), operation. peers_folder: the folder whose messages.csv has what only the peers know (inward: sent, acked,
 * items_sent; outward: accepted, rejected, items_stored); NULL: inward, sent and acked are what was accepted or rejected;
 * outward, the peers' answers count. 0; E_IO, E_FORMAT, E_TOO_LARGE (that file; *problem says where), errors of db.h. */
int day_messages(struct work *w, int32_t date, const char *peers_folder, struct day_messages *messages, const char **problem);
#endif
