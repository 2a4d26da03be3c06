/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* For the tests of telemetry: two aggregators of four piles each, and a frame that can be spoilt before it is sent. */
#ifndef TEST_HANDLER_FRAMES_H
#define TEST_HANDLER_FRAMES_H
#include "handler/desk.h"
#include "handler/telemetry.h"
#include "store/telemetry.h"

enum { FRAMES_PILES = 4, FRAMES_MOST = 8 };

static uint32_t frames_a, frames_b;

static inline const char *frames_content(void)
{
	return desk_checksums("CHECKSUM TABLE frame, interval_state, minute_told, pile_interval, job, outbox EXTENDED");
}

/* -- one frame of aggregator "a" (piles a-1 … a-4, 7 kW) or "b" */
static char *frames_id[FRAMES_MOST];
static struct watt frames_power[FRAMES_MOST];
static struct count frames_quality[FRAMES_MOST];
static struct agg_report_frame frames_message;

static inline int64_t frames_after(const char *when, int minutes)
{
	return desk_at(when) + minutes * (int64_t)MS_MINUTE;
}

static inline void frames_reset(const char *aggregator, int64_t at_ms)
{
	for (int i = 0; i < FRAMES_PILES; i++) {
		frames_id[i] = arena_printf(desk.arena, "%s-%d", aggregator, i + 1);
		frames_power[i].v = 1000 * (i + 1);
		frames_quality[i].v = 0;
	}
	frames_message = (struct agg_report_frame){ &desk.header, { at_ms }, { 60 }, POLARITY_LOAD, { FRAMES_PILES, frames_id }, { FRAMES_PILES,
			frames_power },
		{ FRAMES_PILES, frames_quality } };
}

static inline int frames_report_at(const char *principal, int64_t now_ms)
{
	struct call *c = desk_begin(principal, "06-10T18:00", 1);

	c->w.now_ms = now_ms;
	c->received_us = 1000 + desk.seq;
	return desk_end(telemetry_report_frame(c, &frames_message));
}

static inline int frames_report(const char *principal)
{
	return frames_report_at(principal, frames_message.at.v);
}

/* A good frame of these values. */
static inline void frames_send(const char *aggregator, int64_t at_ms, const int64_t w[FRAMES_PILES])
{
	frames_reset(aggregator, at_ms);
	for (int i = 0; i < FRAMES_PILES; i++)
		frames_power[i].v = w[i];
	assert_items(frames_report(aggregator), FRAMES_PILES, FRAMES_PILES);
}

static inline void frames_empty(const char *table)
{
	char text[80];
	int n = snprintf(text, sizeof text, "DELETE FROM %s", table);

	assert_int_equal(db_run(desk.db, text, (size_t)n), 0);
}

static inline int frames_fresh(void **state)
{
	static const char *const tables[] = { "aggregator", "station", "pile", "frame", "interval_state", "minute_told",
			"pile_interval", "job", "outbox" };

	(void)state;
	for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
		frames_empty(tables[i]);
	desk.hub.sample_past_ms = 24 * (int64_t)MS_HOUR;
	desk.hub.sample_future_ms = MS_MINUTE;
	desk.hub.correct_ms = 4 * (int64_t)MS_HOUR;
	desk.hub.dispatch_peer = "dispatch";
	desk.rules.quality.ramp_s = 60;
	frames_a = desk_aggregator("a", FRAMES_PILES, PILE_KIND_AC, 100000);
	frames_b = desk_aggregator("b", FRAMES_PILES, PILE_KIND_V2G, 100000);
	frames_reset("a", desk_at("06-10T18:01"));
	return 0;
}

/* -- intervals */
static inline struct work frames_job_at(int64_t now_ms)
{
	arena_reset(desk.arena);
	return (struct work){ .arena = desk.arena, .db = desk.db, .hub = &desk.hub, .now_ms = now_ms, .trace_id = "t",
			.seq = VALUE_NONE };
}
#endif
