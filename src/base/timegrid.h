/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Civil dates, ISO 8601 and the grid of intervals a business day is cut into. Pure: asks for no time, knows no zone but
 * the offset it is given. Instants are int64 UTC milliseconds (ts_ms), dates int32 days since 1970-01-01.
 * An interval is held by its begin, index 0..n-1; outside it is numbered 1..n and named by its end (00:15 … 24:00). */
#ifndef VGI_BASE_TIMEGRID_H
#define VGI_BASE_TIMEGRID_H
#include <stdbool.h>
#include <stdint.h>

enum { MS_SECOND = 1000, MS_MINUTE = 60000, MS_HOUR = 3600000, MS_DAY = 86400000 };
#define TIME_NONE INT64_MIN
#define DATE_NONE INT32_MIN

int32_t date_from_civil(int year, int month, int day);          /* proleptic Gregorian, month 1..12, day 1..31 */
void date_to_civil(int32_t date, int *year, int *month, int *day);
int date_weekday(int32_t date);                                 /* 1 Monday … 7 Sunday (ISO 8601) */

/* "2026-06-10" ↔ days, years 0001..9999. Parsing refuses days the month does not have. 0 or E_FORMAT. buf ≥ 11.
 * All three formatters return buf and write "-" for what has no four-digit year, so for DATE_NONE and TIME_NONE. */
int date_parse(const char *s, int32_t *date);
char *date_format(int32_t date, char *buf);
/* "2026-06-10T18:15:00[.fff](Z|±hh:mm)" → UTC ms. A time without zone is refused, so is 24:00, so is anything after
 * it. Years 0001..9999, offsets up to 14 hours, 1 to 9 fraction digits of which those below the millisecond are
 * dropped; no leap seconds. 0 or E_FORMAT. */
int time_parse(const char *s, int64_t *ts_ms);
/* → "2026-06-10T18:15:00+08:00" with the given offset in minutes; ".fff" only when the milliseconds are not 0. buf ≥
 * 30, offset -1439..1439. */
char *time_format(int64_t ts_ms, int offset_min, char *buf);
/* → "20260610 18:15:00", the E-language's dataTime. buf ≥ 18. */
char *time_format_compact(int64_t ts_ms, int offset_min, char *buf);
/* "+08:00", "-03:30", "Z" → minutes. 0 or E_FORMAT. */
int time_offset_parse(const char *s, int *offset_min);
/* "12:00" … "24:00" → minutes after midnight. 0 or E_FORMAT. */
int time_of_day_parse(const char *s, int *minutes);

struct timegrid { int64_t start_ms; int32_t step_ms, n; };      /* n intervals of step_ms from start_ms on */

static inline int64_t timegrid_begin(const struct timegrid *g, int i) { return g->start_ms + (int64_t)i * g->step_ms; }
static inline int64_t timegrid_end(const struct timegrid *g, int i) { return timegrid_begin(g, i + 1); }
/* Index of the interval that contains ts_ms, begin ≤ ts < end; -1 if outside. */
int timegrid_index(const struct timegrid *g, int64_t ts_ms);
/* Index of the interval that ends at ts_ms exactly; -1 if none does. */
int timegrid_index_of_end(const struct timegrid *g, int64_t ts_ms);
/* Index of the interval in which a sample stamped ts_ms lies, begin < ts ≤ end (a stamp names the end of its sample).
 * -1 outside. */
int timegrid_index_of_stamp(const struct timegrid *g, int64_t ts_ms);
/* Length of the common part of interval i and [from_ms, to_ms), in ms, 0..step. */
int64_t timegrid_overlap(const struct timegrid *g, int i, int64_t from_ms, int64_t to_ms);
/* The grid of business day `date`: from minutes_after_midnight local time, 24 hours in steps of step_min. */
struct timegrid timegrid_of_day(int32_t date, int minutes_after_midnight, int offset_min, int step_min);
/* The business day to which ts_ms belongs, same meaning of the arguments. */
int32_t timegrid_day_of(int64_t ts_ms, int minutes_after_midnight, int offset_min);
#endif
