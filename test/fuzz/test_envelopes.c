/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Mutated messages of every service through guard and decoder, as the hub reads them. What both let pass is encoded, must pass
 * again and be encoded the same: guard and decoder understood one message, not two. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "codec/soap/fault.h"
#include "codec/soap/guard.h"
#include "fuzz/corpus.h"

static const char *const words[] = {
	"<", ">", "/>", "</", "&#0;", "&#65;", "&#xD800;", "&lt;", "&x;", "<!-- x -->", "<?p x?>", "<![CDATA[", "]]>", "<!DOCTYPE a>", "\xEF\xBB\xBF",
	"\xC0\x80", "\xED\xA0\x80", "\xE6\xB5\x8B", "\xF0\x9F\x9A\x97", "xmlns=\"\"", " xmlns:x=\"urn:x\"", " xsi:nil=\"true\"", " id=\"a\"", " href=\"#a\"",
	" SOAP-ENV:mustUnderstand=\"1\"", "<SOAP-ENV:Header/>", "<SOAP-ENV:Header><w:x xmlns:w=\"urn:w\">1</w:x></SOAP-ENV:Header>", "</SOAP-ENV:Body>", "<SOAP-ENV:Body>",
	"99999999999999999999", "-9223372036854775808", "2147483647", "-1", "+0", ".5", "5.", "0.0000", "NaN", "INF", "1e9", "0001-01-01", "9999-12-31",
	"2026-02-30", "2026-06-10T24:00:00Z", "-0001-01-01T00:00:00+14:00", "2026-06-10T12:00:00.123456789012345678901234567890Z", "\t", "\r\n", " ", "  ",
	"<?xml version=\"1.0\" encoding=\"GBK\"?>", "<?xml version=\"1.1\"?>", NULL };

static struct guard *guard;
static struct arena *arena;
static struct codec *codec, *other_codec;
static struct bytes seed[64];
static int n_seeds;

/* ---- seeds: a small message of each operation that a day has */
static struct header header = { .message_id = "m-1", .conversation_id = "c", .correlation_id = "k", .trace_id = "t", .sender = "A1",
	.created_at = { 1781060400000 }, .revision = { 1 }, .business_date = { 20614 } };

static void add_seed(enum operation_id id, const void *request)
{
	for (int v = SOAP_VERSION_11; v <= SOAP_VERSION_12; v++) {
		struct bytes *b = &seed[n_seeds++];
		assert_int_equal(envelope_write_request(codec, operation_of(id), request, (enum soap_version)v, b), 0);
		assert_int_equal(guard_check(guard, b->p, b->n, NULL), 0);
	}
}

