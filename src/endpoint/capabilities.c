/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/capabilities.h"
#include "base/clock.h"
#include "codec/wss/wss.h"
#include "config.h"
#include "endpoint/bindings.h"
#include "endpoint/secure.h"

static struct endpoint_limits limits;
static const struct secure *secure;
static _Atomic bool only_tls_13;

void capabilities_set_limits(const struct endpoint_limits *l) { limits = *l; }
void capabilities_set_messages(const struct secure *s) { secure = s; }
void capabilities_set_tls(bool only_13) { only_tls_13 = only_13; }

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

static void add_algorithms(struct call *c, struct capabilities *told, enum algorithm_use use, enum wss_use of)
{
	for (size_t i = 0; wss_algorithm(of, i); i++)
		add_algorithm(c, told, use, wss_algorithm(of, i));
}

/* Those that this listener takes as it is configured, the preferred of each use first. */
static void tell_algorithms(struct call *c, enum service service, struct capabilities *told)
{
	told->algorithm = ARENA_ARRAY(c->w.arena, ALGORITHMS_MOST, struct algorithm);
	add_algorithm(c, told, ALGORITHM_USE_TLS, "TLSv1.3");
	if (!only_tls_13)
		add_algorithm(c, told, ALGORITHM_USE_TLS, "TLSv1.2");
	if (!secure)
		return;
	add_algorithms(c, told, ALGORITHM_USE_SIGNATURE, WSS_USE_SIGNATURE);
	if (message_key_opens(secure->key[service])) {
		add_algorithms(c, told, ALGORITHM_USE_ENCRYPTION, WSS_USE_ENCRYPTION);
		if (secure->oaep_sha1)
			add_algorithms(c, told, ALGORITHM_USE_ENCRYPTION, WSS_USE_OLD_ENCRYPTION);
	}
	add_algorithms(c, told, ALGORITHM_USE_DIGEST, WSS_USE_DIGEST);
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
	tell_algorithms(c, service, told);
	c->items_in = c->items_stored = 0;
	return 0;
}
