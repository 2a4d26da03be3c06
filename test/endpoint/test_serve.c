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
#include <pthread.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "endpoint/answered.h"
#include "endpoint/replay.h"
#include "endpoint/serve.h"
#include "lib/mariadb.h"
#include "store/control.h"
#include "store/journal.h"
#include "store/outbox.h"
#include "store/principal.h"
#include "security/seal.h"
#include "store/spool.h"

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
	vault_close(hub.vault);         /* of the file journal's tests */
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

static int64_t row_count(const char *sql)
{
	int64_t n = -1;
	assert_int_equal(db_query_int_at(db, sql, DB_NO_ARGS, &n), 0);
	return n;
}

/* A ledger with a station that cannot be, beside an operator that can or cannot: its handler has written by then. */
static void report_bad(const char *id, bool all, int32_t revision)
{
	struct pile pile = { .id = (char[]){ "P" }, .kind = PILE_KIND_AC, .rated_w = { -1 }, .connectors = { 1 } };
	struct station station = { .id = (char[]){ "S" }, .name = (char[]){ "S" }, .limit_w = { -1 }, .meter_no = (char[]){ "M" },
		.transformer_area = (char[]){ "T" }, .feeder = (char[]){ "F" }, .substation = (char[]){ "U" }, .n_pile = 1, .pile = &pile };
	struct party self = { .id = (char[]){ "A1" }, .name = (char[]){ "refused" }, .address = (char[]){ "x" } };
	struct party operator = { .id = (char[]){ "O1" }, .name = (char[]){ "operator" }, .address = (char[]){ "x" } };
	struct agg_report_ledger request = { .header = header(id, "A1"), .aggregator = &self, .n_pile_operator = all ? 0 : 1,
		.pile_operator = &operator, .n_station = 1, .station = &station };
	struct position position = { .longitude = { 0 }, .latitude = { 0 } };
	station.position = &position;
	request.header->revision.v = revision;
	write_message(OPERATION_agg_ReportLedger, &request, SOAP_VERSION_11);
}

/* All of its items refused: the message is, with every reason; its row is all there is of it, and answers it again. */
static void test_every_item_refused(void **state)
{
	struct bytes first = BYTES_INIT;
	(void)state;
	report("before", "standing", SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	int64_t before = rows();
	report_bad("all-bad", true, 50);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, "status>rejected<"));
	assert_non_null(strstr(answer.p, "path>station[1]/limitKw<"));
	assert_non_null(strstr(answer.p, "itemsReceived>2<"));
	assert_non_null(strstr(answer.p, "itemsStored>0<"));
	assert_int_equal(rows(), before + 1);
	assert_int_equal(row_count("SELECT COUNT(*) FROM message WHERE message_id = 'all-bad' AND status = 'rejected' AND items_in = 2"
		" AND items_stored = 0"), 1);
	assert_int_equal(row_count("SELECT COUNT(*) FROM aggregator WHERE aggregator_id = 'A1' AND name = 'standing'"), 1);
	assert_int_equal(bytes_add(&first, answer.p, answer.n), 0);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_int_equal(answer.n, first.n);
	assert_memory_equal(answer.p, first.p, first.n);
	assert_int_equal(rows(), before + 1);
	report_bad("half-bad", false, 1);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, "status>partlyAccepted<"));
	assert_int_equal(row_count("SELECT COUNT(*) FROM message WHERE message_id = 'half-bad' AND status = 'partly'"), 1);
	bytes_done(&first);
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

/* -- several at once */
enum { MOST = ENDPOINT_BATCH };
static struct bytes in[MOST], out[MOST];
static struct endpoint_exchange x[MOST];
static int ended[MOST], n_ended;

static void on_done(struct endpoint_exchange *e) { ended[n_ended++] = (int)(e - x); }

/* As the server does: what the worker leaves is given to one again, alone. */
static void serve_all(struct endpoint_worker *w, struct endpoint_exchange *e, size_t n)
{
	endpoint_serve_many(w, e, n);
	for (size_t i = 0; i < n; i++)
		if (e[i].alone)
			endpoint_serve_many(w, &e[i], 1);
}

