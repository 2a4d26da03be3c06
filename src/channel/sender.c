/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/sender.h"
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "channel/carrier.h"
#include "channel/folders.h"
#include "channel/push.h"
#include "channel/rounds.h"
#include "store/control.h"

enum { BATCH = 32, BATCH_BYTES = 16 << 20, SELDOM_MS = 1000, GRACE_US = 2000000, NOTED_US = 60000000 };

/* One thread with its own database connection. */
struct line {
	struct sender *s;
	enum outbox_channel channel;
	bool shared;                    /* serves the shared peers, else all others */
	struct rounds *rounds;
	struct db *db;
	struct arena *arena;
};

struct sender {
	struct sender_config config;
	struct carriers *carriers;
	struct line *line;              /* room for all there may ever be */
	_Atomic size_t n_lines;         /* grows with those who share them */
};

/* ---- whether a peer is there */

static void tell_health(const struct carrier *c, enum peer_health health, const char *why)
{
	if (health == PEER_UP)
		log_notice("peer-up", "peer=%s service=%s", c->peer.name, service_name(c->peer.service));
	else
		log_warn(health == PEER_DOWN ? "peer-down" : "peer-faulty", "peer=%s service=%s why=\"%s\"", c->peer.name,
			 service_name(c->peer.service), why);
}

/* Written when it changes, when it was tested, and now and then. What waits for its peer need not when it is up again. */
static void note_health(struct line *l, struct carrier *c, int rc, bool missed, const char *why, bool tested)
{
	int64_t now_us = clock_monotonic_us();
	enum peer_health health;
	if (!push_health(rc, missed, &health))
		return;
	bool changed = !c->known || health != c->health;
	if (health == PEER_UP)
		c->test_us = l->s->config.idle_us ? now_us + l->s->config.idle_us : INT64_MAX;
	else if (changed || tested)
		c->test_us = now_us + l->s->config.test_us;
	if (!changed && !tested && now_us - c->noted_us < NOTED_US)
		return;
	if (changed)
		tell_health(c, health, why);
	c->known = true;
	c->health = health;
	c->noted_us = now_us;
	const char *address = arena_printf(l->arena, "https://%s:%d%s", c->peer.host, c->peer.port, c->peer.path);
	peer_state_put(l->db, &(struct peer_state){ .peer = c->peer.name, .service = service_name(c->peer.service), .address = address,
		.health = health, .tried_us = clock_machine_us(), .error = health == PEER_UP ? NULL : why });
	if (tested && health == PEER_UP)
		outbox_hurry(l->db, c->peer.name, clock_machine_us());
}

static void test(struct line *l, struct carrier *c)
{
	struct push_answer answer = { 0 };
	struct cover cover;
	bool missed = false;
	int rc = outbox_return(l->db, c->peer.name, clock_machine_us());
	if (!rc)
		rc = cover_begin(&cover, l->s->config.cover, l->arena, l->db, c->peer.name);
	c->test_us = clock_monotonic_us() + l->s->config.test_us;
	if (rc)
		return;                 /* the database */
	rc = push_test(c->push, l->s->config.name, &cover, &answer, &missed);
	missed |= !rc && !answer.accepted;
	c->test_us = clock_monotonic_us() + l->s->config.test_us;
	note_health(l, c, rc, missed, push_error(c->push), true);
}

/* Whether there was somebody to test: one at a time, since messages go first. */
static bool test_one(struct line *l)
{
	struct carrier *c = l->channel == OUTBOX_PUSH ? carriers_take_due(l->s->carriers, l->shared, clock_monotonic_us()) : NULL;
	if (!c)
		return false;
	test(l, c);
	carriers_leave(l->s->carriers, c);
	return true;
}

/* ---- messages */

/* Control curves have one name in the outbox, however they go out. */
static bool is_control(const struct outbox_message *m) { return !strcmp(m->operation, CONTROL_OPERATION); }
static const char *operation_called(const struct outbox_message *m) { return is_control(m) ? "DeliverControl" : m->operation; }

/* A folder that was written to before another failed is written to again. */
static int drop_all(const struct sender *s, const struct outbox_message *m)
{
	struct folders *f = (struct folders *)book_take(s->config.folders, NULL);
	int rc = 0;
	for (size_t i = 0; i < f->n_drops && !rc; i++)
		rc = drop_write(&f->drop[i], m->message_id, m->body, m->body_n);
	book_give(s->config.folders, &f->page);
	return rc;
}

