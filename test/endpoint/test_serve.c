/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Whole messages through endpoint_serve, in memory, on a real database: what is answered in which SOAP version and with which
 * HTTP status, what is stored, and what a database that is away does to it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "endpoint/answered.h"
#include "endpoint/serve.h"
#include "lib/mariadb.h"
#include "store/journal.h"
#include "store/principal.h"

#define CERTIFICATE "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DISPATCHER "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static struct rules rules;
static struct hub hub;
static struct endpoint endpoint;
static struct guard *guard;
static struct codec *codec;
static struct db *db;
static struct endpoint_worker *worker;
static int committed;

/* One exchange: what went in, what came out. */
static struct bytes message, answer;
static enum soap_version version;

static void on_commit(void *arg) { ++*(int *)arg; }

static const char *path_of(const char *below)
{
	static char path[4][600];
	static int next;
	next = (next + 1) % 4;
	snprintf(path[next], sizeof path[next], "%s/%s", mariadb_source(), below);
	return path[next];
}

static void open_shared(void)
{
	struct settings_error error;
	const char *why = "";
	if (rules_load(path_of("etc/rules/sichuan-2023.rules"), &rules, &error))
		fail_msg("%s", error.text);
	if (guard_new(path_of("schemas"), path_of("wsdl"), &(struct guard_limits){ 20, 3000, 100000 }, &guard, &why))
		fail_msg("%s", why);
	hub = (struct hub){ .name = "hub", .rules = &rules, .settle_ms = 5000, .created_past_ms = 86400000, .created_future_ms = 300000,
		.sample_past_ms = 86400000, .sample_future_ms = 60000, .most_diagnostics = 100 };
	endpoint = (struct endpoint){ .guard = guard, .hub = &hub, .target = *mariadb_target(), .principals = principal_book_new(),
		.answered = answered_new(), .numbers = journal_numbers_new(),
		.codec_limits = { 32, 3000, 100000 }, .committed = on_commit, .committed_arg = &committed };
}

static int set_up(void **state)
{
	(void)state;
	clock_trial(1781060400000);
	mariadb_migrated();
	db = mariadb_connect();
	assert_int_equal(principal_add(db, "A1", "aggregator", CERTIFICATE, NULL), 0);
	assert_int_equal(principal_add(db, "D", "dispatch", DISPATCHER, NULL), 0);
	codec = codec_new(NULL);
	open_shared();
	return endpoint_worker_new(&endpoint, &worker);
}

static int tear_down(void **state)
{
	(void)state;
	endpoint_worker_free(worker);
	principal_book_free(endpoint.principals);
	answered_free(endpoint.answered);
	journal_numbers_free(endpoint.numbers);
	guard_free(guard);
	rules_done(&rules);
	codec_free(codec);
	db_close(db);
	bytes_done(&message);
	bytes_done(&answer);
	return 0;
}

static struct header *header(const char *id, const char *sender)
{
	static char message_id[32], from[32];
	static struct header h;
	snprintf(message_id, sizeof message_id, "%s", id);
	snprintf(from, sizeof from, "%s", sender);
	h = (struct header){ .message_id = message_id, .sender = from, .created_at = { clock_business_ms() }, .revision = { 1 },
		.business_date = { DATE_NONE } };
	return &h;
}

static void write_message(enum operation_id op, const void *request, enum soap_version v)
{
	bytes_clear(&message);
	assert_int_equal(envelope_write_request(codec, operation_of(op), request, v, &message), 0);
}

static int send_as(struct endpoint_worker *w, enum service service, const char *certificate, const char *type, const char *action)
{
	bytes_clear(&answer);
	return endpoint_serve(w, &(struct endpoint_message){ .service = service, .content_type = type, .soap_action = action,
		.body = message.p, .n = message.n, .peer_fingerprint = certificate, .peer_address = "192.0.2.1:1",
		.received_us = clock_machine_us() }, &answer, &version, &(struct endpoint_wait){ 0 });
}

static int send(const char *type, const char *action)
{
	return send_as(worker, SERVICE_AGGREGATOR, CERTIFICATE, type, action);
}

static void ask_capabilities(enum soap_version v)
{
	struct agg_get_capabilities request = { .header = header("c", "A1") };
	write_message(OPERATION_agg_GetCapabilities, &request, v);
}

/* A ledger of no stations: the smallest message that is stored. */
static void report(const char *id, const char *name, enum soap_version v)
{
	char text[32];
	struct party party = { .id = (char[]){ "A1" }, .name = text, .address = (char[]){ "x" } };
	struct agg_report_ledger request = { .header = header(id, "A1"), .aggregator = &party };
	snprintf(text, sizeof text, "%s", name);
	write_message(OPERATION_agg_ReportLedger, &request, v);
}

static int64_t rows(void)
{
	int64_t n = -1;
	assert_int_equal(db_query_int(db, "SELECT COUNT(*) FROM message", DB_NO_ARGS, &n), 0);
	return n;
}

#define TEXT_XML "text/xml; charset=utf-8"
#define SOAP_XML "application/soap+xml; charset=utf-8"
#define NS_12 "http://www.w3.org/2003/05/soap-envelope"

