/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "channel/sender.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "channel/drop.h"
#include "channel/push.h"

enum { BATCH = 32, BATCH_BYTES = 16 << 20 };

/* One thread a channel, with its own connection; one push object a peer. */
struct line {
	struct sender *s;
	enum outbox_channel channel;
	pthread_t thread;
	bool running;
	struct db *db;
	struct arena *arena;
	struct push **push;             /* by peer; NULL for files */
};

struct sender {
	struct sender_config config;
	atomic_bool stop;
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
		int rc = drop_write(l->s->config.drop_dir, m->message_id, m->body, m->body_n);
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
	log_info("pushed", "peer=%s operation=%s message=%s accepted=%d us=%lld", m->peer, m->operation, m->message_id,
		 answer.accepted, (long long)(now - m->created_us));
	return rc;
}

static int carry_peer(struct line *l, const char *peer)
{
	struct outbox_list list;
	int rc = outbox_take(l->arena, l->db, peer, l->channel, clock_machine_us(), l->s->config.lease_us, BATCH, BATCH_BYTES, &list);
	for (size_t i = 0; !rc && i < list.n && !atomic_load(&l->s->stop); i++)
		rc = carry(l, &list.item[i]);
	return rc;
}

/* Whether anything was due. */
static bool round_trip(struct line *l)
{
	struct outbox_peers peers = { 0 };
	arena_reset(l->arena);
	if ((l->db ? db_ensure(l->db) : db_open(&l->s->config.target, &l->db)) ||
	    outbox_due_peers(l->arena, l->db, l->channel, clock_machine_us(), &peers))
		return false;
	for (size_t i = 0; i < peers.n && !atomic_load(&l->s->stop); i++)
		carry_peer(l, peers.peer[i]);
	return peers.n > 0;
}

static void *run(void *arg)
{
	struct line *l = arg;
	log_set_principal("sender");
	while (!atomic_load(&l->s->stop))
		if (!round_trip(l))
			clock_sleep_ms(l->s->config.poll_ms);
	db_close(l->db);
	db_thread_end();
	return NULL;
}

static int line_start(struct sender *s, struct line *l, enum outbox_channel channel)
{
	int rc = 0;
	*l = (struct line){ .s = s, .channel = channel, .arena = arena_new(0) };
	if (channel == OUTBOX_PUSH && !(l->push = calloc(s->config.n_peers + 1, sizeof *l->push)))
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

void sender_stop(struct sender *s)
{
	if (!s)
		return;
	atomic_store(&s->stop, true);
	line_stop(&s->line[0]);
	line_stop(&s->line[1]);
	free(s);
}
