/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What messages said stays, also when a later revision has taken their effect away: of whom, sealed or not, in groups, from the file
 * journal, through a rotation of keys; and of what was refused nothing does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/timegrid.h"
#include "codec/soap/envelope.h"
#include "endpoint/answered.h"
#include "endpoint/history.h"
#include "endpoint/replay.h"
#include "endpoint/serve.h"
#include "handler/protect.h"
#include "lib/mariadb.h"
#include "store/control.h"
#include "store/journal.h"
#include "store/outbox.h"
#include "store/principal.h"
#include "store/spool.h"

#define AGGREGATOR "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define TRADING "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define TEXT_XML "text/xml; charset=utf-8"

static struct rules rules;
static struct hub hub;
static struct endpoint endpoint;
static struct guard *guard;
static struct codec *codec;
static struct db *db;
static struct arena *a;
static struct endpoint_worker *worker;
static struct vault *vault;
static char keys[600];

enum { MOST = 8 };
static struct bytes in[MOST], out[MOST], message, text;
static struct endpoint_exchange x[MOST];

static const char *path_of(const char *below)
{
	static char path[4][600];
	static int next;
	next = (next + 1) % 4;
	snprintf(path[next], sizeof path[next], "%s/%s", mariadb_source(), below);
	return path[next];
}

static void open_vault(void)
{
	struct keyfile_error error;
	vault_close(vault);
	assert_int_equal(vault_open(keys, SUITE_INTERNATIONAL, &vault, &error), 0);
	hub.vault = vault;
}

static int set_up(void **state)
{
	struct settings_error error;
	const char *why = "";
	(void)state;
	clock_trial(1781060400000);             /* 2026-06-10T11:00+08:00 */
	mariadb_migrated();
	db = mariadb_connect();
	a = arena_new(0);
	assert_int_equal(principal_add(db, "A1", "aggregator", AGGREGATOR, NULL), 0);
	assert_int_equal(principal_add(db, "T", "trading", TRADING, NULL), 0);
	codec = codec_new(NULL);
	if (rules_load(path_of("etc/rules/sichuan-2023.rules"), &rules, &error))
		fail_msg("%s", error.text);
	if (guard_new(path_of("schemas"), path_of("wsdl"), &(struct guard_limits){ 20, 3000, 100000 }, &guard, &why))
		fail_msg("%s", why);
	hub = (struct hub){ .name = "hub", .rules = &rules, .settle_ms = 5000, .created_past_ms = 86400000, .created_future_ms = 300000,
		.sample_past_ms = 86400000, .sample_future_ms = 60000, .most_diagnostics = 100 };
	endpoint = (struct endpoint){ .guard = guard, .hub = &hub, .target = *mariadb_target(), .principals = principal_book_new(),
		.answered = answered_new(), .numbers = journal_numbers_new(), .codec_limits = { 32, 3000, 100000 } };
	struct keyfile_error key_error;
	snprintf(keys, sizeof keys, "%s/keys", mariadb_folder());
	assert_int_equal(keyfile_create(keys, &key_error), 0);
	open_vault();
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
	arena_free(a);
	db_close(db);
	for (int i = 0; i < MOST; i++)
		bytes_done(&in[i]), bytes_done(&out[i]);
	bytes_done(&message);
	bytes_done(&text);
	vault_close(vault);
	return 0;
}

/* -- messages */
static struct header *header(const char *id, const char *sender, int32_t revision)
{
	static char message_id[32], from[32], trace[] = "told-trace";
	static struct header h;
	snprintf(message_id, sizeof message_id, "%s", id);
	snprintf(from, sizeof from, "%s", sender);
	h = (struct header){ .message_id = message_id, .sender = from, .created_at = { clock_business_ms() }, .revision = { revision },
		.business_date = { DATE_NONE }, .trace_id = trace };
	return &h;
}

static void write_message(enum operation_id op, const void *request)
{
	bytes_clear(&message);
	assert_int_equal(envelope_write_request(codec, operation_of(op), request, SOAP_VERSION_11, &message), 0);
}