/* What `message` holds is the i-th of a group. */
static void add(size_t i)
{
	bytes_clear(&in[i]);
	bytes_clear(&out[i]);
	assert_int_equal(bytes_add(&in[i], message.p, message.n), 0);
	x[i] = (struct endpoint_exchange){ .m = { .service = SERVICE_AGGREGATOR, .content_type = TEXT_XML, .body = in[i].p, .n = in[i].n,
		.peer_fingerprint = CERTIFICATE, .peer_address = "192.0.2.1:1", .received_us = clock_machine_us() }, .answer = &out[i],
		.done = on_done };
}

static void refusal(const char *id)
{
	struct agg_acknowledge_control request = { .header = header(id, "A1"), .control_id = (char[]){ "nothing" },
		.decision = DECISION_ACCEPTED, .rows = { 1 } };
	write_message(OPERATION_agg_AcknowledgeControl, &request, SOAP_VERSION_11);
}

static int64_t status_of(const char *name)
{
	struct db_rows *r = NULL;
	int64_t n = -1;
	assert_int_equal(db_query(db, "SELECT CAST(VARIABLE_VALUE AS SIGNED), VARIABLE_NAME FROM information_schema.GLOBAL_STATUS"
				      " WHERE VARIABLE_NAME IN ('COM_COMMIT', 'COM_ROLLBACK')", DB_NO_ARGS, &r), 0);
	while (db_next(r) > 0)
		if (!strcmp(db_text(r, 1), name))
			n = db_int(r, 0);
	db_rows_done(r);
	return n;
}

/* Stored, refused, broken and repeated ones, and one that asks: each is answered as it would be alone, and those that can be
 * stored together are, in one transaction. */
static void test_group(void **state)
{
	(void)state;
	report("warm", "one", SOAP_VERSION_11);         /* a block of numbers is there */
	assert_int_equal(send(TEXT_XML, NULL), 200);
	int64_t before = rows(), commits = status_of("COM_COMMIT");
	report("g1", "one", SOAP_VERSION_11), add(0);
	refusal("g2"), add(1);
	bytes_clear(&message), bytes_adds(&message, "<x/>"), add(2);
	ask_capabilities(SOAP_VERSION_11), add(3);
	report("g3", "three", SOAP_VERSION_11), add(4);
	n_ended = committed = 0;
	serve_all(worker, x, 5);
	assert_int_equal(n_ended, 5);
	assert_int_equal(ended[0], 2);                  /* what needs no commit does not wait for one */
	assert_int_equal(ended[1], 3);
	assert_non_null(strstr(out[0].p, ">accepted<"));
	assert_non_null(strstr(out[1].p, "unknown-control"));
	assert_int_equal(x[2].status, 500);
	assert_non_null(strstr(out[3].p, "GetCapabilitiesResponse"));
	assert_non_null(strstr(out[4].p, ">accepted<"));
	assert_int_equal(rows(), before + 3);
	assert_true(committed >= 1 && committed <= 3);  /* one, unless the machine is very slow */
	assert_int_equal(status_of("COM_COMMIT"), commits + committed);
}

static void queue_control(const char *id, const char *peer)
{
	int64_t seq;
	assert_int_equal(outbox_put(db, &(struct outbox_message){ .peer = peer, .operation = CONTROL_OPERATION, .message_id = id,
		.trace_id = "t", .caused_by_seq = VALUE_NONE, .channel = OUTBOX_FETCH, .body = "", .items = 2, .expires_ms = VALUE_NONE }, &seq), 0);
}

static void acknowledge(const char *id, const char *control, enum decision decision, int rows)
{
	char control_id[32];
	struct agg_acknowledge_control request = { .header = header(id, "A1"), .control_id = control_id, .decision = decision,
		.rows = { rows } };
	snprintf(control_id, sizeof control_id, "%s", control);
	write_message(OPERATION_agg_AcknowledgeControl, &request, SOAP_VERSION_11);
}

static const char *state_of(const char *control)
{
	struct arena *a = arena_new(0);
	struct outbox_message m;
	assert_int_equal(outbox_find(a, db, control, &m), 0);
	const char *name = outbox_state_name(m.state);
	arena_free(a);
	return name;
}