/* -- form */
static void test_media_type(void **state)
{
	(void)state;
	ask_capabilities(SOAP_VERSION_11);
	assert_int_equal(send("application/json", NULL), 415);
	assert_non_null(strstr(answer.p, "http-media-type"));
	assert_int_equal(send(NULL, NULL), 415);
}

static void test_soap_action(void **state)
{
	(void)state;
	ask_capabilities(SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, "urn:vgi:aggregator:1/GetCapabilities"), 200);
	assert_int_equal(send(TEXT_XML, ""), 200);
	assert_int_equal(send(TEXT_XML, "urn:vgi:aggregator:1/FetchNotices"), 500);
	assert_non_null(strstr(answer.p, "unknown-operation"));
}

static void test_version_of_the_envelope(void **state)
{
	(void)state;
	ask_capabilities(SOAP_VERSION_12);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_int_equal(version, SOAP_VERSION_12);
	assert_non_null(strstr(answer.p, NS_12));
	ask_capabilities(SOAP_VERSION_11);
	assert_int_equal(send(SOAP_XML, NULL), 200);
	assert_int_equal(version, SOAP_VERSION_11);
	assert_null(strstr(answer.p, NS_12));
}

/* -- journal */
static void test_stored_once(void **state)
{
	int64_t before = rows();
	struct bytes first = BYTES_INIT;
	(void)state;
	committed = 0;
	report("once", "one", SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, ">accepted<"));
	assert_int_equal(bytes_add(&first, answer.p, answer.n), 0);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_int_equal(answer.n, first.n);
	assert_memory_equal(answer.p, first.p, first.n);
	assert_int_equal(rows(), before + 1);
	assert_int_equal(committed, 1);
	bytes_done(&first);
}

static void test_again_in_the_other_version(void **state)
{
	const char *stored, *again;
	(void)state;
	report("both", "one", SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	stored = strstr(answer.p, "storedId>");
	assert_non_null(stored);
	char id[40];
	snprintf(id, sizeof id, "%.*s", (int)strcspn(stored, "/"), stored);
	int64_t before = rows();
	report("both", "one", SOAP_VERSION_12);
	assert_int_equal(send(SOAP_XML, NULL), 200);
	assert_int_equal(version, SOAP_VERSION_12);
	assert_non_null(strstr(answer.p, NS_12));
	again = strstr(answer.p, id);
	assert_non_null(again);
	assert_int_equal(rows(), before);
}

static void test_id_of_other_content(void **state)
{
	(void)state;
	report("other", "one", SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	int64_t before = rows();
	report("other", "two", SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, ">rejected<"));
	assert_non_null(strstr(answer.p, "duplicate-message-id"));
	assert_int_equal(rows(), before);
}

/* A refusal is stored too, and told again. */
static void test_refused_again(void **state)
{
	(void)state;
	struct agg_acknowledge_control request = { .header = header("no-control", "A1"), .control_id = (char[]){ "nothing" },
		.decision = DECISION_ACCEPTED, .rows = { 1 } };
	write_message(OPERATION_agg_AcknowledgeControl, &request, SOAP_VERSION_11);
	int64_t before = rows();
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, "unknown-control"));
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, "unknown-control"));
	assert_int_equal(rows(), before + 1);
}

/* -- identity */
static void test_listener(void **state)
{
	(void)state;
	ask_capabilities(SOAP_VERSION_11);
	assert_int_equal(send_as(worker, SERVICE_AGGREGATOR, DISPATCHER, TEXT_XML, NULL), 500);
	assert_non_null(strstr(answer.p, "wrong-listener"));
	assert_null(strstr(answer.p, "DispatchService"));
}

/* -- the database away */
static void test_away_and_back(void **state)
{
	int64_t before = rows();
	(void)state;
	mariadb_kill();
	report("away", "one", SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, NULL), 503);
	assert_non_null(strstr(answer.p, "store-unavailable"));
	assert_non_null(strstr(answer.p, "<vgi:retry>true<"));
	mariadb_start();
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, ">accepted<"));
	assert_int_equal(rows(), before + 1);
}

/* A worker that began without a database serves as soon as there is one. */
static void test_worker_begun_while_away(void **state)
{
	struct endpoint_worker *late = NULL;
	(void)state;
	mariadb_kill();
	assert_int_equal(endpoint_worker_new(&endpoint, &late), 0);
	mariadb_start();
	report("late", "one", SOAP_VERSION_11);
	assert_int_equal(send_as(late, SERVICE_AGGREGATOR, CERTIFICATE, TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, ">accepted<"));
	endpoint_worker_free(late);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_media_type), cmocka_unit_test(test_soap_action), cmocka_unit_test(test_version_of_the_envelope),
		cmocka_unit_test(test_stored_once), cmocka_unit_test(test_again_in_the_other_version),
		cmocka_unit_test(test_id_of_other_content), cmocka_unit_test(test_refused_again), cmocka_unit_test(test_listener),
		cmocka_unit_test(test_away_and_back), cmocka_unit_test(test_worker_begun_while_away),
	};
	return cmocka_run_group_tests_name("serve", tests, set_up, tear_down);
}
