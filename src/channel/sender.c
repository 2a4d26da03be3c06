/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/sender.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "channel/drop.h"
#include "channel/idle.h"
#include "channel/push.h"

enum { BATCH = 32, BATCH_BYTES = 16 << 20, SELDOM_MS = 1000 };

/* One thread a channel, with its own connection; one push object a peer. */
struct line {
	struct sender *s;
	enum outbox_channel channel;
	pthread_t thread;
	bool running;
	struct idle *idle;
	struct db *db;
	struct arena *arena;
	struct push **push;             /* by peer; NULL for files */
};

struct sender {
	struct sender_config config;
	struct line line[2];
};

static struct push *push_of(struct line *l, const char *peer)
{
	for (size_t i = 0; i < l->s->config.n_peers; i++)
		if (!strcmp(l->s->config.peers[i].name, peer))
			return l->push[i];
	return NULL;
}

static int deliver(struct line *l, const struct outbox_message *m, struct push_answer *answer, const char **why)
{
	if (l->channel == OUTBOX_FILE) {
		int rc = drop_write(l->s->config.drop_dir, m->message_id, m->body, m->body_n, l->s->config.signer);
		*answer = (struct push_answer){ .accepted = true, .items_stored = m->items };
		*why = error_text_en(rc);
		return rc;
	}
	struct push *p = push_of(l, m->peer);
	if (!p) {
		*why = "no address is configured for this peer";
		return E_CONFIG;
	}
	int rc = push_send(p, m->operation, m->body, m->body_n, answer);
	*why = push_error(p);
	return rc;
}

/* One message; 0 if the next of its peer may follow. */
static int carry(struct line *l, const struct outbox_message *m)
{
	struct push_answer answer;
	const char *why = "";
	log_set_trace(m->trace_id);
	int rc = deliver(l, m, &answer, &why);
	int64_t now = clock_machine_us();
	if (rc) {
		log_warn("push-failed", "peer=%s operation=%s message=%s attempt=%lld why=\"%s\"", m->peer, m->operation, m->message_id,
			 (long long)m->attempts, why);
		outbox_failed(l->db, m->seq, why, &l->s->config.backoff, now);
		return rc;
	}
	rc = outbox_answered(l->db, m->seq, answer.accepted, answer.items_stored, answer.answer, answer.answer_n, now);
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

/* Whether anything was tried. */
static bool carry_peer(struct line *l, const char *peer)
{
	struct outbox_list list;
	size_t i = 0;
	int rc = outbox_take(l->arena, l->db, peer, l->channel, clock_machine_us(), l->s->config.lease_us, BATCH, BATCH_BYTES, &list);
	while (!rc && i < list.n && !idle_ended(l->idle) && clock_machine_us() < list.item[i].next_try_us)
		rc = carry(l, &list.item[i++]);
	give_back(l, list.item + i, list.n - i);
	return i > 0;
}

/* Whether anything was tried: a peer whose oldest message waits for its next try has later ones that are due but may not go. */
static bool round_trip(struct line *l)
{
	struct outbox_peers peers = { 0 };
	bool tried = false;
	arena_reset(l->arena);
	log_set_trace(NULL);
	if ((l->db ? db_ensure(l->db) : db_open(&l->s->config.target, &l->db)) ||
	    outbox_due_peers(l->arena, l->db, l->channel, clock_machine_us(), &peers))
		return false;
	for (size_t i = 0; i < peers.n && !idle_ended(l->idle); i++)
		tried |= carry_peer(l, peers.peer[i]);
	return tried;
}

static void *run(void *arg)
{
	struct line *l = arg;
	log_set_principal("sender");
	while (!idle_ended(l->idle))
		if (round_trip(l))
			idle_reset(l->idle);
		else
			idle_wait(l->idle);
	db_close(l->db);
	db_thread_end();
	return NULL;
}

static int line_start(struct sender *s, struct line *l, enum outbox_channel channel)
{
	int rc = 0;
	*l = (struct line){ .s = s, .channel = channel, .arena = arena_new(0), .idle = idle_new(s->config.poll_ms, SELDOM_MS) };
	if (!l->idle || (channel == OUTBOX_PUSH && !(l->push = calloc(s->config.n_peers + 1, sizeof *l->push))))
		rc = E_MEMORY;
	for (size_t i = 0; !rc && l->push && i < s->config.n_peers; i++)
		rc = push_new(&s->config.peers[i], &l->push[i]);
	if (!rc)
		rc = pthread_create(&l->thread, NULL, run, l) ? E_MEMORY : 0;
	l->running = !rc;
	return rc;
}

static void line_stop(struct line *l)
{
	if (l->running)
		pthread_join(l->thread, NULL);
	for (size_t i = 0; l->push && i < l->s->config.n_peers; i++)
		push_free(l->push[i]);
	free(l->push);
	idle_free(l->idle);
	arena_free(l->arena);
}

int sender_start(const struct sender_config *config, struct sender **sender)
{
	struct sender *s = calloc(1, sizeof *s);
	if (!s)
		return E_MEMORY;
	s->config = *config;
	int rc = line_start(s, &s->line[0], OUTBOX_PUSH);
	if (!rc)
		rc = line_start(s, &s->line[1], OUTBOX_FILE);
	if (rc)
		sender_stop(s);
	else
		*sender = s;
	return rc;
}

static void each_line(struct sender *s, void (*act)(struct idle *))
{
	for (size_t i = 0; i < sizeof s->line / sizeof *s->line; i++)
		if (s->line[i].idle)
			act(s->line[i].idle);
}

void sender_wake(struct sender *s)
{
	each_line(s, idle_ring);
}

void sender_stop(struct sender *s)
{
	if (!s)
		return;
	each_line(s, idle_end);
	line_stop(&s->line[0]);
	line_stop(&s->line[1]);
	free(s);
}