static int deliver(struct line *l, struct carrier *c, const struct outbox_message *m, struct push_answer *answer, bool *missed,
		   const char **why)
{
	*missed = false;
	if (l->channel == OUTBOX_FILE) {
		int rc = drop_all(l->s, m);
		*answer = (struct push_answer){ .accepted = true, .items_stored = m->items };
		*why = error_text_en(rc);
		return rc;
	}
	struct cover cover;
	int rc = cover_begin(&cover, l->s->config.cover, l->arena, l->db, m->peer);
	if (rc) {
		*why = error_text_en(rc);
		return rc;
	}
	rc = push_send(c->push, operation_called(m), m->body, m->body_n, &cover, answer, missed);
	*why = push_error(c->push);
	note_health(l, c, rc, *missed, *why, false);
	return rc;
}

/* Whether the next of its peer may follow: 0, if it is parked. */
static int fail(struct line *l, const struct outbox_message *m, int rc, bool missed, const char *why)
{
	const struct sender_config *c = &l->s->config;
	bool parked = false;
	log_warn("push-failed", "peer=%s operation=%s message=%s attempt=%lld why=\"%s\"", m->peer, m->operation, m->message_id,
		 (long long)m->attempts, why);
	if (missed)
		outbox_missed(l->db, m->seq, why, &c->backoff, c->park_after, clock_machine_us(), &parked);
	else
		outbox_failed(l->db, m->seq, why, &c->backoff, clock_machine_us());
	return parked ? 0 : rc;
}

/* A control curve has arrived, or was refused: whether it is followed, the aggregator says by itself. It may have fetched and
 * answered it meanwhile, or it is expired or withdrawn: then that stands. */
static int note_control(struct line *l, const struct outbox_message *m, const struct push_answer *a, int64_t now_us)
{
	int rc = a->accepted ? outbox_delivered(l->db, m->seq, now_us)
		: outbox_answered(l->db, m->seq, false, a->items_stored, a->answer, a->answer_n, now_us);
	return rc == E_NOTHING ? 0 : rc;
}

/* Nobody of its peer's name is called: it waits until somebody is. 0 if the next may follow. */
static int strand(struct line *l, const struct outbox_message *m)
{
	static const char why[] = "no address is configured for this peer";
	log_warn("push-failed", "peer=%s operation=%s message=%s attempt=%lld why=\"%s\"", m->peer, m->operation, m->message_id,
		 (long long)m->attempts, why);
	if (!is_control(m))
		return outbox_strand(l->db, m, why);
	outbox_failed(l->db, m->seq, why, &l->s->config.backoff, clock_machine_us());   /* it may be fetched, until its deadline */
	return E_CONFIG;
}

/* One message; 0 if the next of its peer may follow. */
static int carry(struct line *l, struct carrier *c, const struct outbox_message *m)
{
	struct push_answer answer;
	const char *why = "";
	log_set_trace(m->trace_id);
	if (l->channel == OUTBOX_PUSH && !c)
		return strand(l, m);
	bool missed;
	int rc = deliver(l, c, m, &answer, &missed, &why);
	int64_t now = clock_machine_us();
	if (rc == E_STOPPING)
		outbox_release(l->db, m, now);  /* no try of its own */
	else if (rc)
		return fail(l, m, rc, missed, why);
	if (rc)
		return rc;
	rc = is_control(m) ? note_control(l, m, &answer, now)
		: outbox_answered(l->db, m->seq, answer.accepted, answer.items_stored, answer.answer, answer.answer_n, now);
	if (rc)
		log_warn("push-failed", "peer=%s operation=%s message=%s attempt=%lld why=\"delivered, but not recorded: %s\"", m->peer,
			 m->operation, m->message_id, (long long)m->attempts, error_text_en(rc));
	else
		log_info("pushed", "peer=%s operation=%s message=%s accepted=%d us=%lld", m->peer, m->operation, m->message_id,
			 answer.accepted, (long long)(now - m->created_us));
	return rc;
}

/* What was leased and not tried is due again at once, as if it had not been taken; failing that, when its lease ends. */
static void give_back(struct line *l, const struct outbox_message *m, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (outbox_release(l->db, &m[i], clock_machine_us()))
			return;
}

static bool carry_all(struct line *l, struct carrier *c, const char *peer)
{
	struct outbox_list list;
	size_t i = 0;
	int rc = outbox_take(l->arena, l->db, peer, l->channel, clock_machine_us(), l->s->config.lease_us, BATCH, BATCH_BYTES, &list);
	while (!rc && i < list.n && !rounds_ended(l->rounds) && clock_machine_us() < list.item[i].next_try_us)
		rc = carry(l, c, &list.item[i++]);
	give_back(l, list.item + i, list.n - i);
	return i > 0;
}

