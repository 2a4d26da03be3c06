/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The second half of a connection: from a complete request to its answer. */
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "net/connection_internal.h"
#include "net/gzip.h"
#include "net/reply.h"

/* ---- answers */

void connection_dismiss(struct connection *c)
{
	const struct net_config *config = &c->home->shared->config;

	if (c->admitted)
		config->hooks.dismiss(config->arg, c->ticket);
	c->admitted = false;
}

static void send_answer(struct connection *c, struct net_answer *a)
{
	const struct net_config *config = &c->home->shared->config;
	struct evbuffer *out = bufferevent_get_output(c->bev);

	connection_dismiss(c);
	if (c->home->draining || !c->reader.head.keep_alive)
		c->last = true;
	c->state = CONNECTION_WRITING;
	connection_count_bodies(c, c->reader.body.n + a->body.n);
	connection_arm(c, config->deadline_ms);
	c->gone = reply_put(out, a, c->last, config->retry_after_s) != 0;
	bytes_done(&a->body);
	if (c->gone)
		connection_close(c);
}

/* Answers without a worker and closes afterwards, because what follows on the connection cannot be trusted or
 * is not wanted. */
void connection_refuse(struct connection *c, int status, int error)
{
	struct net_shared *s = c->home->shared;
	struct net_answer a = { .status = status };

	s->count.refused++;
	if (status == 503)
		s->count.overloaded++;
	log_info("request-refused", "listener=%s address=%s peer=%.16s status=%d reason=%s", c->listener->name,
		 c->address, c->peer->fingerprint, status, error_code(error));
	if (s->config.hooks.refuse)
		s->config.hooks.refuse(s->config.arg, c->listener->tag, status, error, c->reader.head.content_type, &a);
	a.status = status;
	c->last = c->linger = true;
	bufferevent_disable(c->bev, EV_READ);
	send_answer(c, &a);
}

void connection_refuse_limited(struct connection *c, int error, int retry_after_s)
{
	struct net_shared *s = c->home->shared;
	struct net_answer a = { .status = error == E_TOO_LARGE ? 413 : 429 };
	int status = a.status;

	s->count.refused++;
	if (s->config.hooks.refuse)
		s->config.hooks.refuse(s->config.arg, c->listener->tag, status, error, c->job.request.content_type, &a);
	a.status = status;
	a.retry_after_s = retry_after_s;
	send_answer(c, &a);
}

/* No worker is free and the queue is full. The request was read whole, so the connection may go on. */
static void refuse_overload(struct connection *c)
{
	struct net_shared *s = c->home->shared;
	const struct net_hooks *hooks = &s->config.hooks;
	struct net_answer a = { .status = 503 };

	s->count.refused++;
	s->count.overloaded++;
	if (hooks->overload)
		hooks->overload(s->config.arg, &c->job.request, &a);
	else if (hooks->refuse)
		hooks->refuse(s->config.arg, c->listener->tag, 503, E_BUSY, c->job.request.content_type, &a);
	a.status = 503;
	send_answer(c, &a);
}

/* The worker's answer, or the one that was kept of a request that waits no longer. */
static void answer(struct connection *c)
{
	struct net_answer *a = &c->job.answer;

	c->home->shared->count.answers++;
	if (a->status < 200 || a->status > 599)
		a->status = 500;
	send_answer(c, a);
}

/* ---- work */

void connection_served(struct work_job *job)
{
	struct connection *c = connection_of(job);
	struct net_answer *a = &job->answer;
	size_t from = c->home->shared->config.gzip_from;

	a->gzip = c->reader.head.accepts_gzip && from && a->body.n >= from && a->park_ms <= 0 && gzip_shrink(&a->body);
	c->home->finished(job);
}

void connection_hand_over(struct connection *c)
{
	struct net_shared *s = c->home->shared;

	event_del(c->timer);
	c->state = CONNECTION_WORKING;
	c->rings = park_rings(&s->park);
	if (work_pool_push(&s->pool, &c->job))
		refuse_overload(c);
}

/* The same request once more, now that it has waited. */
void connection_ask_again(struct connection *c)
{
	int64_t ms = (clock_machine_us() - c->job.request.received_us) / 1000;

	bytes_done(&c->job.answer.body);
	c->job.request.waited_ms = ms < 1 ? 1 : ms;
	connection_hand_over(c);
}

/* ---- waiting */

/* True: the request waits now, or is asked anew. One whose sender has said its last, or something more, gets its
 * answer. */
static bool park(struct connection *c)
{
	struct net_shared *s = c->home->shared;
	struct net_answer *a = &c->job.answer;
	int rc;

	if (c->home->draining || c->ended || evbuffer_get_length(bufferevent_get_input(c->bev)))
		return false;
	rc = park_enter(&s->park, &c->place, a->park_key, c->rings);
	if (rc == E_BUSY)
		s->count.not_parked++;
	if (rc == E_NOTHING)
		connection_ask_again(c);
	if (rc)
		return rc == E_NOTHING;
	c->state = CONNECTION_PARKED;
	connection_count_bodies(c, c->reader.body.n + a->body.n);
	connection_arm(c, a->park_ms);
	return true;
}

/* With the answer its worker left. */
void connection_end_wait(struct connection *c)
{
	if (connection_leave_park(c))
		answer(c);
}

void connection_answered(struct connection *c)
{
	bool woken = c->state == CONNECTION_PARKED;

	c->state = CONNECTION_WRITING;
	if (c->gone)
		connection_close(c);
	else if (woken)
		connection_ask_again(c);
	else if (c->job.answer.park_ms <= 0 || !park(c))
		answer(c);
}

void connection_woken(struct park_place *place)
{
	struct connection *c = (struct connection *)(void *)((char *)place - offsetof(struct connection, place));

	c->home->finished(&c->job);
}
