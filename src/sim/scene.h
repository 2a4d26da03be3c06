/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the parts of a play share. Inside sim/play*.c only. */
#ifndef VGI_SIM_SCENE_H
#define VGI_SIM_SCENE_H
#include "base/arena.h"
#include "model/messages.h"
#include "sim/crew.h"
#include "sim/message.h"
#include "sim/physics.h"
#include "sim/play.h"
#include "sim/sink.h"
#include "sim/timekeeper.h"
#include "sim/world.h"

/* The schedule of one session, as fetched. */
struct agent_schedule { size_t session, first, n; int64_t *power_w; };

/* One aggregator. Worked by its own thread while the crew runs. */
struct agent {
	struct play *play;
	size_t number;
	const struct world_aggregator *is;
	struct tls *tls;
	struct link *link;
	struct arena *arena;            /* for the day */
	struct arena *scratch;          /* for one message */
	int64_t polls;                  /* questions so far: they have no name that follows from the day */
	int64_t baseline_w[WORLD_STEPS];        /* own estimate */
	struct notice *notice;
	struct message_frame frame;
	const char *control_id;
	struct agent_schedule *schedule; size_t n_schedules;
	int64_t rows;                   /* values of the control message */
	int64_t total_fen;              /* of its statement */
};

/* The dispatch system or the trading platform. */
struct office { const char *name; struct tls *tls; struct link *link; int64_t polls; };

struct play {
	const struct play_options *options;
	struct arena *arena, *scratch;  /* of the main thread */
	const struct world *world;
	struct physics *physics;
	size_t lived;                   /* minutes the batteries lived */
	int64_t *power_w[2];            /* by pile: of the last two minutes, even and odd */
	struct link_common common;
	struct progress *progress;
	struct counts *counts;
	struct timekeeper *timekeeper;
	struct sink *sink, *trading_sink;       /* trading_sink NULL: the hub has no trading platform to call */
	struct crew *crew;
	struct agent agent[WORLD_AGGREGATORS];
	struct office dispatch, trading;
	int64_t now_ms;                 /* business time, as the hub was told */
	int minute;                     /* of the day: stamps of the frames being sent */
	int64_t frames;
	int64_t baseline_w[WORLD_STEPS];        /* told to dispatch last */
	int64_t cleared_w[PLAN_PERIODS];
	const char *task_id;            /* the accepted task */
	bool refused;                   /* the real task was */
};

/* -- the scenes: 0, or an error that has been told */
/* play_aggregator.c: done by all aggregators, side by side; context is the play */
crew_fn agent_report_ledger, agent_report_capability, agent_fetch_notice, agent_bid, agent_report_sessions,
	agent_report_frame, agent_fetch_control, agent_acknowledge_control, agent_ask_results;
/* The batteries follow what was fetched; main thread. */
int agents_follow(struct play *p);
/* play_office.c */
int trading_send_history(struct play *p, int back_from, int back_to);
int dispatch_ask_potential(struct play *p);
int trading_publish(struct play *p);
int trading_clear(struct play *p);
int trading_compare_statements(struct play *p);
int dispatch_set_tasks(struct play *p);
int dispatch_await_settled(struct play *p);
int dispatch_ask_assessment(struct play *p);

/* play_summary.c */
void summary_print(struct play *p);

/* play.c: moves the hub's clock; 0, or an error that has been told. */
int play_set_clock(struct play *p, int64_t ts_ms);
struct message_from office_from(struct play *p, const struct office *o);
/* A header for a question; its id is used once. */
struct header *question(const struct message_from *from, int64_t *polls);
#endif
