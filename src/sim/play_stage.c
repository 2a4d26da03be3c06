/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The stage of a play: world, lines to the hub, own services, clock, threads. */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/error.h"
#include "security/tls.h"
#include "sim/scene.h"

enum { SCRATCH_BLOCK = 1 << 16 };

static int load_tls(struct play *p, const char *name, struct tls **tls)
{
	struct tls_error why = { "" };
	const char *pki = p->options->pki;
	struct tls_files files = { .certificate = arena_printf(p->arena, "%s/%s.pem", pki, name),
		.key = arena_printf(p->arena, "%s/%s.key", pki, name), .trust = arena_printf(p->arena, "%s/ca.pem", pki) };
	int rc = tls_client_new(&files, tls, &why);

	if (rc)
		progress_problem(p->progress, "%s", why.text);
	return rc;
}

static int open_office(struct play *p, struct office *o, int party, const struct link_address *at, enum service service)
{
	int rc = load_tls(p, cast_name(party), &o->tls);

	o->name = cast_name(party);
	if (!rc)
		rc = play_tell(p, link_new(&p->common, o->tls, at, service, o->name, &o->link), o->name);
	if (!rc)
		link_set_delay(o->link, p->options->cast.part[party].delay_ms);
	return rc;
}

static struct sink_conduct conduct_of(const struct play *p, int party)
{
	const struct cast_part *is = &p->options->cast.part[party];

	return (struct sink_conduct){ .refuse = is->refuse, .lose = is->lose, .delay_ms = is->delay_ms };
}

static int open_service(struct play *p, int party, enum service service, const struct link_address *at,
	const struct sink_conduct *conduct, struct sink **sink)
{
	struct sink_error why = { "" };
	int rc = sink_start(service, at, p->options->pki, cast_name(party), p->counts, conduct, sink, &why);

	if (rc)
		progress_problem(p->progress, "%s: %s", cast_name(party), why.text);
	return rc;
}

/* An aggregator that is called: what is delivered waits in its inbox until it is seen to. */
static int open_callback(struct play *p, struct agent *g, const struct link_address *at)
{
	struct sink_conduct conduct = conduct_of(p, (int)g->number);
	int rc = inbox_new(&g->inbox);

	g->codec = codec_new(NULL);
	if (rc || !g->codec)
		return play_tell(p, E_MEMORY, g->is->id);
	conduct.taken = inbox_take;
	conduct.arg = g->inbox;
	return open_service(p, (int)g->number, SERVICE_AGGREGATOR_CALLBACK, at, &conduct, &g->sink);
}

static int open_agent(struct play *p, size_t number)
{
	struct agent *g = &p->agent[number];
	const struct cast_part *is = &p->options->cast.part[number];
	int rc;

	g->play = p;
	g->number = number;
	g->is = &p->world->aggregator[number];
	g->total_fen = VALUE_NONE;
	g->arena = arena_new(SCRATCH_BLOCK);
	g->scratch = arena_new(SCRATCH_BLOCK);
	if (is->absent)
		return 0;
	message_frame_init(&g->frame, g->arena, p->world, number);
	rc = load_tls(p, g->is->id, &g->tls);
	if (!rc)
		rc = play_tell(p, link_new(&p->common, g->tls, &p->options->aggregator, SERVICE_AGGREGATOR, g->is->id,
				      &g->link), g->is->id);
	if (!rc)
		link_set_delay(g->link, is->delay_ms);
	g->refuse = is->refuse;
	return rc || !*is->callback.host ? rc : open_callback(p, g, &is->callback);
}

static int draw_world(struct play *p)
{
	const struct world_options from = { p->options->trial_dir, p->options->data_dir };
	const char *problem = NULL;
	int rc = world_new(p->arena, p->options->seed, &from, &p->world, &problem);

	if (rc)
		return play_tell(p, rc, problem ? problem : "world");
	p->physics = physics_new(p->arena, p->world, p->world->session, p->world->n_sessions);
	p->power_w[0] = ARENA_ARRAY(p->arena, p->world->n_piles, int64_t);
	p->power_w[1] = ARENA_ARRAY(p->arena, p->world->n_piles, int64_t);
	return 0;
}

