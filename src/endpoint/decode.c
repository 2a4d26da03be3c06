/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "endpoint/bindings.h"
#include "endpoint/limits.h"
#include "endpoint/passage.h"
#include "store/spool.h"

/* What filters on the way may have decided by is what is done, or nothing. */
static int check_action(struct passage *p)
{
	const char *said = p->m->soap_action;
	if (!said || !*said || !strcmp(said, p->op->action))
		return 0;
	return diag_add(&p->call.diag, E_OPERATION, arena_printf(p->arena, "SOAPAction \"%.100s\" is not that of the body's %s", said,
		p->op->name), ".");
}

static int read_request(struct passage *p)
{
	int rc = envelope_open(p->codec, p->body, p->n, p->m->service, &p->op);
	p->version = envelope_version(p->codec);
	if (rc)
		return diag_add(&p->call.diag, rc, arena_strdup(p->arena, codec_error(p->codec)), ".");
	if (!bindings[p->op->id])
		return diag_add(&p->call.diag, E_OPERATION, p->op->name, ".");
	if ((rc = check_action(p)))
		return rc;
	if (!(p->op->roles & p->call.role))
		return diag_add(&p->call.diag, E_ROLE, p->op->name, ".");
	if ((rc = envelope_request(p->codec, &p->request)))
		return diag_add(&p->call.diag, rc, arena_strdup(p->arena, codec_error(p->codec)), ".");
	return 0;
}

static int check_header(struct passage *p)
{
	const struct hub *hub = p->w->e->hub;
	const struct header *h = p->call.header = request_header(p->request);
	if (strcmp(h->sender, p->call.principal))
		return diag_add(&p->call.diag, E_SENDER, h->sender, "header/sender");
	if (h->trace_id)
		p->call.w.trace_id = h->trace_id;
	log_set_trace(p->call.w.trace_id);
	int64_t age = p->call.w.now_ms - h->created_at.v;
	if (p->op->repeat == REPEAT_READ || p->m->replayed)
		return 0;               /* nothing is stored: who has a wrong clock may ask for the hub's; or it was looked at before */
	if (age > hub->created_past_ms || -age > hub->created_future_ms) {
		char created[40], now[40];
		return diag_add(&p->call.diag, E_CREATED_TIME, arena_printf(p->arena, "%s, the hub has %s",
			time_format(h->created_at.v, hub->rules->calendar.offset_min, created),
			time_format(p->call.w.now_ms, hub->rules->calendar.offset_min, now)), "header/createdAt");
	}
	return 0;
}

/* Whether the caller's role may call what the body's child names; what is no operation is for the schema to say. */
static bool may_call(void *arg, const char *name)
{
	const struct passage *p = arg;
	const struct operation *op = operation_find(p->m->service, name);
	return !op || (op->roles & p->call.role);
}

/* The principal's own limits, within the installation's. */
static int check_form(struct passage *p)
{
	struct limits *l = p->w->e->limits;
	struct guard_limits own = { 0 };
	if (l) {
		own.depth = (int)limits_of(l, &p->who, LIMIT_DEPTH);
		own.elements = (int)limits_of(l, &p->who, LIMIT_ITEMS);
	}
	int rc = guard_check_for(p->w->e->guard, &(struct guard_caller){ own, may_call, p }, p->body, p->n, &p->call.diag);
	if (l && (rc == E_TOO_DEEP || rc == E_TOO_MANY))
		limits_count(l, rc == E_TOO_DEEP ? LIMIT_DEPTH : LIMIT_ITEMS);
	return rc;
}

int decode(struct passage *p)
{
	int rc = check_form(p);
	if (!rc)
		rc = read_request(p);
	if (!rc)
		rc = check_header(p);
	p->checked_us = p->m->replayed ? p->m->replayed->checked_us : clock_machine_us();
	return rc;
}