static struct party party(const char *id, const char *name, const char *contact)
{
	static char address[] = "Chengdu";
	return (struct party){ .id = (char *)(uintptr_t)id, .name = (char *)(uintptr_t)name, .address = address,
		.contact = (char *)(uintptr_t)contact };
}

static struct pile pile = { .id = (char[]){ "P" }, .kind = PILE_KIND_AC, .rated_w = { 7000 }, .connectors = { 1 } };
static struct position position = { .longitude = { 0 }, .latitude = { 0 } };
static struct station station = { .id = (char[]){ "S" }, .name = (char[]){ "S" }, .limit_w = { 20000 }, .meter_no = (char[]){ "M" },
	.transformer_area = (char[]){ "T" }, .feeder = (char[]){ "F" }, .substation = (char[]){ "U" }, .n_pile = 1, .pile = &pile,
	.position = &position };

/* A ledger of one station, or of what is given beside it. */
static void ledger(const char *id, int32_t revision, const char *name, const char *contact)
{
	struct party owner = party("A1", name, contact);
	struct agg_report_ledger m = { .header = header(id, "A1", revision), .aggregator = &owner, .n_station = 1, .station = &station };
	write_message(OPERATION_agg_ReportLedger, &m);
}

static void notice(const char *id, int32_t revision, const char *title)
{
	int64_t start = 0, end = 0, gate = 0;
	assert_int_equal(time_parse("2026-06-10T18:00:00+08:00", &start) | time_parse("2026-06-10T19:00:00+08:00", &end) |
		time_parse("2026-06-10T14:30:00+08:00", &gate), 0);
	struct notice_period period = { { start }, { end }, WINDOW_SHAVE, { 2000000 }, { 400000 } };
	struct notice n = { .notice_id = (char[]){ "N1" }, .product = (char[]){ "peak-regulation" }, .title = (char *)(uintptr_t)title,
		.text = (char[]){ "terms" }, .trade_date = { date_from_civil(2026, 6, 10) }, .gate_close = { gate }, .n_period = 1, .period = &period };
	struct trd_publish_market_notice m = { header(id, "T", revision), &n };
	m.header->business_date.v = date_from_civil(2026, 6, 10);
	write_message(OPERATION_trd_PublishMarketNotice, &m);
}

static void on_done(struct endpoint_exchange *e) { (void)e; }

static void add(size_t i, bool trading)
{
	bytes_clear(&in[i]);
	bytes_clear(&out[i]);
	assert_int_equal(bytes_add(&in[i], message.p, message.n), 0);
	x[i] = (struct endpoint_exchange){ .m = { .service = trading ? SERVICE_TRADING : SERVICE_AGGREGATOR, .content_type = TEXT_XML,
		.body = in[i].p, .n = in[i].n, .peer_fingerprint = trading ? TRADING : AGGREGATOR, .peer_address = "192.0.2.1:1",
		.received_us = clock_machine_us() }, .answer = &out[i], .done = on_done };
}

static void serve(size_t n)
{
	endpoint_serve_many(worker, x, n);
	for (size_t i = 0; i < n; i++)
		if (x[i].alone)
			endpoint_serve_many(worker, &x[i], 1);
}

static void send(bool trading, const char *status)
{
	add(0, trading);
	serve(1);
	if (!strstr(out[0].p, status))
		fail_msg("not %s: %s", status, out[0].p);
}

/* -- what is kept */
static int64_t count(const char *sql)
{
	int64_t n = -1;
	assert_int_equal(db_query_int_at(db, sql, DB_NO_ARGS, &n), 0);
	return n;
}

static int64_t kept(void) { return count("SELECT COUNT(*) FROM message_content"); }

static struct content content_of(const char *sender, const char *id)
{
	struct content c = { 0 };
	assert_int_equal(content_find(a, db, sender, id, &c), 0);
	return c;
}

static const char *said(const char *sender, const char *id)
{
	struct content c = content_of(sender, id);
	assert_int_equal(history_open(a, vault, sender, id, &c, &text), 0);
	return text.p;
}

