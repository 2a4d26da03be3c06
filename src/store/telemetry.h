/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Telemetry: frames as they came, one row an aggregator and minute, and what they add up to per pile and interval (F8,
 * P5). Errors besides those named: db.h. */
#ifndef VGI_STORE_TELEMETRY_H
#define VGI_STORE_TELEMETRY_H
#include <stdbool.h>
#include "base/arena.h"
#include "store/db.h"

enum { TELEMETRY_SAMPLES_MAX = 5000,                            /* most samples in a frame */
       TELEMETRY_MINUTE_MAX = 64 * TELEMETRY_SAMPLES_MAX };     /* and in all messages about one minute of an aggregator */

/* Samples of one stamp, by rising pile_no. Columns of n; quality as compute/quality.h has it. Of what one message said, or of
 * what is in force of all of them: then seq and times are of the message that came last, revision is the greatest. */
struct telemetry_frame {
	uint32_t aggregator_no;
	int64_t ts_ms;                  /* end of the sampled minute */
	int64_t seq;                    /* journal row of the message */
	int64_t revision;
	int64_t known_ms;               /* business time the hub learned it; VALUE_NONE: not noted then */
	int64_t received_us;            /* machine time */
	size_t n;
	const uint32_t *pile_no;
	const int64_t *raw_w, *filtered_w;      /* within int32 */
	const uint16_t *quality;
};
struct telemetry_frames { struct telemetry_frame *item; size_t n; };

/* -- frames: what is in force, a row a minute; and where more than one message spoke of a minute, its parts: what each said */
/* A new frame. E_DUPLICATE_KEY: there is one of this aggregator and minute. */
int telemetry_add_frame(struct arena *a, struct db *db, const struct telemetry_frame *f);
int telemetry_replace_frame(struct arena *a, struct db *db, const struct telemetry_frame *f);
/* One frame, locked until the end of the transaction. 0 or E_NOTHING. */
int telemetry_lock_frame(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t ts_ms,
		struct telemetry_frame *f);
/* Keeps what one message said of a minute that has several. */
int telemetry_add_part(struct arena *a, struct db *db, const struct telemetry_frame *f);
/* Samples in the parts of a minute, 0: it has none. */
int telemetry_count_parts(struct db *db, uint32_t aggregator_no, int64_t ts_ms, int64_t *samples);
/* Parts with a greater revision than this, by revision and arrival. */
int telemetry_newer_parts(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t ts_ms, int64_t revision,
		struct telemetry_frames *parts);
/* What each message said of a minute, by revision and arrival: of one message, the frame itself; none: n = 0. */
int telemetry_load_parts(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t ts_ms, struct telemetry_frames *parts);
/* The latest `most` frames stamped before ts_ms and not before oldest_ms, oldest first. */
int telemetry_frames_before(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t oldest_ms, int64_t ts_ms,
		size_t most, struct telemetry_frames *frames);
/* Frames of an aggregator with from_ms < stamp ≤ to_ms, by stamp; those of one minute, of all aggregators. */
int telemetry_frames_of(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
		struct telemetry_frames *frames);
int telemetry_frames_at(struct arena *a, struct db *db, int64_t ts_ms, struct telemetry_frames *frames);
/* The latest frame of each aggregator stamped after after_ms, by aggregator_no. */
int telemetry_frames_latest(struct arena *a, struct db *db, int64_t after_ms, struct telemetry_frames *frames);
/* Stamp of the earliest frame with stamp > after_ms, of any aggregator; VALUE_NONE: none. Latest with stamp ≤
 * until_ms. */
int telemetry_next_stamp(struct db *db, int64_t after_ms, int64_t *ts_ms);
int telemetry_last_stamp(struct db *db, int64_t until_ms, int64_t *ts_ms);
/* The last minute for which a job is done whose due_key is the minute in ms (13 digits); VALUE_NONE: none. */
int telemetry_last_minute(struct db *db, const char *job_name, int64_t *ts_ms);
/* Whether every aggregator with piles in service has a frame stamped ts_ms. */
int telemetry_complete_at(struct db *db, int64_t ts_ms, bool *complete);
/* What both have, `newer` deciding where both have a pile; all else of `newer`. Pure. */
void telemetry_merge(struct arena *a, const struct telemetry_frame *older, const struct telemetry_frame *newer,
		struct telemetry_frame *merged);

/* -- intervals: begin < stamp ≤ end. A frame stored marks its interval, and its minute (minute.h); whoever closes it locks the
 * marks first, reads the frames afterwards, so a frame that comes meanwhile marks it again. */
struct telemetry_mark { uint32_t aggregator_no; int64_t begin_ms; };
struct telemetry_marks { struct telemetry_mark *item; size_t n; };
/* ts_ms: the minute (begin_ms < ts_ms ≤ begin_ms + 30 min) whose totals dispatch is to be told; VALUE_NONE: none. */
int telemetry_mark(struct db *db, uint32_t aggregator_no, int64_t begin_ms, int64_t ts_ms);
/* Marked intervals with begin ≤ until_ms, earliest first, at most `most`, locked until the end of the transaction. */
int telemetry_lock_marks(struct arena *a, struct db *db, int64_t until_ms, size_t most, struct telemetry_marks *marks);
/* Of the intervals; those of their minutes stay. */
int telemetry_clear_marks(struct arena *a, struct db *db, const struct telemetry_marks *marks);
/* How many marked intervals begin in [from_ms, to_ms): 0 means that pile intervals hold every frame stored. */
int telemetry_count_marks(struct db *db, int64_t from_ms, int64_t to_ms, int64_t *n);

/* mean = sum_w / stored */
struct telemetry_interval { int64_t begin_ms; uint32_t pile_no; int64_t stored, sum_w; };
struct telemetry_intervals { struct telemetry_interval *item; size_t n; };
/* Stores rows in place of those of the same pile and begin. */
int telemetry_put_intervals(struct arena *a, struct db *db, const struct telemetry_interval *row, size_t n);
/* Rows that begin in [from_ms, to_ms), by begin and pile_no; of all piles or of one aggregator's. Piles unheard of in
 * an interval have no row. */
int telemetry_load_intervals(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms,
		struct telemetry_intervals *intervals);
int telemetry_load_intervals_of(struct arena *a, struct db *db, uint32_t aggregator_no, int64_t from_ms, int64_t to_ms,
		struct telemetry_intervals *intervals);
/* Per aggregator and interval: Σ samples and Σ of the piles' means, each rounded half away from zero (as
 * aggregate_group), by begin and aggregator_no. Aggregators unheard of have no row. */
struct telemetry_total { int64_t begin_ms; uint32_t aggregator_no; int64_t stored, load_w; };
struct telemetry_totals { struct telemetry_total *item; size_t n; };
int telemetry_load_totals(struct arena *a, struct db *db, int64_t from_ms, int64_t to_ms,
		struct telemetry_totals *totals);
#endif
