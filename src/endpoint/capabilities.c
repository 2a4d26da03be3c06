/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/capabilities.h"
#include "base/clock.h"
#include "config.h"
#include "endpoint/bindings.h"

static struct endpoint_limits limits;

void capabilities_set_limits(const struct endpoint_limits *l) { limits = *l; }

static void tell_operations(struct call *c, enum service service, struct capabilities *told)
{
	told->operation = ARENA_ARRAY(c->w.arena, OPERATION_N, char *);
	for (size_t i = 0; i < OPERATION_N; i++)
		if (operations[i].service == service && (operations[i].roles & c->role) && bindings[i])
			told->operation[told->n_operation++] = arena_strdup(c->w.arena, operations[i].name);
}

static void tell_limits(struct call *c, struct capabilities *told)
{
	const struct { const char *name; int64_t value; } rows[] = {
		{ "max_body", limits.max_body }, { "depth", limits.depth }, { "elements", limits.elements }, { "text", limits.text },
		{ "deadline_ms", limits.deadline_ms }, { "created_past_ms", c->w.hub->created_past_ms },
		{ "created_future_ms", c->w.hub->created_future_ms }, { "sample_past_ms", c->w.hub->sample_past_ms },
		{ "sample_future_ms", c->w.hub->sample_future_ms } };
	told->n_limit = (int)(sizeof rows / sizeof *rows);
	told->limit = ARENA_ARRAY(c->w.arena, sizeof rows / sizeof *rows, struct limit);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		told->limit[i].name = arena_strdup(c->w.arena, rows[i].name);
		told->limit[i].value.v = rows[i].value;
	}
}

/* The preferred of each use first. */
static void tell_algorithms(struct call *c, struct capabilities *told)
{
	static const struct { enum algorithm_use use; const char *name; } rows[] = {
		{ ALGORITHM_USE_TLS, "TLSv1.3" }, { ALGORITHM_USE_TLS, "TLSv1.2" } };
	told->n_algorithm = (int)(sizeof rows / sizeof *rows);
	told->algorithm = ARENA_ARRAY(c->w.arena, sizeof rows / sizeof *rows, struct algorithm);
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		told->algorithm[i].use = rows[i].use;
		told->algorithm[i].name = arena_strdup(c->w.arena, rows[i].name);
	}
}

int capabilities_tell(struct call *c, enum service service, struct capabilities *told)
{
	struct count *step = ARENA_NEW(c->w.arena, struct count);
	*told = (struct capabilities){
		.service = arena_strdup(c->w.arena, service_name(service)),
		.contract_version = arena_strdup(c->w.arena, "1.1"),
		.oldest_contract = arena_strdup(c->w.arena, "1.0"),
		.software = arena_strdup(c->w.arena, PACKAGE_NAME "-" PACKAGE_VERSION),
		.server_time = { clock_machine_ms() },
		.business_time = { c->w.now_ms },
	};
	step->v = (int32_t)c->w.hub->rules->calendar.step_min;
	told->step_min = (struct count_list){ 1, step };
	tell_operations(c, service, told);
	tell_limits(c, told);
	tell_algorithms(c, told);
	c->items_in = c->items_stored = 0;
	return 0;
}
