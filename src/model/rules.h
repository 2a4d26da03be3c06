/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A rule set: every number a market, a region or a regulator decides, read from one file (etc/rules/NAME.rules) and
 * never written into code (clauses D2a, F6). A struct rules is plain data, made by rules_load, read-only afterwards
 * and free to be shared by threads; a correction is a new file with a new version. Ratios are int64 in ppm (1 000 000
 * = 1). */
#ifndef VGI_MODEL_RULES_H
#define VGI_MODEL_RULES_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/settings.h"
#include "base/timegrid.h"

enum { RULES_PPM = 1000000, RULES_SEGMENTS_MAX = 16 };

/* Dates in rising order, no date twice. */
struct rules_dates { int32_t *date; size_t n; };

/* [calendar] How time is cut and what kind of day a business date is. */
struct rules_calendar {
	int day_start_min;              /* minutes after local midnight at which a business day begins */
	int offset_min;                 /* zone, minutes east of UTC */
	int64_t step_min;               /* length of an interval: 5 or 15 */
	unsigned workdays;              /* bit 1 << ISO weekday (1 Monday … 7 Sunday): class workday */
	struct rules_dates holiday;     /* business dates of class other whatever their weekday */
	struct rules_dates makeup;      /* business dates of class workday whatever their weekday */
	struct rules_dates event;       /* business dates on which load was called: never part of a baseline */
	struct settings_list workdays_text, holiday_text, makeup_text, event_text;      /* as read */
};

/* [telemetry] What comes in and how old or early it may be. */
struct rules_telemetry {
	int64_t sample_s;               /* period of a pile's samples */
	int64_t min_completeness_ppm;   /* share of an interval's samples below which it does not count */
	int64_t oldest_s, ahead_s;      /* a sample's stamp may lie so far behind or before business time */
	int64_t late_s;                 /* an older sample is kept and coded as late */
	int64_t history_oldest_days;    /* a meter's historical value may lie so far back */
	int64_t plan_ahead_days;        /* sessions, tasks and notices may lie so far ahead */
};

/* [baseline] The average of like days; rule B of the day format. */
struct rules_baseline {
	int64_t days;                   /* how many days are averaged at most */
	int64_t min_completeness_ppm;   /* of a day's meter values */
	int64_t keep_low_ppm, keep_high_ppm;    /* of the eligible days' mean energy; days outside are dropped */
	int adjust_from_min, adjust_to_min;     /* clock times between which the same-day factor is taken */
	int64_t adjust_min_ppm, adjust_max_ppm; /* its bounds; both 1: no adjustment */
};

/* Of the delivered energy between from × asked and the next segment's from × asked, `share` is recognised. */
struct rules_segment { int64_t from_ppm, share_ppm; };

/* [settlement] From asked and delivered energy to money. */
struct rules_settlement {
	int64_t settle_min;             /* length of a settlement period */
	int64_t min_ratio_ppm;          /* delivered below this × asked: nothing is recognised */
	struct rules_segment segment[RULES_SEGMENTS_MAX];       /* rising from 0 */
	size_t segments;
	int64_t floor_ratio_ppm;        /* what is missing to this × asked is shortfall */
	int64_t penalty_factor_ppm;     /* × price, charged for shortfall */
	struct settings_list segment_text;      /* as read */
};

/* [quality] Checks on one sample (F8d). */
struct rules_quality {
	int64_t refuse_above_ppm;       /* × rating: a sample above is refused; down to the rating, coded */
	int64_t zero_drift_ppm;         /* × rating: below it a value is taken for 0 */
	int64_t ramp_s;                 /* seconds a pile needs at its rated ramp from 0 to its rating */
	int64_t jump_margin_ppm;        /* a step is suspect above rated ramp × time × this */
	int64_t jump_accept;            /* so many samples in a row that agree make a suspect value good */
	int64_t jump_band_ppm;          /* × rating: within it samples agree */
};

/* [potential] Forecast of what load can be moved (F1). */
struct rules_potential {
	int64_t flexible_ppm;           /* share of the load that can be put off */
	int64_t reach_min;              /* after it no vehicle is taken to be there; until then linear */
	int64_t sustain_min;            /* added load must be held so long */
	int64_t quantile_ppm;           /* of the days' loads, in place of their mean, for what can be added */
};

struct rules {
	char *name, *version, *region, *source;
	struct rules_calendar calendar;
	struct rules_telemetry telemetry;
	struct rules_baseline baseline;
	struct rules_settlement settlement;
	struct rules_quality quality;
	struct rules_potential potential;
};

/* The settings a rule file is made of: for settings_sample and the manual. */
extern const struct setting rules_settings[];
extern const size_t rules_settings_n;

/* Reads the file at path into *rules (no matter what stood there) and checks that its parts fit one another. 0;
 * E_CONFIG or E_IO with error->text naming file, section, key, what was expected; then *rules holds nothing. */
int rules_load(const char *path, struct rules *rules, struct settings_error *error);
/* The same from memory; `name` stands for the path in messages. */
int rules_parse(const char *text, const char *name, struct rules *rules, struct settings_error *error);
void rules_done(struct rules *rules);

/* The grid of intervals of a business date; the business date to which an instant belongs. */
struct timegrid rules_grid(const struct rules *rules, int32_t date);
int32_t rules_day_of(const struct rules *rules, int64_t ts_ms);
/* Index 0..n of the boundary at clock time minutes_after_midnight within a business day: the number of intervals that
 * end at or before it. Used with adjust_from_min and adjust_to_min: the factor is taken over intervals [from, to). A
 * time equal to the day's start is its begin (0), as an end it is n: rules_boundary_end. */
int rules_boundary(const struct rules *rules, int minutes_after_midnight);
int rules_boundary_end(const struct rules *rules, int minutes_after_midnight);
/* Whether a list holds the date. */
bool rules_dates_have(const struct rules_dates *dates, int32_t date);
/* Whether the response is that of rule S of the day format (min(d, c) + above_share · max(d − c, 0), c = cap_ratio ·
 * asked) and, if so, its two numbers. A plain "0:1" is S with cap 1 and share 1. */
bool rules_type_s(const struct rules_settlement *settlement, int64_t *cap_ratio_ppm, int64_t *above_share_ppm);
#endif
