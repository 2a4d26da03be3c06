/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The messages of a business day, counted and timed. A message belongs to the day if it was created (business time) within the
 * span, from an hour before the day to an hour after it as its callers choose, and does not say in its header that it is about
 * another business date; meter readings, which tell of past days, count where they were sent. Outgoing documents (channel file)
 * are no messages. What is read lives in the arena. Errors: db.h. */
#ifndef VGI_STORE_EXCHANGE_H
#define VGI_STORE_EXCHANGE_H
#include "base/arena.h"
#include "store/db.h"

struct exchange_span { int32_t date; int64_t from_ms, to_ms; };

/* In distinct message ids. sent, acked, items_sent: as the hub knows them; of incoming ones it knows those that reached it. */
struct exchange_count {
	const char *peer, *operation;
	int64_t sent, accepted, rejected, acked, items_sent, items_stored;
	int64_t waiting, expired;       /* outgoing: not yet answered, sent or not; given up */
};
struct exchange_counts { struct exchange_count *item; size_t n; };
/* By peer and operation. */
int exchange_count_in(struct arena *a, struct db *db, const struct exchange_span *span, struct exchange_counts *counts);
int exchange_count_out(struct arena *a, struct db *db, const struct exchange_span *span, struct exchange_counts *counts);

/* How long each took, by operation: incoming from the last byte read to the answer handed to the socket, outgoing from the first
 * sending (fetched ones: from queueing) to the answer. Messages of which one of the two is not noted are left out. */
struct exchange_time { const char *operation; int64_t us; };
struct exchange_times { struct exchange_time *item; size_t n; };
int exchange_times_in(struct arena *a, struct db *db, const struct exchange_span *span, struct exchange_times *times);
int exchange_times_out(struct arena *a, struct db *db, const struct exchange_span *span, struct exchange_times *times);

/* Stamp and machine time at which each frame with from_ms < stamp ≤ to_ms was received; by stamp. */
struct exchange_frame { int64_t ts_ms, received_us; };
struct exchange_frames { struct exchange_frame *item; size_t n; };
int exchange_frames(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms, struct exchange_frames *frames);
/* When each outgoing message of an operation was queued; by message id, byte by byte. */
struct exchange_queued { const char *message_id; int64_t created_us; };
struct exchange_queue { struct exchange_queued *item; size_t n; };
int exchange_queued(struct arena *a, struct db *db, const char *operation, const struct exchange_span *span,
		struct exchange_queue *queue);

/* A business date of which every task is settled and for which the named job (store/job.h, due_key: the date) is not done; the
 * earliest. E_NOTHING: none. */
int exchange_day_without(struct db *db, const char *job, int32_t *date);
#endif