static void assert_said(const char *sender, const char *id, const char *words)
{
	if (!strstr(said(sender, id), words))
		fail_msg("%s does not say %s: %s", id, words, text.p);
}

static void both_revisions_of_a_notice(void **state)
{
	struct journal_list list;
	(void)state;
	notice("n-1", 1, "first-title");
	send(true, ">accepted<");
	notice("n-2", 2, "second-title");
	send(true, ">accepted<");
	notice("n-3", 1, "outdated-title");
	send(true, "revision-outdated");
	notice("n-1", 1, "first-title");                /* again: no second row */
	send(true, ">accepted<");
	assert_int_equal(count("SELECT COUNT(*) FROM notice WHERE title = 'second-title'"), 1);
	assert_int_equal(count("SELECT COUNT(*) FROM notice WHERE title = 'first-title'"), 0);
	assert_int_equal(kept(), 2);
	assert_said("T", "n-1", "title>first-title<");
	assert_null(strstr(text.p, "told-trace"));      /* what its digest leaves out too */
	assert_said("T", "n-2", "title>second-title<");
	assert_int_equal(count("SELECT COUNT(*) FROM message_content WHERE form = 'gzip' AND sealed = 0 AND seal_head IS NULL"), 2);
	struct content none;
	assert_int_equal(content_find(a, db, "T", "n-3", &none), E_NOTHING);
	assert_int_equal(content_find(a, db, "A1", "n-1", &none), E_NOTHING);
	assert_int_equal(journal_alike(a, db, "T", "n-1", 10, &list), 0);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.item[0].message_id, "n-2");
	assert_int_equal(list.item[0].revision, 2);
	assert_string_equal(list.item[1].message_id, "n-1");
	assert_int_equal(journal_alike(a, db, "T", "n-1", 1, &list), 0);
	assert_int_equal(list.n, 1);
}

static void both_revisions_of_a_ledger_sealed(void **state)
{
	int64_t before = kept();
	(void)state;
	ledger("l-1", 1, "name-before", "Zhuge Kongming");
	send(false, ">accepted<");
	ledger("l-2", 2, "name-after", NULL);
	send(false, ">accepted<");
	assert_int_equal(kept(), before + 2);
	assert_said("A1", "l-1", "name>name-before<");
	assert_said("A1", "l-1", "contact>Zhuge Kongming<");
	assert_said("A1", "l-2", "name>name-after<");
	assert_int_equal(count("SELECT COUNT(*) FROM message_content c JOIN message m ON m.seq = c.seq WHERE m.sender = 'A1' AND c.sealed = 1"
		" AND c.seal_head = LEFT(c.content, 6)"), 2);
	struct content c = content_of("A1", "l-1");
	assert_true(c.sealed && c.gzip);
	assert_int_equal(history_open(a, NULL, "A1", "l-1", &c, &text), E_CONFIG);
	assert_int_equal(history_open(a, vault, "A1", "l-2", &c, &text), E_FORMAT);     /* it stands in its place only */
	((unsigned char *)(uintptr_t)c.bytes.p)[c.bytes.n - 1] ^= 1;
	assert_int_equal(history_open(a, vault, "A1", "l-1", &c, &text), E_FORMAT);
}

/* What a personal message said is not written to the disk in the clear; what is not personal needs no key. */
static void without_a_key_file(void **state)
{
	int64_t before = kept();
	(void)state;
	hub.vault = NULL;
	ledger("w-1", 2, "no-key", NULL);
	send(false, ">accepted<");
	assert_int_equal(kept(), before);
	notice("w-2", 3, "no-key");
	send(true, ">accepted<");
	assert_int_equal(kept(), before + 1);
	hub.vault = vault;
	assert_said("T", "w-2", "title>no-key<");
}

