/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* How much a principal may ask for: a rate (token bucket: `burst` messages at once, `rate` a second in the long run), messages
 * waiting or in work, bytes, elements and nesting of one message. Each limit is the principal's own where it has one, else the
 * installation's; 0: none. Thread-safe; takes no time. */
#ifndef VGI_ENDPOINT_LIMITS_H
#define VGI_ENDPOINT_LIMITS_H
#include "store/principal.h"

struct limits;
/* No limits at first. NULL: out of memory. */
struct limits *limits_new(void);
void limits_free(struct limits *l);             /* NULL allowed */
/* The installation's, from now on. */
void limits_set(struct limits *l, const int64_t value[PRINCIPAL_LIMITS]);
/* The one in force for a principal; who NULL: a stranger. 0: none. */
int64_t limits_of(struct limits *l, const struct principal *who, enum principal_limit limit);

/* Whether a message of n bytes may be served now, monotonic time now_us. 0: it counts until limits_leave(*ticket).
 * E_TOO_LARGE; E_CONCURRENT; E_RATE with *retry_after_s. Strangers (who NULL) share one account. */
int limits_enter(struct limits *l, const struct principal *who, size_t n, int64_t now_us, int *ticket, int *retry_after_s);
void limits_leave(struct limits *l, int ticket);

/* Messages refused so far because of each limit. */
void limits_count(struct limits *l, enum principal_limit limit);        /* one more, found elsewhere */
void limits_counts(struct limits *l, int64_t count[PRINCIPAL_LIMITS]);
#endif