static int open_dispatch(struct play *p)
{
	struct sink_conduct conduct = conduct_of(p, CAST_DISPATCH);
	int rc = open_office(p, &p->dispatch, CAST_DISPATCH, &p->options->dispatch, SERVICE_DISPATCH);

	return rc ? rc : open_service(p, CAST_DISPATCH, SERVICE_DISPATCH_SINK, &p->options->sink, &conduct, &p->sink);
}

static int open_trading(struct play *p)
{
	struct sink_conduct conduct = conduct_of(p, CAST_TRADING);
	int rc = open_office(p, &p->trading, CAST_TRADING, &p->options->trading, SERVICE_TRADING);

	if (rc || !*p->options->trading_sink.host)
		return rc;
	return open_service(p, CAST_TRADING, SERVICE_TRADING_PLATFORM, &p->options->trading_sink, &conduct, &p->trading_sink);
}

static int move_service(struct play *p, int party, struct sink *sink)
{
	struct sink_error why = { "" };
	int rc = sink ? sink_set_up(sink, play_has(p, party), &why) : 0;

	if (rc)
		progress_problem(p->progress, "%s: %s", cast_name(party), why.text);
	return rc;
}

int stage_services(struct play *p)
{
	int rc = move_service(p, CAST_DISPATCH, p->sink);

	if (!rc)
		rc = move_service(p, CAST_TRADING, p->trading_sink);
	for (int i = 0; i < WORLD_AGGREGATORS && !rc; i++)
		rc = move_service(p, i, p->agent[i].sink);
	return rc;
}

/* The folder of the own record, without what an earlier play left in it. */
static int make_folder(struct play *p)
{
	static const char *const files[] = { "ledger.csv", "history.csv", "sessions.csv", "target.csv", "batteries.csv",
		"messages.csv" };
	const char *folder = p->options->sent;
	bool failed = mkdir(folder, 0777) && errno != EEXIST;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files) && !failed; i++)
		failed = unlink(arena_printf(p->arena, "%s/%s", folder, files[i])) && errno != ENOENT;
	if (!failed)
		return 0;
	progress_problem(p->progress, "%s: %s", folder, strerror(errno));
	return E_IO;
}

int stage_open(struct play *p)
{
	const struct cast *cast = &p->options->cast;
	int rc = make_folder(p);

	if (!rc)
		rc = draw_world(p);
	if (!rc)
		rc = play_tell(p, timekeeper_new(p->options->clock, p->options->patience_s * 1000, p->options->stop,
						 &p->timekeeper), p->options->clock);
	if (!rc && p->options->follow)
		timekeeper_follow(p->timekeeper);
	if (!rc && !cast->part[CAST_DISPATCH].absent)
		rc = open_dispatch(p);
	if (!rc && !cast->part[CAST_TRADING].absent)
		rc = open_trading(p);
	for (size_t i = 0; i < WORLD_AGGREGATORS && !rc; i++)
		rc = open_agent(p, i);
	return rc ? rc : play_tell(p, crew_new(WORLD_AGGREGATORS, &p->crew), "threads");
}

static void close_office(struct office *o)
{
	link_free(o->link);
	tls_free(o->tls);
}

void stage_close(struct play *p)
{
	crew_free(p->crew);
	for (size_t i = 0; i < WORLD_AGGREGATORS; i++) {
		sink_free(p->agent[i].sink);
		inbox_free(p->agent[i].inbox);
		codec_free(p->agent[i].codec);
		link_free(p->agent[i].link);
		tls_free(p->agent[i].tls);
		arena_free(p->agent[i].arena);
		arena_free(p->agent[i].scratch);
	}
	close_office(&p->dispatch);
	close_office(&p->trading);
	sink_free(p->sink);
	sink_free(p->trading_sink);
	timekeeper_free(p->timekeeper);
	counts_free(p->counts);
	progress_free(p->progress);
	arena_free(p->arena);
	arena_free(p->scratch);
}
