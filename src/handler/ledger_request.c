/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "handler/ledger_request.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "handler/callback.h"
#include "handler/message_id.h"
#include "handler/push.h"
#include "store/asked.h"

enum { WANTS_MOST = 1024, LOOK_US = 10000000 };

struct want { char aggregator_id[MESSAGE_ID_MOST + 1], reason[201]; };
struct ledger_wants {
	pthread_mutex_t lock;           /* guards item and n */
	struct want item[WANTS_MOST];
	size_t n;
	_Atomic int64_t looked_us;      /* when ages were looked at last; monotonic */
};

/* -- wants */

struct ledger_wants *ledger_wants_new(void)
{
	struct ledger_wants *s = calloc(1, sizeof *s);

	if (s != NULL)
		pthread_mutex_init(&s->lock, NULL);
	return s;
}

void ledger_wants_free(struct ledger_wants *s)
{
	if (s == NULL)
		return;
	pthread_mutex_destroy(&s->lock);
	free(s);
}

void ledger_want(struct ledger_wants *s, const char *aggregator_id, const char *reason)
{
	size_t i = 0;

	pthread_mutex_lock(&s->lock);
	while (i < s->n && strcmp(s->item[i].aggregator_id, aggregator_id) != 0)
		i++;
	if (i == s->n && s->n < WANTS_MOST) {
		snprintf(s->item[i].aggregator_id, sizeof s->item[i].aggregator_id, "%s", aggregator_id);
		snprintf(s->item[i].reason, sizeof s->item[i].reason, "%s", reason);
		s->n++;
	}
	pthread_mutex_unlock(&s->lock);
}

static bool take_want(struct ledger_wants *s, struct want *want)
{
	bool any;

	pthread_mutex_lock(&s->lock);
	any = s->n > 0;
	if (any)
		*want = s->item[--s->n];
	pthread_mutex_unlock(&s->lock);
	return any;
}

/* -- asking */

int ledger_request(struct work *w, const char *aggregator_id, const char *reason, const char **message_id)
{
	struct acb_request_ledger message = { NULL, arena_strdup(w->arena, reason), 0, NULL };
	const char *what = arena_printf(w->arena, "%lld", (long long)clock_machine_us());
	int rc = callback_is_run(w->hub, aggregator_id) ? message_id_delivery(w->arena, "RL", what, 1, aggregator_id, message_id) : E_NOTHING;

	if (rc < 0)
		return rc;
	message.header = push_header(w, *message_id);
	rc = push_queue(w, &(struct push_message){ .peer = aggregator_id, .kind = OUTGOING_REQUEST_LEDGER, .header = message.header,
		.message = &message, .items = 0, .expires_ms = VALUE_NONE });
	if (rc == 0)
		log_notice("ledger-requested", "aggregator=%s message=%s reason=\"%s\"", aggregator_id, *message_id, reason);
	return rc;
}

/* Unless it was asked a short while ago. 1: asked, 0: not. */
static int ask(struct work *w, const char *aggregator_id, const char *reason)
{
	const char *message_id;
	int64_t asked_us = VALUE_NONE;
	int rc = asked_last(w->db, aggregator_id, "RequestLedger", &asked_us);

	if (rc < 0)
		return rc;
	if (!is_none(asked_us) && clock_machine_us() - asked_us < w->hub->ledger_again_us)
		return 0;
	rc = ledger_request(w, aggregator_id, reason, &message_id);
	return rc == E_NOTHING ? 0 : rc < 0 ? rc : 1;
}

static int ask_wanted(struct work *w)
{
	struct want want;
	int rc = 0;

	while (rc == 0 && take_want(w->hub->ledger_wants, &want))
		rc = ask(w, want.aggregator_id, want.reason);
	return rc;
}

static int ask_old(struct work *w)
{
	int64_t before_us = clock_machine_us() - w->hub->ledger_age_us;
	int rc = 0;

	for (size_t i = 0; i < w->hub->n_callbacks && rc == 0; i++) {
		int64_t stated_us = VALUE_NONE;

		rc = asked_stated(w->db, w->hub->callback[i], &stated_us);
		if (rc == 0 && (is_none(stated_us) || stated_us <= before_us))
			rc = ask(w, w->hub->callback[i], is_none(stated_us) ? "no ledger was reported" : "the ledger was reported long ago");
	}
	return rc;
}

int ledger_request_due(struct work *w)
{
	struct ledger_wants *s = w->hub->ledger_wants;
	int64_t now_us = clock_monotonic_us();
	int rc;

	if (s == NULL)
		return 0;
	rc = ask_wanted(w);
	if (rc != 0 || w->hub->ledger_age_us == 0 || (s->looked_us != 0 && now_us - s->looked_us < LOOK_US))
		return rc;
	rc = ask_old(w);
	if (rc == 0)
		s->looked_us = now_us;
	return rc;
}
