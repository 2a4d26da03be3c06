/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What the parts of a play share. Inside sim/play*.c only. */
#ifndef VGI_SIM_SCENE_H
#define VGI_SIM_SCENE_H
#include "base/arena.h"
#include "codec/soap/envelope.h"
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

/* A control curve that is to be answered. */
struct agent_answer { const char *control_id; int64_t rows; enum decision decision; };
enum { AGENT_ANSWERS = 16 };            /* in one minute */

struct inbox;

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
	int64_t total_fen;              /* of its statement; VALUE_NONE: it was told none */
	struct sink *sink;              /* its own service, NULL: it fetches */
	struct inbox *inbox;            /* control curves delivered there */
	struct codec *codec;            /* for these */
	int64_t refuse;                 /* so many curves that it fetches are refused */
	struct agent_answer answer[AGENT_ANSWERS]; size_t n_answers;
	bool heard;                     /* of a curve, at least once */
	int owed;                       /* its service rejected one: so many minutes it is looked for as given again */
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
	const char *task_id;            /* the accepted task; NULL: this side set none */
	crew_fn *scene;                 /* what everybody who is there does now */
	bool refused;                   /* the real task was */
};

/* -- the scenes: 0, or an error that has been told */
/* play_aggregator.c: done by all aggregators, side by side; context is the play */
crew_fn agent_report_ledger, agent_report_capability, agent_fetch_notice, agent_bid, agent_report_sessions,
	agent_report_frame, agent_fetch_control, agent_acknowledge_control, agent_ask_results;
/* Keeps a curve: its schedules are to be followed behind those that are already, its id and rows are the agent's. 0, or it cannot
 * be followed (told). */
int agent_keep_control(struct agent *g, const struct control *c);
/* Asks once for control messages and takes each: 0, or the first error of the question or of take. */
int agent_fetch(struct agent *g, const struct message_from *from, int (*take)(struct agent *g, const struct control *c));
/* Of the member's message to be made now; what the last one was made of is forgotten. */
struct agent *agent_at_work(void *context, size_t member, struct message_from *from);
/* The batteries follow what was kept; main thread. */
int agents_follow(struct play *p);
/* play_attend.c: whatever curves there are for an aggregator, delivered or to be fetched, are kept or refused, and answered. */
crew_fn agent_attend;
int inbox_new(struct inbox **inbox);
void inbox_free(struct inbox *inbox);           /* NULL allowed */
/* For sink_conduct.taken; arg: the inbox. */
void inbox_take(void *arg, const struct operation *op, const char *message, size_t n, bool rejected);
/* play_office.c */
int trading_send_history(struct play *p, int back_from, int back_to);
int dispatch_ask_potential(struct play *p);
int trading_publish(struct play *p);
int trading_clear(struct play *p);
int trading_compare_statements(struct play *p);
int dispatch_set_tasks(struct play *p);
int dispatch_await_settled(struct play *p);
int dispatch_ask_assessment(struct play *p);

/* play_stage.c: everything that is there before the day begins; closed after an error too. */
int stage_open(struct play *p);
void stage_close(struct play *p);
/* Services of whom is down are down. */
int stage_services(struct play *p);

/* play_summary.c */
void summary_print(struct play *p);

/* Whether a party is played and up in this minute of the day. */
static inline bool play_has(const struct play *p, int party)
{
	return cast_is_there(&p->options->cast, party, p->minute);
}
/* Not the trial day: nothing is taken for granted of the others. */
static inline bool play_is_mock(const struct play *p) { return p->options->cast.changed; }

/* play.c: notes what went wrong with what, if anything did; returns rc. */
int play_tell(struct play *p, int rc, const char *what);
/* Moves the hub's clock; 0, or an error that has been told. */
int play_set_clock(struct play *p, int64_t ts_ms);
struct message_from office_from(struct play *p, const struct office *o);
/* A header for a question; its id is used once. */
struct header *question(const struct message_from *from, int64_t *polls);
#endif