static void session(const char *id, const char *user)
{
	static char plate[] = "川A12345";
	struct session s[2];
	struct agg_report_sessions m = { .header = header(id, "A1", 1), .n_session = 2, .session = s };
	int64_t now = clock_business_ms();
	for (int i = 0; i < 2; i++)
		s[i] = (struct session){ .id = (char *)(uintptr_t)(i ? "C2" : "C1"), .pile_id = (char *)(uintptr_t)(i ? "NOBODYS" : "P"),
			.arrival = { now + 3600000 }, .departure = { now + 4 * 3600000 }, .need_wh = { 7000 }, .max_w = { 7000 },
			.wish_wh = { VALUE_NONE }, .wish_departure = { TIME_NONE }, .plate = plate,
			.user_id = (char *)(uintptr_t)user };
	write_message(OPERATION_agg_ReportSessions, &m);
}

/* Partly accepted. The user is known by a hash, and the message's digest still tells it from one of another user. */
static void sessions_without_their_users(void **state)
{
	(void)state;
	ledger("u-0", 2, "name", NULL);
	send(false, ">accepted<");
	session("u-1", "wang.wu");
	send(false, ">partlyAccepted<");
	assert_said("A1", "u-1", "plate>川A12345<");
	assert_said("A1", "u-1", "pileId>NOBODYS<");
	assert_null(strstr(text.p, "wang.wu"));
	assert_null(strstr(text.p, "userId"));
	assert_int_equal(count("SELECT COUNT(*) FROM session WHERE session_id = 'C1' AND user_pseudonym IS NOT NULL"), 1);
	session("u-1", "wang.wu");
	send(false, ">partlyAccepted<");
	session("u-1", "li.si");
	send(false, "duplicate-message-id");
	session("u-2", NULL);
	send(false, ">partlyAccepted<");
	assert_said("A1", "u-2", "plate>川A12345<");
}

static void queue_control(const char *id)
{
	int64_t seq;
	assert_int_equal(outbox_put(db, &(struct outbox_message){ .peer = "A1", .operation = CONTROL_OPERATION, .message_id = id,
		.trace_id = "t", .caused_by_seq = VALUE_NONE, .channel = OUTBOX_FETCH, .body = "", .items = 2, .expires_ms = VALUE_NONE }, &seq), 0);
}

static void acknowledge(const char *id, const char *control)
{
	struct agg_acknowledge_control m = { .header = header(id, "A1", 1), .control_id = (char *)(uintptr_t)control,
		.decision = DECISION_ACCEPTED, .rows = { 2 } };
	write_message(OPERATION_agg_AcknowledgeControl, &m);
}

/* Kept, refused, not to be kept, repeated and of another service, in one go. */
static void a_group(void **state)
{
	int64_t before = kept();
	(void)state;
	queue_control("C-1");
	ledger("g-1", 2, "group-one", NULL), add(0, false);
	acknowledge("g-2", "C-1"), add(1, false);
	ledger("g-3", 1, "group-outdated", NULL), add(2, false);
	notice("g-4", 4, "group-notice"), add(3, true);
	ledger("g-5", 3, "group-two", "Han Meimei"), add(4, false);
	ledger("g-1", 2, "group-one", NULL), add(5, false);
	serve(6);
	static const char *const wanted[6] = { ">accepted<", ">accepted<", "revision-outdated", ">accepted<", ">accepted<", ">accepted<" };
	for (size_t i = 0; i < 6; i++)
		if (!strstr(out[i].p, wanted[i]))
			fail_msg("message %zu: not %s: %s", i, wanted[i], out[i].p);
	assert_int_equal(kept(), before + 3);
	assert_said("A1", "g-1", "name>group-one<");
	assert_said("T", "g-4", "title>group-notice<");
	assert_said("A1", "g-5", "contact>Han Meimei<");
	assert_int_equal(count("SELECT COUNT(*) FROM message_content c LEFT JOIN message m ON m.seq = c.seq WHERE m.seq IS NULL"
		" OR m.status = 'rejected' OR m.operation = 'AcknowledgeControl'"), 0);
}

