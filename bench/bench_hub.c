/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Load on a running trial's vgihubd over mutual TLS and SOAP. One figure a line: name, value, unit; what it is a
 * share of is measured in the same run.
 *   bench_hub frames PLACE [MINUTES]           8 aggregators, 250 piles each, minute by minute
 *   bench_hub calls PLACE [SECONDS]            16 kept connections: a call that reads, a call that is journalled
 *   bench_hub handshakes PLACE [SECONDS]       8 callers, a new connection for each call
 *   bench_hub journalled PLACE [SECONDS [CALLERS [GROUP]]]     the journalled call alone, over so many connections
 *   bench_hub peer PLACE [SECONDS [CALLERS [GROUP]]]           the same to the peer of bench/peer_node that runs in this trial */
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "bench/limit.h"
#include "bench/load.h"
#include "bench/messages.h"
#include "sim/counts.h"
#include "sim/sink.h"
#include "sim/timekeeper.h"

enum { PILES = 250, CALLERS = 16, ACKNOWLEDGEMENTS = 64000, CONNECTORS = 8, APPEND_BYTES = 2560, CALL_BYTES = 1024,
       LIMIT_US = 2000000, IDLE_MS = 2000, CLOCK_PATIENCE_MS = 20000, DISPATCH_SINK_PORT = 3, MOST_MINUTES = 1000,
       MOST_SECONDS = 60 };
#define START "2026-06-10T10:59:00+08:00"      /* where day.sh lets a trial's clock begin */
static const char ACCEPTED[] = ">accepted<", REJECTED[] = ">rejected<";

static void say(const char *group, const char *name, double value, const char *unit)
{
	printf("%-11s %-40s %12.2f %s\n", group, name, value, unit);
	fflush(stdout);
}

static double per_second(int64_t n, int64_t us) { return us > 0 ? (double)n * 1e6 / (double)us : 0; }
static double share(double part, double whole) { return whole > 0 ? part / whole : 0; }

/* What looking for due work costs while nothing comes in. */
static void say_idle(const struct place *p)
{
	struct place_cost before, after, spent;

	place_cost(p, &before);
	clock_sleep_ms(IDLE_MS);
	place_cost(p, &after);
	spent = place_spent(&before, &after);
	say("idle", "CPU of vgihubd", share((double)spent.server_us, (double)spent.wall_us / 1e6) / 1e3, "ms/s");
	say("idle", "CPU of mariadbd", share((double)spent.database_us, (double)spent.wall_us / 1e6) / 1e3, "ms/s");
}

/* Who kept the cores busy; what is left of them was idle or somebody else's. */
static void say_use(const char *group, const char *server, const struct place_cost *spent)
{
	double all_us = (double)spent->wall_us * place_cores();
	char name[64];

	snprintf(name, sizeof(name), "cores used by %s", server);
	say(group, name, share((double)spent->server_us, (double)spent->wall_us), "cores");
	say(group, "cores used by mariadbd", share((double)spent->database_us, (double)spent->wall_us), "cores");
	say(group, "cores used by this generator", share((double)spent->own_us, (double)spent->wall_us), "cores");
	say(group, "machine busy, everybody", 100 * share((double)spent->machine_us, all_us), "%");
}

static void say_calls(const char *group, const char *server, const struct load_result *r)
{
	double calls = (double)r->calls;
	char name[64];

	say(group, "calls", calls, "calls");
	say(group, "rate", per_second(r->calls, r->spent.wall_us), "calls/s");
	say(group, "answer time, median", r->median_us / 1e3, "ms");
	say(group, "answer time, 99 of 100", r->p99_us / 1e3, "ms");
	say(group, "answer time, longest", r->most_us / 1e3, "ms");
	snprintf(name, sizeof(name), "CPU of %s", server);
	say(group, name, share((double)r->spent.server_us, calls), "us/call");
	say(group, "CPU of mariadbd", share((double)r->spent.database_us, calls), "us/call");
	say(group, "calls a core-second of both",
	    share(calls * 1e6, (double)(r->spent.server_us + r->spent.database_us)), "calls");
	say_use(group, server, &r->spent);
}

/* 0 if every answer was as expected. */
static int judge(const char *group, int rc, const struct load_result *r)
{
	if (rc)
		fprintf(stderr, "bench_hub: %s: %s\n", group, error_text_en(rc));
	else if (r->failed)
		fprintf(stderr, "bench_hub: %s: %" PRId64 " of %" PRId64 " calls failed\n", group, r->failed, r->calls);
	return rc || r->failed ? 1 : 0;
}

