/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/capabilities.h"
#include "base/clock.h"
#include "codec/wss/wss.h"
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

enum { ALGORITHMS_MOST = 50 };          /* as the contract has it */

static void add_algorithm(struct call *c, struct capabilities *told, enum algorithm_use use, const char *name)
{
	if (told->n_algorithm < ALGORITHMS_MOST)
		told->algorithm[told->n_algorithm++] = (struct algorithm){ use, arena_strdup(c->w.arena, name) };
}

/* The preferred of each use first. */
static void tell_algorithms(struct call *c, struct capabilities *told)
{
	static const struct { enum algorithm_use told; enum wss_use use; } uses[] = {
		{ ALGORITHM_USE_SIGNATURE, WSS_USE_SIGNATURE }, { ALGORITHM_USE_ENCRYPTION, WSS_USE_ENCRYPTION },
		{ ALGORITHM_USE_DIGEST, WSS_USE_DIGEST } };
	told->algorithm = ARENA_ARRAY(c->w.arena, ALGORITHMS_MOST, struct algorithm);
	add_algorithm(c, told, ALGORITHM_USE_TLS, "TLSv1.3");
	add_algorithm(c, told, ALGORITHM_USE_TLS, "TLSv1.2");
	for (size_t u = 0; u < sizeof uses / sizeof *uses; u++)
		for (size_t i = 0; wss_algorithm(uses[u].use, i); i++)
			add_algorithm(c, told, uses[u].told, wss_algorithm(uses[u].use, i));
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