static void aggregator_seeds(void)
{
	static char *ids[] = { "P1", "P2", "P3" };
	static struct watt powers[] = { { 7000 }, { 0 }, { 1 } };
	static struct count codes[] = { { 0 }, { 1 }, { 65535 } };
	static struct pile pile[] = { { .id = "P1", .rated_w = { 7000 }, .connectors = { 1 } }, { .id = "P2", .rated_w = { 60000 }, .connectors = { 2 } } };
	static struct position position = { { 1139000000 }, { 225000000 }, 0 };
	static struct station station = { .id = "S1", .name = "\xE7\xAB\x99", .operator_id = "O1", .address = "x & y", .position = &position,
		.limit_w = { 21000 }, .meter_no = "M1", .transformer_area = "T", .feeder = "F", .substation = "U", .n_pile = 2, .pile = pile };
	static struct party party = { "A1", "\xE6\xB5\x8B\xE8\xAF\x95", "\xE6\xB7\xB1\xE5\x9C\xB3", "Li", "0755" };
	static struct session session = { .id = "C1", .pile_id = "P1", .arrival = { 1781060400000 }, .departure = { 1781100400000 }, .need_wh = { 14000 },
		.max_w = { 7000 }, .wish_wh = { 15000 }, .wish_departure = { 1781100400000 } };
	static struct grid grid = { .start = { 1781064000000 }, .step_min = { 15 }, .count = { 3 } };
	static struct capability capability = { .resource_id = "S1", .up_w = { 3, powers }, .down_w = { 3, powers }, .up_rate_w_min = { 1 },
		.down_rate_w_min = { 2 }, .up_minutes = { 3 }, .down_minutes = { 4 } };
	static struct bid_segment segment = { { 1 }, { 1000 }, { 350000 } };
	static struct bid_period period = { { 1781085600000 }, { 1781089200000 }, WINDOW_SHAVE, 1, &segment };
	capability.grid = &grid;
	add_seed(OPERATION_agg_ReportFrame, &(struct agg_report_frame){ .header = &header, .at = { 1781060460000 }, .period_s = { 60 },
		.polarity = POLARITY_LOAD, .pile_id = { 3, ids }, .power_w = { 3, powers }, .quality = { 3, codes } });
	add_seed(OPERATION_agg_ReportLedger, &(struct agg_report_ledger){ .header = &header, .aggregator = &party,
		.n_pile_operator = 1, .pile_operator = &party, .n_station = 1, .station = &station });
	add_seed(OPERATION_agg_ReportSessions, &(struct agg_report_sessions){ &header, 1, &session });
	add_seed(OPERATION_agg_ReportCapability, &(struct agg_report_capability){ &header, 1, &capability });
	add_seed(OPERATION_agg_FetchNotices, &(struct agg_fetch_notices){ &header, { 1781060460000 } });
	add_seed(OPERATION_agg_SubmitBid, &(struct agg_submit_bid){ &header, "B1", "N1", 1, &period });
	add_seed(OPERATION_agg_AcknowledgeControl, &(struct agg_acknowledge_control){ .header = &header, .control_id = "K1", .rows = { 96 } });
}

static void other_seeds(void)
{
	static struct watt powers[] = { { 7000000 }, { 0 }, { 1 } };
	static struct notice_period notice_period = { { 1781085600000 }, { 1781089200000 }, WINDOW_SHAVE, { 5000000 }, { 350000000 } };
	static struct notice notice = { .notice_id = "N1", .product = "shave", .title = "T", .text = "long", .trade_date = { 20614 }, .gate_close = { 1781074800000 },
		.n_period = 1, .period = &notice_period };
	static struct cleared_period cleared = { { 1781085600000 }, { 1781089200000 }, WINDOW_SHAVE, { 5000000 }, { 350000000 } };
	static struct meter_series series = { "M1", { 1781064000000 }, { 15 }, { 3, powers } };
	static struct target_point point = { { 1 }, { 1781064900000 }, WINDOW_HOLD, { 10000 }, { 1000000 }, { 350000000 } };
	static struct grid grid = { .start = { 1781064000000 }, .step_min = { 15 }, .count = { 1 } };
	add_seed(OPERATION_trd_PublishMarketNotice, &(struct trd_publish_market_notice){ &header, &notice });
	add_seed(OPERATION_trd_SubmitClearingResult, &(struct trd_submit_clearing_result){ .header = &header, .clearing_id = "R1", .notice_id = "N1",
		.n_period = 1, .period = &cleared });
	add_seed(OPERATION_trd_SubmitMeterData, &(struct trd_submit_meter_data){ &header, 1, &series });
	add_seed(OPERATION_dsp_SubmitDispatchTask, &(struct dsp_submit_dispatch_task){ .header = &header, .task_id = "T1", .grid = &grid,
		.n_point = 1, .point = &point });
	add_seed(OPERATION_dsp_QueryPotential, &(struct dsp_query_potential){ &header });
}

static int set_up(void **state)
{
	char schemas[600], wsdl[600];
	const char *top = getenv("srcdir"), *why = "";
	(void)state;
	snprintf(schemas, sizeof schemas, "%s/schemas", top ? top : ".");
	snprintf(wsdl, sizeof wsdl, "%s/wsdl", top ? top : ".");
	arena = arena_new(0);
	codec = codec_new(NULL);
	other_codec = codec_new(NULL);
	if (guard_new(schemas, wsdl, &(struct guard_limits){ 20, 3000, 100000 }, &guard, &why)) {
		print_error("%s\n", why);
		return -1;
	}
	aggregator_seeds();
	other_seeds();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	for (int i = 0; i < n_seeds; i++)
		bytes_done(&seed[i]);
	guard_free(guard);
	codec_free(codec);
	codec_free(other_codec);
	arena_free(arena);
	return 0;
}