static int64_t start_ms(void)
{
	int64_t ts_ms = 0;

	time_parse(START, &ts_ms);
	return ts_ms;
}

/* ---- frames: as in a day, the clock moves to a minute once everybody's frame of it is answered; a frame may be sent a
 * minute ahead, so nobody waits for the slowest longer than that. Meanwhile the hub closes intervals and pushes totals. */

struct minutes {
	struct timekeeper *clock;
	int64_t start_ms;
	size_t n;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	size_t done[PLACE_AGGREGATORS], at;     /* frames answered; minutes the clock has moved */
	bool over;                              /* no more frames come */
	int failed;
};

static void wait_minute(void *state, int caller, size_t i)
{
	struct minutes *m = state;

	(void)caller;
	pthread_mutex_lock(&m->lock);
	while (i > m->at && !m->failed)
		pthread_cond_wait(&m->changed, &m->lock);
	pthread_mutex_unlock(&m->lock);
}

static void minute_done(void *state, int caller, size_t i)
{
	struct minutes *m = state;

	pthread_mutex_lock(&m->lock);
	m->done[caller] = i + 1;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

static size_t least_done(const struct minutes *m)
{
	size_t least = m->done[0];

	for (int i = 1; i < PLACE_AGGREGATORS; i++)
		if (m->done[i] < least)
			least = m->done[i];
	return least;
}

static void *move_clock(void *arg)
{
	struct minutes *m = arg;

	pthread_mutex_lock(&m->lock);
	for (size_t minute = 1; minute <= m->n && !m->failed; minute++) {
		while (least_done(m) < minute && !m->over)
			pthread_cond_wait(&m->changed, &m->lock);
		if (least_done(m) < minute)
			break;
		pthread_mutex_unlock(&m->lock);
		int rc = timekeeper_set(m->clock, m->start_ms + (int64_t)minute * MS_MINUTE);
		pthread_mutex_lock(&m->lock);
		m->failed = rc;
		m->at = minute;
		pthread_cond_broadcast(&m->changed);
	}
	pthread_mutex_unlock(&m->lock);
	return NULL;
}

static int send_frames(struct load *l, struct minutes *m, struct load_result *r)
{
	pthread_t thread;
	int rc;

	pthread_mutex_init(&m->lock, NULL);
	pthread_cond_init(&m->changed, NULL);
	l->before = wait_minute;
	l->after = minute_done;
	l->state = m;
	if (pthread_create(&thread, NULL, move_clock, m))
		return E_MEMORY;
	rc = load_run(l, r);
	pthread_mutex_lock(&m->lock);
	m->over = true;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
	pthread_join(thread, NULL);
	return rc ? rc : m->failed;
}

static int report_ledgers(struct codec *c, struct load *l)
{
	struct bytes message[PLACE_AGGREGATORS] = { 0 };
	struct load once = *l;
	struct load_result r;
	int rc = 0;

	for (int i = 0; i < PLACE_AGGREGATORS && !rc; i++)
		rc = messages_ledger(c, i, PILES, start_ms(), &message[i]);
	once.operation = OPERATION_agg_ReportLedger;
	once.message = message;
	once.n = 1;
	if (!rc)
		rc = load_run(&once, &r);
	rc = judge("ledger", rc, &r);
	for (int i = 0; i < PLACE_AGGREGATORS; i++)
		bytes_done(&message[i]);
	return rc;
}

static int encode_frames(struct codec *c, size_t minutes, struct bytes *message)
{
	struct arena *a = arena_new(1 << 20);
	int rc = 0;

	for (int g = 0; g < PLACE_AGGREGATORS; g++) {
		struct messages_frames *f = messages_frames_new(a, g, PILES);

		for (size_t i = 0; i < minutes && !rc; i++)
			rc = messages_frame(c, f, start_ms() + (int64_t)(i + 1) * MS_MINUTE, &message[(size_t)g * minutes + i]);
	}
	arena_free(a);
	return rc;
}

static void say_frames(const struct load_result *r, const struct limit_appends *disk, int64_t minutes)
{
	double samples = (double)r->calls * PILES, rate = per_second(r->calls, r->spent.wall_us);

	say("frames", "samples", rate * PILES, "samples/s");
	say("frames", "CPU of vgihubd a sample", share((double)r->spent.server_us, samples), "us/sample");
	say("frames", "CPU of mariadbd a sample", share((double)r->spent.database_us, samples), "us/sample");
	say("frames", "samples a core-second of both", share(samples * 1e6, (double)(r->spent.server_us + r->spent.database_us)),
	    "samples");
	say_calls("frames", "vgihubd", r);
	say("frames", "minutes pushed to dispatch", (double)minutes, "minutes");
	say("frames", "limit: durable appends of 2.5 KB", disk->a_second, "appends/s");
	say("frames", "limit: their fdatasync calls", disk->syncs_a_second, "syncs/s");
	say("frames", "frames a durable append", share(rate, disk->a_second), "ratio");
}

static int measure_frames(const struct place *p, struct codec *c, size_t minutes, struct sink *sink)
{
	static const atomic_bool never = false;
	struct minutes m = { .start_ms = start_ms(), .n = minutes };
	struct bytes *message = calloc(PLACE_AGGREGATORS * minutes, sizeof(*message));
	struct load l = { .place = p, .callers = PLACE_AGGREGATORS, .expected = ACCEPTED };
	struct limit_appends disk;
	struct load_result r;
	int rc = message ? timekeeper_new(p->clock, CLOCK_PATIENCE_MS, &never, &m.clock) : E_MEMORY;

	if (!rc)
		say_idle(p);
	if (!rc)
		rc = limit_append(p->dir, PLACE_AGGREGATORS, APPEND_BYTES, LIMIT_US, &disk);
	if (!rc)
		rc = report_ledgers(c, &l);
	if (!rc)
		rc = encode_frames(c, minutes, message);
	l.operation = OPERATION_agg_ReportFrame;
	l.message = message;
	l.n = minutes;
	if (!rc)
		rc = judge("frames", send_frames(&l, &m, &r), &r);
	if (!rc)
		say_frames(&r, &disk, sink_minutes(sink));
	for (size_t i = 0; message && i < PLACE_AGGREGATORS * minutes; i++)
		bytes_done(&message[i]);
	free(message);
	timekeeper_free(m.clock);
	return rc ? 1 : 0;
}

static int bench_frames(const struct place *p, struct codec *c, int minutes)
{
	struct link_address at = { "127.0.0.1", p->base_port + DISPATCH_SINK_PORT };
	struct counts *counts = counts_new();
	struct sink_error why = { "" };
	struct sink *sink = NULL;
	int rc = counts ? sink_start(SERVICE_DISPATCH_SINK, &at, p->pki, "dispatch", counts, NULL, &sink, &why) : E_MEMORY;

	if (rc)
		fprintf(stderr, "bench_hub: dispatch's sink: %s\n", *why.text ? why.text : error_text_en(rc));
	else
		rc = measure_frames(p, c, (size_t)minutes, sink);
	sink_free(sink);
	counts_free(counts);
	return rc ? 1 : 0;
}

/* ---- calls */

static int measure_reads(const struct place *p, struct codec *c, const char *group, int callers, bool connect_anew,
			 int seconds, struct load_result *r)
{
	struct bytes message[LOAD_MOST_CALLERS] = { 0 };
	int rc = 0;

	for (int i = 0; i < callers && !rc; i++)
		rc = messages_capabilities(c, i % PLACE_AGGREGATORS, start_ms(), &message[i]);
	struct load l = { .place = p, .callers = callers, .operation = OPERATION_agg_GetCapabilities, .expected = ACCEPTED,
		.message = message, .n = 1, .again = true, .connect_anew = connect_anew, .most_us = seconds * (int64_t)1000000 };
	if (!rc)
		rc = load_run(&l, r);
	for (int i = 0; i < callers; i++)
		bytes_done(&message[i]);
	return judge(group, rc, r);
}

static int measure_journalled(const struct place *p, struct codec *c, int callers, int seconds, struct load_result *r, double *bytes)
{
	size_t each = ACKNOWLEDGEMENTS / (size_t)callers, n = each * (size_t)callers, total = 0;
	struct bytes *message = calloc(n, sizeof(*message));
	char run[32];
	int rc = message ? 0 : E_MEMORY;

	snprintf(run, sizeof(run), "%" PRIx64, (uint64_t)clock_machine_us());
	for (size_t i = 0; i < n && !rc; i++) {
		rc = messages_acknowledge(c, (int)(i / each) % PLACE_AGGREGATORS, run, i, start_ms(), &message[i]);
		total += message[i].n;
	}
	*bytes = (double)total / (double)n;
	struct load l = { .place = p, .callers = callers, .operation = OPERATION_agg_AcknowledgeControl, .expected = REJECTED,
		.message = message, .n = each, .most_us = seconds * (int64_t)1000000 };
	if (!rc)
		rc = load_run(&l, r);
	for (size_t i = 0; message && i < n; i++)
		bytes_done(&message[i]);
	free(message);
	return judge("journalled", rc, r);
}

static int bench_calls(const struct place *p, struct codec *c, int seconds)
{
	struct limit_appends disk;
	struct load_result r;
	double bytes;

	if (measure_reads(p, c, "reads", CALLERS, false, seconds, &r))
		return 1;
	say_calls("reads", p->server, &r);
	if (limit_append(p->dir, CALLERS, CALL_BYTES, LIMIT_US, &disk) || measure_journalled(p, c, CALLERS, seconds, &r, &bytes))
		return 1;
	say_calls("journalled", p->server, &r);
	say("journalled", "message", bytes, "bytes");
	say("journalled", "limit: durable appends of 1 KB", disk.a_second, "appends/s");
	say("journalled", "calls a durable append", share(per_second(r.calls, r.spent.wall_us), disk.a_second), "ratio");
	return 0;
}

/* group: what the figures are printed under. */
static int bench_journalled(const struct place *p, struct codec *c, const char *group, int seconds, int callers)
{
	struct load_result r;
	double bytes;

	if (measure_journalled(p, c, callers, seconds, &r, &bytes))
		return 1;
	say_calls(group, p->server, &r);
	return 0;
}

/* ---- handshakes */

static int bench_handshakes(const struct place *p, struct codec *c, int seconds)
{
	struct load_result kept, anew;
	struct limit_handshake bare;

	if (limit_handshake(p, LIMIT_US, &bare) || measure_reads(p, c, "kept", CONNECTORS, false, seconds, &kept) ||
	    measure_reads(p, c, "handshakes", CONNECTORS, true, seconds, &anew))
		return 1;
	double call_us = share((double)kept.spent.server_us, (double)kept.calls);
	double anew_us = share((double)anew.spent.server_us, (double)anew.calls), own_us = anew_us - call_us;
	say_calls("handshakes", p->server, &anew);
	say("handshakes", "CPU of vgihubd, kept connection", call_us, "us/call");
	say("handshakes", "CPU of vgihubd, the connection alone", own_us, "us/handshake");
	say("handshakes", "handshakes a core, each with a call", share(1e6, anew_us), "1/s");
	say("handshakes", "handshakes a core, the connection alone", share(1e6, own_us), "1/s");
	say("handshakes", "limit: OpenSSL alone, server's side", bare.server_us, "us/handshake");
	say("handshakes", "OpenSSL alone of the connection", share(bare.server_us, own_us), "ratio");
	return 0;
}

static int number(int argc, char **argv, int i, int fallback, int most)
{
	long v = argc > i ? strtol(argv[i], NULL, 10) : fallback;

	return v < 1 ? 1 : v > most ? most : (int)v;
}

static int measure_alone(const struct place *p, struct codec *c, int argc, char **argv)
{
	int callers = number(argc, argv, 4, CALLERS, LOAD_MOST_CALLERS);
	char group[32];

	snprintf(group, sizeof(group), "%s-%d", !strcmp(argv[1], "peer") ? "peer" : "hub", callers);
	if (argc > 5)
		snprintf(group, sizeof(group), "%s", argv[5]);
	return bench_journalled(p, c, group, number(argc, argv, 3, 4, MOST_SECONDS), callers);
}

int main(int argc, char **argv)
{
	struct codec *codec = codec_new(NULL);
	struct place place;
	int rc = 64;

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_WARN);
	if (argc < 3 || !codec || place_open(argv[2], &place)) {
		fprintf(stderr, "usage: bench_hub frames|calls|handshakes|journalled|peer PLACE [MINUTES or SECONDS [CALLERS [GROUP]]]\n"
			"PLACE: what etc/trial/day.sh --up --place PLACE started\n");
		return argc < 3 ? 64 : 1;
	}
	if (!strcmp(argv[1], "frames"))
		rc = bench_frames(&place, codec, number(argc, argv, 3, 240, MOST_MINUTES));
	else if (!strcmp(argv[1], "calls"))
		rc = bench_calls(&place, codec, number(argc, argv, 3, 8, MOST_SECONDS));
	else if (!strcmp(argv[1], "handshakes"))
		rc = bench_handshakes(&place, codec, number(argc, argv, 3, 5, MOST_SECONDS));
	else if (!strcmp(argv[1], "journalled") || (!strcmp(argv[1], "peer") && !(rc = place_turn_to_peer(&place) ? 1 : 0)))
		rc = measure_alone(&place, codec, argc, argv);
	place_done(&place);
	codec_free(codec);
	return rc;
}
