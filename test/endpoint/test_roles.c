/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The role matrix, made from the operation table: each role calls each operation of each service. What the table allows is
 * never refused for who asks; what it does not allow is refused with the code that says why, before anything of the content is
 * looked at, and noted. New rows of the table are covered by themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "endpoint/answered.h"
#include "endpoint/bindings.h"
#include "endpoint/serve.h"
#include "lib/mariadb.h"
#include "store/principal.h"
#include "store/security_event.h"

static const struct { const char *name; enum role role; } roles[] = {
	{ "aggregator", ROLE_AGGREGATOR }, { "trading", ROLE_TRADING }, { "dispatch", ROLE_DISPATCH },
	{ "regulator", ROLE_REGULATOR }, { "operator", ROLE_OPERATOR }, { "auditor", ROLE_AUDITOR },
};
enum { ROLES = sizeof roles / sizeof *roles };

static struct rules rules;
static struct hub hub;
static struct endpoint endpoint;
static struct guard *guard;
static struct db *db;
static struct endpoint_worker *worker;
static struct bytes message, answer;

static const char *path_of(const char *below)
{
	static char path[4][600];
	static int next;
	next = (next + 1) % 4;
	snprintf(path[next], sizeof path[next], "%s/%s", mariadb_source(), below);
	return path[next];
}

static const char *certificate_of(int role)
{
	static char hex[65];
	memset(hex, '0' + role, 64);
	return hex;
}

static int set_up(void **state)
{
	struct settings_error error;
	const char *why = "";
	(void)state;
	clock_trial(1781060400000);
	mariadb_migrated();
	db = mariadb_connect();
	for (int i = 0; i < ROLES; i++)
		assert_int_equal(principal_add(db, roles[i].name, roles[i].name, certificate_of(i), NULL), 0);
	if (rules_load(path_of("etc/rules/sichuan-2023.rules"), &rules, &error))
		fail_msg("%s", error.text);
	if (guard_new(path_of("schemas"), path_of("wsdl"), &(struct guard_limits){ 20, 3000, 100000 }, &guard, &why))
		fail_msg("%s", why);
	hub = (struct hub){ .name = "hub", .rules = &rules, .settle_ms = 5000, .created_past_ms = 86400000, .created_future_ms = 300000,
		.sample_past_ms = 86400000, .sample_future_ms = 60000, .most_diagnostics = 100 };
	endpoint = (struct endpoint){ .guard = guard, .hub = &hub, .target = *mariadb_target(), .principals = principal_book_new(),
		.security = security_log_new(), .answered = answered_new(), .codec_limits = { 32, 3000, 100000 } };
	return endpoint_worker_new(&endpoint, &worker);
}

static int tear_down(void **state)
{
	(void)state;
	endpoint_worker_free(worker);
	principal_book_free(endpoint.principals);
	security_log_free(endpoint.security);
	answered_free(endpoint.answered);
	guard_free(guard);
	rules_done(&rules);
	db_close(db);
	bytes_done(&message);
	bytes_done(&answer);
	return 0;
}

/* The code of the fault, "" if there is none. */
static const char *call(int role, enum service service, const char *operation)
{
	static char code[64];
	enum soap_version version;
	struct endpoint_wait wait;
	bytes_clear(&message);
	bytes_clear(&answer);
	assert_int_equal(bytes_printf(&message, "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><o:%s xmlns:o=\"%s\"/>"
				      "</e:Body></e:Envelope>", operation, service_namespace(service)), 0);
	endpoint_serve(worker, &(struct endpoint_message){ .service = service, .content_type = "text/xml", .body = message.p, .n = message.n,
		.peer_fingerprint = certificate_of(role), .peer_address = "192.0.2.1:1", .received_us = clock_machine_us() }, &answer, &version,
		&wait);
	const char *at = strstr(answer.p, "<vgi:code>");
	code[0] = '\0';
	if (at)
		snprintf(code, sizeof code, "%.*s", (int)strcspn(at + 10, "<"), at + 10);
	return code;
}

static bool has_zone(int role, enum service service)
{
	switch (service) {
	case SERVICE_AGGREGATOR: return !(roles[role].role & (ROLE_TRADING | ROLE_DISPATCH));
	case SERVICE_TRADING: return !(roles[role].role & (ROLE_AGGREGATOR | ROLE_DISPATCH));
	case SERVICE_DISPATCH: return !(roles[role].role & (ROLE_AGGREGATOR | ROLE_TRADING));
	default: return false;
	}
}

static void test_matrix(void **state)
{
	int allowed = 0, refused = 0;
	(void)state;
	for (size_t i = 0; i < OPERATION_N; i++)
		for (int r = 0; r < ROLES; r++) {
			const struct operation *op = &operations[i];
			const char *code = call(r, op->service, op->name);
			const char *want = !has_zone(r, op->service) ? "wrong-listener" : op->roles & roles[r].role ? NULL : "role-denied";
			if (want ? strcmp(code, want) != 0 : error_kind(error_by_code(code)) == ERROR_KIND_IDENTITY || !*code)
				fail_msg("%s calls %s of %s: have \"%s\", want \"%s\"", roles[r].name, op->name, service_name(op->service), code,
					 want ? want : "no word about who asks");
			want ? refused++ : allowed++;
		}
	assert_true(allowed > 0 && refused > allowed);
}

/* Whoever only watches may change nothing. */
static void test_watchers_only_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < OPERATION_N; i++)
		if (operations[i].roles & (ROLE_AUDITOR | ROLE_REGULATOR) && operations[i].repeat == REPEAT_STORED)
			fail_msg("%s stores, and may be called by an auditor or a regulator", operations[i].name);
}

/* Each row of the table allows somebody who can reach it, unless the hub calls it itself. */
static void test_all_reachable(void **state)
{
	(void)state;
	for (size_t i = 0; i < OPERATION_N; i++) {
		bool somebody = !bindings[operations[i].id];
		for (int r = 0; r < ROLES; r++)
			somebody |= has_zone(r, operations[i].service) && (operations[i].roles & roles[r].role);
		if (!somebody)
			fail_msg("nobody can call %s", operations[i].name);
	}
}

static void test_refusals_are_noted(void **state)
{
	int64_t n = 0;
	(void)state;
	assert_int_equal(db_exec(db, "DELETE FROM security_event", DB_NO_ARGS), 0);
	security_log_free(endpoint.security);
	endpoint.security = security_log_new();
	for (int i = 0; i < 20; i++)
		assert_string_equal(call(0, SERVICE_TRADING, "QueryBids"), "wrong-listener");
	assert_string_equal(call(3, SERVICE_TRADING, "QueryBids"), "role-denied");
	assert_int_equal(security_log_write(endpoint.security, db), 0);
	assert_int_equal(db_query_int(db, "SELECT n FROM security_event WHERE kind = 'wrong-listener' AND principal = 'aggregator'", DB_NO_ARGS, &n), 0);
	assert_int_equal(n, 20);
	assert_int_equal(db_query_int(db, "SELECT n FROM security_event WHERE kind = 'role-denied' AND principal = 'regulator'", DB_NO_ARGS, &n), 0);
	assert_int_equal(n, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_matrix), cmocka_unit_test(test_watchers_only_read),
		cmocka_unit_test(test_all_reachable), cmocka_unit_test(test_refusals_are_noted) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