/* Acknowledgements that come together are looked up together, and each is answered as it would be alone. */
static void test_group_of_acknowledgements(void **state)
{
	(void)state;
	queue_control("C1", "A1"), queue_control("C2", "A2"), queue_control("C3", "A1"), queue_control("C4", "A1");
	acknowledge("k1", "C1", DECISION_ACCEPTED, 2), add(0);
	acknowledge("k2", "C2", DECISION_ACCEPTED, 2), add(1);          /* another's */
	acknowledge("k3", "C9", DECISION_ACCEPTED, 2), add(2);          /* nobody's */
	acknowledge("k4", "C3", DECISION_ACCEPTED, 3), add(3);          /* it has two rows */
	acknowledge("k5", "C1", DECISION_REFUSED, 0), add(4);           /* accepted by the first */
	acknowledge("k6", "C4", DECISION_ACCEPTED, 2), add(5);
	acknowledge("k1", "C1", DECISION_ACCEPTED, 2), add(6);          /* the first again */
	report("k7", "one", SOAP_VERSION_11), add(7);
	n_ended = 0;
	serve_all(worker, x, 8);
	assert_int_equal(n_ended, 8);
	for (size_t i = 0; i < 8; i++) {
		static const char *const wanted[8] = { ">accepted<", "unknown-control", "unknown-control", "out-of-range",
			"unknown-control", ">accepted<", ">accepted<", ">accepted<" };
		assert_int_equal(x[i].status, 200);
		if (!strstr(out[i].p, wanted[i]))
			fail_msg("message %zu: not %s: %s", i, wanted[i], out[i].p);
	}
	assert_string_equal(state_of("C1"), "accepted");
	assert_string_equal(state_of("C2"), "queued");
	assert_string_equal(state_of("C3"), "queued");
	assert_string_equal(state_of("C4"), "accepted");
}

/* The same message three times and another under its id, together. */
static void test_group_of_one_id(void **state)
{
	int64_t before = rows();
	(void)state;
	for (size_t i = 0; i < 3; i++)
		report("same", "one", SOAP_VERSION_11), add(i);
	report("same", "two", SOAP_VERSION_11), add(3);
	report("else", "two", SOAP_VERSION_11), add(4);
	n_ended = 0;
	serve_all(worker, x, 5);
	assert_int_equal(n_ended, 5);
	assert_int_equal(rows(), before + 2);
	for (size_t i = 1; i < 3; i++) {
		assert_int_equal(out[i].n, out[0].n);
		assert_memory_equal(out[i].p, out[0].p, out[0].n);
	}
	assert_non_null(strstr(out[3].p, "duplicate-message-id"));
	assert_non_null(strstr(out[4].p, ">accepted<"));
}

/* One that is known among new ones, of a worker that did not meet any yet: what the others did is undone with it and done again, and it
 * gets its first answer. The worker asks from then on. */