/* ---- what must hold */
static bool is_utf8(const char *s)
{
	for (const unsigned char *p = (const unsigned char *)s; *p;) {
		int more = *p < 0x80 ? 0 : *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : *p >= 0xC2 ? 1 : -1;
		if (more < 0)
			return false;
		for (p++; more > 0; more--, p++)
			if ((*p & 0xC0) != 0x80)
				return false;
	}
	return true;
}

static void print_case(const struct bytes *b) { print_error("the message: %.*s\n", (int)(b->n < 3000 ? b->n : 3000), b->p); }

/* A refusal is told as a fault whatever the message held. */
static void tell(const struct bytes *b, int error, const struct diag *d)
{
	struct bytes fault = BYTES_INIT;
	assert_int_equal(fault_write(&fault, SOAP_VERSION_11, error, "t", d), 0);
	if (!is_utf8(fault.p))
		print_case(b);
	assert_true(is_utf8(fault.p));
	bytes_done(&fault);
}

static void decoded_means_the_same(const struct bytes *b, enum service service, const struct operation *op, const void *request)
{
	struct bytes once = BYTES_INIT, twice = BYTES_INIT;
	const struct operation *again;
	void *same = NULL;
	assert_int_equal(envelope_write_request(other_codec, op, request, SOAP_VERSION_11, &once), 0);
	int rc = guard_check(guard, once.p, once.n, NULL);
	if (!rc) rc = envelope_open(other_codec, once.p, once.n, service, &again);
	if (!rc) rc = envelope_request(other_codec, &same);
	if (!rc) rc = envelope_write_request(other_codec, op, same, SOAP_VERSION_11, &twice);
	if (rc || once.n != twice.n || memcmp(once.p, twice.p, once.n)) {
		print_case(b);
		print_error("%s; once: %s\ntwice: %s\n", error_code(rc), once.p, twice.p ? twice.p : "");
	}
	assert_int_equal(rc, 0);
	assert_string_equal(once.p, twice.p);
	bytes_done(&once);
	bytes_done(&twice);
}

static int read_one(const struct bytes *b, enum service service)
{
	const struct operation *op;
	struct diag d;
	void *request;
	char *exact = malloc(b->n + 1);         /* so that a byte read behind the end is seen */
	memcpy(exact, b->p, b->n);
	arena_reset(arena);
	diag_init(&d, arena, 100);
	int rc = guard_check(guard, exact, b->n, &d);
	if (!rc && (rc = envelope_open(codec, exact, b->n, service, &op)))
		diag_add(&d, rc, codec_error(codec), ".");
	if (!rc && (rc = envelope_request(codec, &request)))
		diag_add(&d, rc, codec_error(codec), ".");
	if (rc)
		tell(b, rc, &d);
	else
		decoded_means_the_same(b, service, op, request);
	free(exact);
	return rc;
}

static void test_seeds(void **state)
{
	(void)state;
	for (int i = 0; i < n_seeds; i++) {
		int taken = 0;
		for (int s = 0; s < SERVICE_DISPATCH_SINK; s++)
			taken += !read_one(&seed[i], (enum service)s);
		assert_int_equal(taken, 1);
	}
}

static void test_mutations(void **state)
{
	struct bytes b = BYTES_INIT;
	struct rng rng;
	int taken = 0, rounds = corpus_rounds(6000);
	(void)state;
	rng_seed(&rng, corpus_seed());
	for (int i = 0; i < rounds; i++) {
		corpus_mutate(&rng, &seed[rng_below(&rng, (uint64_t)n_seeds)], &seed[rng_below(&rng, (uint64_t)n_seeds)], words, &b);
		for (int s = 0; s < SERVICE_DISPATCH_SINK; s++)
			taken += !read_one(&b, (enum service)s);
	}
	assert_true(taken > rounds / 200);      /* the mutations reach the decoder */
	bytes_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_seeds), cmocka_unit_test(test_mutations) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
