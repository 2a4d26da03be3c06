/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The report of a business day: what was asked, done, earned and missed, for people and for files (E-file, XML). Plain data,
 * made by handler/report. Absent values are VALUE_NONE. */
#ifndef VGI_MODEL_REPORT_H
#define VGI_MODEL_REPORT_H
#include <stdbool.h>
#include <stddef.h>
#include "model/types.h"

/* One interval of the business day. Outside of tasks there is no target, window is hold. */
struct report_point {
	int64_t end_ms;
	enum window window;
	int64_t target_w, planned_w;
	int64_t baseline_w;             /* Σ of the aggregators' baselines */
	int64_t measured_w;             /* Σ of what was measured, of whoever was heard */
	bool complete;                  /* every aggregator sent enough samples for the interval to count */
};

struct report_task {
	const char *task_id;
	int64_t start_ms;
	int64_t planned_deviation_w, least_deviation_w, measured_deviation_w;   /* weighted rms; least: proven lower bound */
	int64_t proportional_deviation_w, proportional_missed_wh, proportional_short;   /* what a proportional split would have had */
};

struct report_aggregator {
	const char *id;
	int64_t asked_wh, delivered_wh;         /* in shave and fill periods */
	int64_t response_fen, shortfall_fen, total_fen;
	int64_t valid_intervals, intervals;     /* of the business day */
	int64_t sessions, met;
};

/* Why a vehicle did not get what it needed; _MET is no reason. */
enum report_reason {
	REPORT_MET,
	REPORT_STAY_TOO_SHORT,          /* not even alone at full power */
	REPORT_STATION_LIMIT,           /* alone it could have, beside the others of its station not */
	REPORT_NOT_FOLLOWED,            /* planned, but the aggregator did not deliver it */
	REPORT_UNKNOWN,                 /* samples of its stay are missing */
	REPORT_REASONS
};
/* "met", "stay-too-short", "station-limit", "not-followed", "telemetry-missing" */
static inline const char *report_reason_name(enum report_reason r)
{
	static const char *const names[REPORT_REASONS] = { "met", "stay-too-short", "station-limit", "not-followed", "telemetry-missing" };
	return names[r];
}

struct report_unmet {
	const char *session_id, *aggregator_id, *station_id;
	int64_t need_wh, reachable_wh, delivered_wh;
	enum report_reason reason;
};

/* Messages of one operation and direction. Times from machine time, us; 0 where none was noted (timed 0). */
struct report_operation {
	const char *operation;
	bool inward;
	int64_t messages;               /* distinct ids: sent to the hub, sent by it */
	int64_t rejected;
	int64_t waiting;                /* outward: not yet answered, sent or not */
	int64_t lost;                   /* inward: sent but never arrived, VALUE_NONE where the senders' counts are not known; outward: given up */
	int64_t timed, median_us, p99_us, longest_us;
};

struct day_report {
	const char *hub;                /* name of the hub */
	int32_t date;
	int offset_min;                 /* zone in which times are shown */
	int step_min;
	const char *day_class, *rule_set;
	int64_t made_ms;                /* business time */
	struct report_point *point; size_t n_points;
	struct report_task *task; size_t n_tasks;
	struct report_aggregator *aggregator; size_t n_aggregators;     /* by id */
	int64_t platform_fen;
	int64_t sessions, outcome[REPORT_REASONS];
	struct report_unmet *unmet; size_t n_unmet;                     /* by session id */
	struct report_operation *operation; size_t n_operations;        /* inward first, each by name */
	int64_t lost;                   /* Σ of those known */
	int64_t chain_frames, chain_longest_us, chain_limit_us;         /* P7: frame received → its minute's totals queued to dispatch */
};
#endif