static void test_group_with_known(void **state)
{
	struct endpoint_worker *fresh = NULL;
	struct bytes first = BYTES_INIT;
	(void)state;
	assert_int_equal(endpoint_worker_new(&endpoint, &fresh), 0);
	report("known", "one", SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_int_equal(bytes_add(&first, answer.p, answer.n), 0);
	int64_t before = rows();
	for (int turn = 0; turn < 2; turn++) {
		report("n1", "one", SOAP_VERSION_11), add(0);
		refusal("n2"), add(1);
		report("known", "one", SOAP_VERSION_11), add(2);
		report("n3", "three", SOAP_VERSION_11), add(3);
		report("known", "two", SOAP_VERSION_11), add(4);
		n_ended = 0;
		serve_all(fresh, x, 5);
		assert_int_equal(n_ended, 5);
		assert_int_equal(rows(), before + 3);
		assert_non_null(strstr(out[0].p, ">accepted<"));
		assert_non_null(strstr(out[1].p, "unknown-control"));
		assert_int_equal(out[2].n, first.n);
		assert_memory_equal(out[2].p, first.p, first.n);
		assert_non_null(strstr(out[3].p, ">accepted<"));
		assert_non_null(strstr(out[4].p, "duplicate-message-id"));
	}
	bytes_done(&first);
	endpoint_worker_free(fresh);
}

/* Two workers with the same messages in groups, in other orders: each has one row, and both get its answer. */
enum { IDS = 64, GROUP = 8 };
struct race { struct endpoint_worker *w; struct bytes in[IDS], out[IDS]; struct endpoint_exchange x[IDS]; int turn, done; };

static void on_race(struct endpoint_exchange *e) { ++*(int *)e->arg; }

static void *run_race(void *arg)
{
	struct race *r = arg;
	for (int from = 0; from < IDS; from += GROUP)
		serve_all(r->w, &r->x[from], GROUP);
	db_thread_end();
	return NULL;
}

static void test_groups_race(void **state)
{
	static struct race race[2];
	int64_t before = rows();
	pthread_t thread[2];
	(void)state;
	for (int k = 0; k < 2; k++) {
		struct race *r = &race[k];
		assert_int_equal(endpoint_worker_new(&endpoint, &r->w), 0);
		for (int i = 0; i < IDS; i++) {
			int no = k ? i ^ 5 : i;
			char id[16];
			snprintf(id, sizeof id, "race-%d", no);
			if (no % 4 == 3)
				refusal(id);
			else
				report(id, id, SOAP_VERSION_11);
			assert_int_equal(bytes_add(&r->in[i], message.p, message.n), 0);
			r->x[i] = (struct endpoint_exchange){ .m = { .service = SERVICE_AGGREGATOR, .content_type = TEXT_XML, .body = r->in[i].p,
				.n = r->in[i].n, .peer_fingerprint = CERTIFICATE, .peer_address = "192.0.2.1:1" }, .answer = &r->out[i],
				.done = on_race, .arg = &r->done };
		}
	}
	for (int k = 0; k < 2; k++)
		assert_int_equal(pthread_create(&thread[k], NULL, run_race, &race[k]), 0);
	for (int k = 0; k < 2; k++)
		pthread_join(thread[k], NULL);
	assert_int_equal(race[0].done + race[1].done, 2 * IDS);
	for (int i = 0; i < IDS; i++) {
		const struct bytes *one = &race[0].out[i], *two = &race[1].out[i ^ 5];
		assert_int_equal(race[0].x[i].status, 200);
		assert_int_equal(one->n, two->n);
		assert_memory_equal(one->p, two->p, one->n);
	}
	assert_int_equal(rows(), before + IDS);
	for (int k = 0; k < 2; k++) {
		endpoint_worker_free(race[k].w);
		for (int i = 0; i < IDS; i++)
			bytes_done(&race[k].in[i]), bytes_done(&race[k].out[i]);
	}
}

/* -- the file journal */
static struct spool *spool;
static char spool_dir[600];

static void open_spool(void)
{
	spool_close(spool);
	spool = NULL;
	assert_int_equal(spool_open(spool_dir, 1 << 20, &spool), 0);
	hub.spool = spool;
}

static void ask_status(const char *id)
{
	struct agg_query_message_status request = { .header = header("q", "A1"), .message_id = (char[32]){ "" } };
	snprintf(request.message_id, 32, "%s", id);
	write_message(OPERATION_agg_QueryMessageStatus, &request, SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, NULL), 200);
}

/* Keys under which the file journal is sealed. */
static struct vault *open_vault(void)
{
	struct keyfile_error error;
	struct vault *vault = NULL;
	char path[600];
	snprintf(path, sizeof path, "%s/spool-keys", mariadb_folder());
	assert_int_equal(keyfile_create(path, &error), 0);
	assert_int_equal(vault_open(path, SUITE_INTERNATIONAL, &vault, &error), 0);
	return vault;
}

/* Whether a text stands in any file of the file journal. */
static bool spooled_in_the_clear(const char *text)
{
	char command[800];
	snprintf(command, sizeof command, "grep -rqF '%s' '%s'", text, spool_dir);
	return system(command) == 0;
}

static bool at_once(void *arg) { return !arg; }