static void from_the_file_journal(void **state)
{
	char dir[700];
	struct spool *spool = NULL;
	struct replay *replay = NULL;
	(void)state;
	snprintf(dir, sizeof dir, "%s/spool", mariadb_folder());
	assert_int_equal(mkdir(dir, 0700), 0);
	assert_int_equal(spool_open(dir, 1 << 20, &spool), 0);
	hub.spool = spool;
	mariadb_kill();
	ledger("f-1", 3, "from-file-one", NULL);
	send(false, ">received<");
	ledger("f-2", 4, "from-file-two", NULL);
	send(false, ">received<");
	mariadb_start();
	assert_int_equal(replay_new(&endpoint, &replay), 0);
	assert_int_equal(replay_all(replay, NULL, NULL), 0);
	replay_free(replay);
	hub.spool = NULL;
	spool_close(spool);
	assert_said("A1", "f-1", "name>from-file-one<");
	assert_said("A1", "f-2", "name>from-file-two<");
}

static struct protect_progress renew(void)
{
	struct work w = { .arena = a, .db = db, .hub = &hub, .seq = VALUE_NONE };
	struct protect_progress p = { 0 };
	int rc;
	do {
		assert_int_equal(db_begin(db), 0);
		rc = protect_renew(&w, PROTECTED_MESSAGE_CONTENT, 2, &p);
		assert_true(rc >= 0);
		assert_int_equal(db_commit(db), 0);
	} while (rc > 0);
	return p;
}

static void sealed_again_under_a_new_key(void **state)
{
	struct keyfile_error error;
	struct protected_counts counts;
	int64_t sealed = count("SELECT COUNT(*) FROM message_content WHERE sealed = 1");
	uint32_t id = 0, key = 0;
	enum suite suite;
	(void)state;
	assert_true(sealed > 4);
	assert_int_equal(renew().renewed, 0);
	assert_int_equal(keyfile_add(keys, &id, &error), 0);
	open_vault();
	struct protect_progress p = renew();
	assert_int_equal(p.renewed, sealed);
	assert_int_equal(p.lost, 0);
	assert_int_equal(protected_counts(a, db, PROTECTED_MESSAGE_CONTENT, &counts), 0);
	assert_int_equal(counts.n, 1);
	assert_int_equal(counts.item[0].n, sealed);
	assert_true(seal_info((struct octets){ counts.item[0].head, PROTECTED_HEAD }, &key, &suite));
	assert_int_equal(key, id);
	assert_int_equal(keyfile_remove(keys, 1, &error), 0);
	open_vault();
	assert_said("A1", "l-1", "contact>Zhuge Kongming<");
	assert_said("A1", "u-1", "plate>川A12345<");
	assert_said("T", "n-1", "title>first-title<");
	assert_int_equal(db_exec(db, "UPDATE message_content c JOIN message m ON m.seq = c.seq SET c.content = CONCAT(LEFT(c.content, 2), CHAR(9),"
		" SUBSTR(c.content, 4)) WHERE m.message_id = 'l-2'", DB_NO_ARGS), 0);
	p = renew();
	assert_int_equal(p.lost, 1);                    /* under a key nobody has: it stays */
	assert_int_equal(p.renewed, 0);
	struct content c = content_of("A1", "l-2");
	assert_int_equal(history_open(a, vault, "A1", "l-2", &c, &text), E_NOTHING);
}

/* The content goes with its message: undone together. */
static int broken(const char *operation) { return strcmp(operation, "ReportLedger") ? 0 : E_INTERNAL; }

static void undone_with_its_message(void **state)
{
	int64_t before = kept();
	(void)state;
	hub.fault = broken;
	ledger("x-1", 9, "never", NULL);
	add(0, false);
	serve(1);
	hub.fault = NULL;
	assert_int_equal(x[0].status, 500);
	assert_int_equal(kept(), before);
	send(false, ">accepted<");
	assert_int_equal(kept(), before + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_revisions_of_a_notice), cmocka_unit_test(both_revisions_of_a_ledger_sealed),
		cmocka_unit_test(without_a_key_file), cmocka_unit_test(sessions_without_their_users), cmocka_unit_test(a_group),
		cmocka_unit_test(from_the_file_journal), cmocka_unit_test(sealed_again_under_a_new_key),
		cmocka_unit_test(undone_with_its_message),
	};
	return cmocka_run_group_tests_name("history", tests, set_up, tear_down);
}
