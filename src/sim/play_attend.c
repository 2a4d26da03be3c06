/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What an aggregator does about control beside others' software: any curve of any task, at any time, delivered to its own
 * service or fetched, is kept or refused and answered. One thread an aggregator. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "sim/scene.h"

enum { INBOX_MOST = 64, WAIT_MS = 10000, WAIT_PAUSE_MS = 20, OWED_MINUTES = 10 };

/* Messages as they came; more than INBOX_MOST at a time are dropped: the hub gives a curve again that nobody answers. */
struct inbox {
	pthread_mutex_t lock;
	struct letter { struct bytes text; bool rejected; } letter[INBOX_MOST];
	size_t n;
};

int inbox_new(struct inbox **inbox)
{
	*inbox = calloc(1, sizeof(**inbox));
	if (!*inbox)
		return E_MEMORY;
	pthread_mutex_init(&(*inbox)->lock, NULL);
	return 0;
}

void inbox_free(struct inbox *b)
{
	if (!b)
		return;
	for (size_t i = 0; i < b->n; i++)
		bytes_done(&b->letter[i].text);
	pthread_mutex_destroy(&b->lock);
	free(b);
}

void inbox_take(void *arg, const struct operation *op, const char *message, size_t n, bool rejected)
{
	struct inbox *b = arg;
	struct letter letter = { BYTES_INIT, rejected };

	if (op->id != OPERATION_acb_DeliverControl || bytes_add(&letter.text, message, n))
		return;
	pthread_mutex_lock(&b->lock);
	if (b->n < INBOX_MOST)
		b->letter[b->n++] = letter;
	else
		bytes_done(&letter.text);
	pthread_mutex_unlock(&b->lock);
}

/* The oldest letter; false: there is none. */
static bool inbox_next(struct inbox *b, struct letter *letter)
{
	bool any;

	pthread_mutex_lock(&b->lock);
	any = b->n > 0;
	if (any) {
		*letter = b->letter[0];
		memmove(b->letter, b->letter + 1, --b->n * sizeof(b->letter[0]));
	}
	pthread_mutex_unlock(&b->lock);
	return any;
}

/* ---- deciding */

/* Batteries follow the last curve that is kept. */
static int decide(struct agent *g, const struct control *c, bool refuse)
{
	int rc = refuse ? 0 : agent_keep_control(g, c);
	int64_t rows = 0;

	for (int i = 0; i < c->n_session; i++)
		rows += c->session[i].power_w.n;
	g->heard = true;
	if (!rc && g->n_answers < AGENT_ANSWERS)
		g->answer[g->n_answers++] = (struct agent_answer){ arena_strdup(g->arena, c->control_id), rows,
			refuse ? DECISION_REFUSED : DECISION_ACCEPTED };
	return rc;
}

static bool is_refused(struct agent *g)
{
	return g->refuse > 0 && g->refuse-- > 0;
}

/* One that its service rejected is answered already. */
static int read_letter(struct agent *g, const struct letter *letter)
{
	const struct operation *op;
	void *request;
	int rc = envelope_open(g->codec, letter->text.p, letter->text.n, SERVICE_AGGREGATOR_CALLBACK, &op);

	if (!rc)
		rc = envelope_request(g->codec, &request);
	if (!rc && letter->rejected) {
		g->heard = true;
		g->owed = OWED_MINUTES;
		counts_taken(g->play->counts, g->is->id, "Control", false, 0);
	} else if (!rc) {
		g->owed = 0;
		rc = decide(g, ((const struct acb_deliver_control *)request)->control, false);
	}
	envelope_clear(g->codec);
	return rc;
}

static int read_letters(struct agent *g)
{
	struct letter letter;
	int rc = 0;

	while (!rc && inbox_next(g->inbox, &letter)) {
		rc = read_letter(g, &letter);
		bytes_done(&letter.text);
	}
	return rc;
}

static int decide_fetched(struct agent *g, const struct control *c)
{
	return decide(g, c, is_refused(g));
}

/* A curve whose time is over meanwhile is refused by the hub, which gives it again. */
static int send_answers(struct agent *g, const struct message_from *from)
{
	int rc = 0;

	for (size_t i = 0; i < g->n_answers && !rc; i++) {
		const struct agent_answer *a = &g->answer[i];
		const void *m = message_control_answer(from, a->control_id, a->rows, a->decision), *answer;
		bool accepted = a->decision == DECISION_ACCEPTED;

		rc = link_call(g->link, OPERATION_agg_AcknowledgeControl, m, 1, &answer);
		if (rc)
			break;
		if (answer_ack(answer)->status == ACK_STATUS_REJECTED) {
			progress_problem(g->play->progress, "%s: too late with its answer to %s", g->is->id, a->control_id);
			continue;
		}
		counts_taken(g->play->counts, g->is->id, "Control", accepted, accepted ? a->rows : 0);
		progress_event(g->play->progress, g->play->now_ms, "%s %s %s", g->is->id, accepted ? "follows" : "refuses",
			       a->control_id);
	}
	g->n_answers = 0;
	return rc;
}

/* Control begins with a curve for everybody, when a task was set by this side. */
static bool is_expected(const struct agent *g)
{
	const struct play *p = g->play;

	return !g->heard && p->task_id && p->minute * 60 == WORLD_CONTROL_STEP * WORLD_STEP_S;
}

int agent_attend(void *context, size_t member)
{
	struct message_from from;
	struct agent *g = agent_at_work(context, member, &from);
	int64_t until_us = clock_monotonic_us() + (int64_t)WAIT_MS * 1000;
	int rc;

	while ((rc = g->sink ? read_letters(g) : agent_fetch(g, &from, decide_fetched)) == 0 && is_expected(g)) {
		if (atomic_load(g->play->options->stop))
			return E_STOPPING;
		if (clock_monotonic_us() > until_us) {
			progress_problem(g->play->progress, "%s: no control curve came when control began", g->is->id);
			break;
		}
		clock_sleep_ms(WAIT_PAUSE_MS);
	}
	return rc ? rc : send_answers(g, &from);
}