static void test_reports_wait_in_a_file(void **state)
{
	struct bytes first = BYTES_INIT;
	struct replay *replay = NULL;
	(void)state;
	snprintf(spool_dir, sizeof spool_dir, "%s/spool", mariadb_folder());
	assert_int_equal(mkdir(spool_dir, 0700), 0);
	open_spool();
	report("taken", "one", SOAP_VERSION_11);        /* before the outage */
	assert_int_equal(send(TEXT_XML, NULL), 200);
	int64_t before = rows();
	mariadb_kill();
	report("f1", "one", SOAP_VERSION_11);           /* a ledger has contacts: without keys it does not wait on a disk */
	assert_int_equal(send(TEXT_XML, NULL), 503);
	hub.vault = open_vault();
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_true(spooled_in_the_clear("f1"));
	assert_false(spooled_in_the_clear("Envelope"));
	assert_non_null(strstr(answer.p, ">received<"));
	assert_null(strstr(answer.p, "storedId"));
	assert_int_equal(bytes_add(&first, answer.p, answer.n), 0);
	assert_int_equal(send(TEXT_XML, NULL), 200);    /* again: the same answer, one record */
	assert_int_equal(answer.n, first.n);
	assert_memory_equal(answer.p, first.p, first.n);
	assert_int_equal(spool_waiting(spool), 1);
	report("f1", "two", SOAP_VERSION_11);           /* another under its id */
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, "duplicate-message-id"));
	refusal("f2");                                  /* what must be decided now, and what asks */
	assert_int_equal(send(TEXT_XML, NULL), 503);
	assert_non_null(strstr(answer.p, "<vgi:retry>true<"));
	report("taken", "other", SOAP_VERSION_11);      /* its id is used: that shows later */
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, ">received<"));
	report("f3", "last", SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_int_equal(spool_waiting(spool), 3);

	open_spool();                                   /* the daemon ends meanwhile */
	assert_int_equal(spool_waiting(spool), 3);
	mariadb_start();
	refusal("f2");                                  /* not before what waits of its sender */
	assert_int_equal(send(TEXT_XML, NULL), 503);
	report("f4", "later", SOAP_VERSION_11);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, ">received<"));
	ask_status("f3");
	assert_non_null(strstr(answer.p, "state>received<"));
	assert_int_equal(rows(), before);

	assert_int_equal(replay_new(&endpoint, &replay), 0);
	assert_int_equal(replay_all(replay, at_once, NULL), E_STOPPING);        /* told to end: the rest at the next start */
	assert_int_equal(spool_waiting(spool), 4);
	assert_int_equal(replay_all(replay, NULL, NULL), 0);
	assert_int_equal(replay_all(replay, NULL, NULL), 0);
	assert_int_equal(spool_waiting(spool), 0);
	assert_int_equal(rows(), before + 3);
	int64_t n = 0;
	assert_int_equal(db_query_int(db, "SELECT COUNT(*) FROM message a JOIN message b ON a.message_id = 'f1' AND b.message_id = 'f3'"
		" AND a.seq < b.seq JOIN message c ON c.message_id = 'f4' AND b.seq < c.seq", DB_NO_ARGS, &n), 0);
	assert_int_equal(n, 1);
	ask_status("f3");
	assert_non_null(strstr(answer.p, "state>stored<"));
	ask_status("taken");
	assert_non_null(strstr(answer.p, "state>duplicate<"));
	assert_non_null(strstr(answer.p, "duplicate-message-id"));
	ask_status("never");
	assert_non_null(strstr(answer.p, "state>unknown<"));
	report("f1", "one", SOAP_VERSION_11);           /* now it has an answer of its own */
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, ">accepted<"));
	assert_int_equal(rows(), before + 3);
	replay_free(replay);
	hub.spool = NULL;
	spool_close(spool);
	spool = NULL;
	bytes_done(&first);
}

static int faults_left;

static int broken(const char *operation)
{
	return !strcmp(operation, "ReportLedger") && faults_left-- > 0 ? E_INTERNAL : 0;
}

static int64_t alarms(const char *reference)
{
	int64_t n = -1;
	assert_int_equal(db_query_int(db, "SELECT COUNT(*) FROM event WHERE kind = 'replay-aside' AND reference = ? AND subject = 'A1'",
		DB_ARGS(DB_TEXT(reference)), &n), 0);
	return n;
}

static void replay(int error)
{
	struct replay *r = NULL;
	assert_int_equal(replay_new(&endpoint, &r), 0);
	assert_int_equal(replay_all(r, NULL, NULL), error);
	replay_free(r);
}

