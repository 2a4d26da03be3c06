/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What handlers of aggregators' reports share. */
#ifndef VGI_HANDLER_REGISTRY_COMMON_H
#define VGI_HANDLER_REGISTRY_COMMON_H
#include "handler/work.h"
#include "store/ledger.h"
#include "store/standing.h"

/* repeat[i]: id[i] stands before i already. */
void registry_repeats(struct arena *a, const char *const *id, size_t n, bool *repeat);

/* What an item of a report is about: a resource or a session, at an instant or from a start on. */
struct registry_matter { const char *id; int64_t at_ms; };
/* repeat[i]: an item before i is about the same. */
void registry_matters_repeat(struct arena *a, const struct registry_matter *matter, size_t n, bool *repeat);
/* The least [from, to) that has all of them; of none: an empty one. */
void registry_matters_span(const struct registry_matter *matter, size_t n, int64_t *from_ms, int64_t *to_ms);
/* Refuses item `no` of the column `name` with E_REVISION if the message's revision is not newer than the one that stands. */
int registry_revision(struct call *c, const struct standing *stands, const struct registry_matter *matter, const char *name, size_t no);

/* E_TIME_FUTURE or E_TIME_ANCIENT if [begin, end) is beyond what plans and history may be sent for; else 0. */
int registry_time(const struct work *w, int64_t begin_ms, int64_t end_ms);
/* Refuses the message at "at" with E_TIME_FUTURE or E_TIME_ANCIENT if the instant is beyond what frames may be stamped. */
int registry_instant(struct call *c, int64_t at_ms);
/* Whether id is the aggregator of a ledger of one, one of its stations or one of its piles. */
bool registry_owns(const struct ledger *own, const char *id);
/* What the resource can take at most: rating of a pile, limit of a station, sum of the ratings of the aggregator; -1: it
 * is none of this ledger's. */
int64_t registry_rated_w(const struct ledger *own, const char *id);
/* Whether the resource can give back power: a V2G pile, or a station or aggregator with one. */
bool registry_exports(const struct ledger *own, const char *id);
#endif