/* Whether anything was tried. A peer that another thread is at is left to it: it will look again. */
static bool carry_peer(struct line *l, const char *name)
{
	bool elsewhere = false;
	struct carrier *c = l->channel == OUTBOX_PUSH ? carriers_take(l->s->carriers, name, l->shared, &elsewhere) : NULL;
	if (elsewhere)
		return false;
	bool tried = carry_all(l, c, name);
	/* Called since: then its first test, which would have returned what was stranded, may be over. */
	if (tried && !c && l->channel == OUTBOX_PUSH && ((c = carriers_take(l->s->carriers, name, l->shared, &elsewhere)) || elsewhere))
		outbox_return(l->db, name, clock_machine_us());
	carriers_leave(l->s->carriers, c);
	return tried;
}

/* Whether anything was tried: a peer whose oldest message waits for its next try has later ones that are due but may not go. */
static bool round_trip(void *arg)
{
	struct line *l = arg;
	struct outbox_peers peers = { 0 };
	bool tried = false;
	arena_reset(l->arena);
	log_set_trace(NULL);
	if ((l->db ? db_ensure(l->db) : db_open(&l->s->config.target, &l->db)) ||
	    outbox_due_peers(l->arena, l->db, l->channel, clock_machine_us(), &peers))
		return false;
	for (size_t i = 0; i < peers.n && !rounds_ended(l->rounds); i++)
		tried |= carry_peer(l, peers.peer[i]);
	return test_one(l) || tried;
}

static int line_start(struct sender *s, enum outbox_channel channel, bool shared)
{
	struct line *l = &s->line[s->n_lines];
	*l = (struct line){ .s = s, .channel = channel, .shared = shared, .arena = arena_new(0) };
	int rc = rounds_start("sender", round_trip, l, s->config.poll_ms, SELDOM_MS, &l->rounds);
	if (rc)
		arena_free(l->arena);
	else
		s->n_lines++;
	return rc;
}

static void line_stop(struct line *l)
{
	rounds_stop(l->rounds);
	db_close(l->db);
	arena_free(l->arena);
}

/* As many more as those who share them need. */
static int start_shared(struct sender *s)
{
	size_t wanted = carriers_shared(s->carriers);
	int rc = 0;
	wanted = 2 + (wanted < s->config.threads ? wanted : s->config.threads);
	while (!rc && s->n_lines < wanted)
		rc = line_start(s, OUTBOX_PUSH, true);
	return rc;
}

static int start_lines(struct sender *s)
{
	if (!(s->line = calloc(2 + s->config.threads, sizeof *s->line)))
		return E_MEMORY;
	int rc = line_start(s, OUTBOX_PUSH, false);
	if (!rc)
		rc = line_start(s, OUTBOX_FILE, false);
	return rc ? rc : start_shared(s);
}

int sender_start(const struct sender_config *config, struct sender **sender)
{
	struct sender *s = calloc(1, sizeof *s);
	if (!s)
		return E_MEMORY;
	s->config = *config;
	s->config.peers = NULL;
	int rc = (s->carriers = carriers_new()) ? carriers_set(s->carriers, config->peers, config->n_peers) : E_MEMORY;
	if (!rc)
		rc = start_lines(s);
	if (rc)
		sender_stop(s);
	else
		*sender = s;
	return rc;
}

static void each_line(struct sender *s, void (*act)(struct rounds *))
{
	for (size_t i = 0, n = s->n_lines; i < n; i++)
		act(s->line[i].rounds);
}

void sender_wake(struct sender *s)
{
	each_line(s, rounds_ring);
}

/* A thread that could not be started is missed by nobody but for its speed, unless there is none yet. */
int sender_set_peers(struct sender *s, const struct sender_peer *peers, size_t n)
{
	size_t lines = s->n_lines;
	int rc = carriers_set(s->carriers, peers, n);
	if (!rc && start_shared(s) && s->n_lines == lines)
		log_error("sender-short", "threads=%zu", lines);
	if (!rc)
		sender_wake(s);
	return rc;
}

void sender_stop(struct sender *s)
{
	if (!s)
		return;
	each_line(s, rounds_end);
	int64_t until_us = clock_machine_us() + GRACE_US;
	bool ended = true;
	for (size_t i = 0; i < s->n_lines; i++)
		ended &= rounds_over(s->line[i].rounds, until_us);
	if (!ended)
		carriers_abort(s->carriers);
	for (size_t i = 0; i < s->n_lines; i++)
		line_stop(&s->line[i]);
	carriers_free(s->carriers);
	free(s->line);
	free(s);
}