/* A defect of ours costs no message that was acknowledged. */
static void test_set_aside_and_tried_again(void **state)
{
	size_t aside = 0;
	(void)state;
	open_spool();
	mariadb_kill();
	for (int i = 0; i < 3; i++) {
		report((const char *[]){ "s1", "s2", "s3" }[i], "aside", SOAP_VERSION_11);
		assert_int_equal(send(TEXT_XML, NULL), 200);
		assert_non_null(strstr(answer.p, ">received<"));
	}
	mariadb_start();
	int64_t before = rows();
	hub.fault = broken;
	faults_left = 1;                                /* s1 */
	replay(0);
	assert_int_equal(spool_waiting(spool), 0);
	assert_int_equal(rows(), before + 2);
	assert_int_equal(spool_aside_count(spool_dir, &aside), 0);
	assert_int_equal(aside, 1);
	assert_int_equal(alarms("s1"), 1);
	assert_int_equal(alarms("s2"), 0);
	ask_status("s1");
	assert_non_null(strstr(answer.p, "state>received<"));
	assert_non_null(strstr(answer.p, "detail>internal<"));
	assert_null(strstr(answer.p, "state>rejected<"));
	ask_status("s2");
	assert_non_null(strstr(answer.p, "state>stored<"));
	report("s4", "goes on", SOAP_VERSION_11);       /* its sender is not held up */
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, ">accepted<"));

	open_spool();                                   /* a start: it fails once more */
	faults_left = 1;
	replay(0);
	assert_int_equal(alarms("s1"), 2);
	open_spool();                                   /* one with the defect mended */
	faults_left = 0;
	replay(0);
	assert_int_equal(spool_aside_count(spool_dir, &aside), 0);
	assert_int_equal(aside, 0);
	ask_status("s1");
	assert_non_null(strstr(answer.p, "state>stored<"));
	hub.fault = NULL;
	hub.spool = NULL;
	spool_close(spool);
	spool = NULL;
}

static void test_status_tells_why(void **state)
{
	(void)state;
	refusal("why");
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, ">rejected<"));
	char *code = strstr(answer.p, "code>"), told[64] = "";
	assert_non_null(code);
	snprintf(told, sizeof told, "%.*s", (int)strcspn(code, "<") + 1, code);
	ask_status("why");
	assert_non_null(strstr(answer.p, "state>rejected<"));
	assert_non_null(strstr(answer.p, told));
	assert_non_null(strstr(answer.p, "textZh>"));
	report("fine", "x", SOAP_VERSION_12);
	assert_int_equal(send(SOAP_XML, NULL), 200);
	ask_status("fine");
	assert_non_null(strstr(answer.p, "state>stored<"));
	assert_null(strstr(strstr(answer.p, "state>stored<"), "diagnostic"));
	report_bad("part", false, 1);
	assert_int_equal(send(TEXT_XML, NULL), 200);
	assert_non_null(strstr(answer.p, "status>partlyAccepted<"));
	ask_status("part");
	char *stored = strstr(answer.p, "state>stored<");
	assert_non_null(stored);
	assert_non_null(strstr(stored, "code>negative-value<"));
	assert_non_null(strstr(stored, "severity>error<"));
	assert_non_null(strstr(stored, "path>station[1]/limitKw<"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_media_type), cmocka_unit_test(test_soap_action), cmocka_unit_test(test_version_of_the_envelope),
		cmocka_unit_test(test_stored_once), cmocka_unit_test(test_again_in_the_other_version),
		cmocka_unit_test(test_id_of_other_content), cmocka_unit_test(test_refused_again),
		cmocka_unit_test(test_every_item_refused), cmocka_unit_test(test_listener),
		cmocka_unit_test(test_away_and_back), cmocka_unit_test(test_worker_begun_while_away),
		cmocka_unit_test(test_group), cmocka_unit_test(test_group_of_acknowledgements),
		cmocka_unit_test(test_group_of_one_id), cmocka_unit_test(test_group_with_known),
		cmocka_unit_test(test_groups_race),
		cmocka_unit_test(test_reports_wait_in_a_file),
		cmocka_unit_test(test_set_aside_and_tried_again), cmocka_unit_test(test_status_tells_why),
	};
	return cmocka_run_group_tests_name("serve", tests, set_up, tear_down);
}
