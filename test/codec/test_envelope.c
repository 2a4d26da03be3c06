/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Messages through encoder, guard and decoder and back; what the guard refuses and where it says so. */
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

static struct guard *guard;
static struct arena *arena;
static struct codec *codec;

static int set_up(void **state)
{
	char schemas[600], wsdl[600];
	const char *top = getenv("srcdir"), *why = "";
	(void)state;
	snprintf(schemas, sizeof schemas, "%s/schemas", top ? top : ".");
	snprintf(wsdl, sizeof wsdl, "%s/wsdl", top ? top : ".");
	arena = arena_new(0);
	codec = codec_new(NULL);
	int rc = guard_new(schemas, wsdl, &(struct guard_limits){ 20, 3000, 100000 }, &guard, &why);
	if (rc)
		print_error("%s\n", why);
	return rc || !codec;
}

/* A folder without the schemas is a wrong configuration and not an empty contract. */
static void test_schemas_missing(void **state)
{
	const struct guard_limits limits = { 20, 3000, 100000 };
	char schemas[600];
	const char *top = getenv("srcdir"), *why = "";
	struct guard *none = NULL;
	(void)state;
	snprintf(schemas, sizeof schemas, "%s/schemas", top ? top : ".");
	assert_int_equal(guard_new("/nowhere", schemas, &limits, &none, &why), E_CONFIG);
	assert_non_null(strstr(why, "/nowhere/soap-envelope-1.1.xsd"));
	assert_int_equal(guard_new(schemas, "/nowhere", &limits, &none, &why), E_CONFIG);
	assert_non_null(strstr(why, "/nowhere/aggregator.xsd"));
	assert_null(none);
}

static int tear_down(void **state)
{
	(void)state;
	guard_free(guard);
	codec_free(codec);
	arena_free(arena);
	return 0;
}

static struct header header = { .message_id = "m-1", .sender = "A1", .created_at = { 1781060400000 }, .revision = { 1 },
	.business_date = { DATE_NONE } };

static struct agg_report_frame a_frame(void)
{
	static char *ids[] = { "P1", "P2", "P3" };
	static struct watt powers[] = { { 7000 }, { 0 }, { 1 } };
	return (struct agg_report_frame){ .header = &header, .at = { 1781060460000 }, .period_s = { 60 }, .polarity = POLARITY_LOAD,
		.pile_id = { 3, ids }, .power_w = { 3, powers } };
}

static void encode_frame(struct bytes *b, enum soap_version version)
{
	struct agg_report_frame f = a_frame();
	assert_int_equal(envelope_write_request(codec, operation_of(OPERATION_agg_ReportFrame), &f, version, b), 0);
}

static void round_trip(enum soap_version version)
{
	struct bytes b = BYTES_INIT;
	const struct operation *op;
	void *request;
	encode_frame(&b, version);
	assert_int_equal(guard_check(guard, b.p, b.n, NULL), 0);
	assert_int_equal(envelope_open(codec, b.p, b.n, SERVICE_AGGREGATOR, &op), 0);
	assert_int_equal(op->id, OPERATION_agg_ReportFrame);
	assert_int_equal(envelope_version(codec), version);
	assert_int_equal(envelope_request(codec, &request), 0);
	const struct agg_report_frame *f = request;
	assert_string_equal(f->header->message_id, "m-1");
	assert_int_equal(f->header->created_at.v, 1781060400000);
	assert_int_equal(f->header->business_date.v, DATE_NONE);
	assert_null(f->header->trace_id);
	assert_int_equal(f->pile_id.n, 3);
	assert_string_equal(f->pile_id.item[2], "P3");
	assert_int_equal(f->power_w.item[0].v, 7000);
	assert_int_equal(f->power_w.item[2].v, 1);
	assert_null(f->quality.item);
	bytes_done(&b);
}

static void test_round_trip_11(void **state) { (void)state; round_trip(SOAP_VERSION_11); }
static void test_round_trip_12(void **state) { (void)state; round_trip(SOAP_VERSION_12); }

/* The name of an element goes into the path of a finding, cut between two characters. */
static void test_long_name(void **state)
{
	static const char text[] = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>"
		"<充电桩充电桩充电桩充电桩充电桩/></e:Body></e:Envelope>";
	struct diag d;
	(void)state;
	diag_init(&d, arena, 100);
	assert_int_equal(guard_check(guard, text, sizeof text - 1, &d), E_SCHEMA);
	assert_true(d.n > 0);
	assert_string_equal(d.item[0].path, "充电桩充电桩充电桩充电桩充");
}

static void test_units_of_the_wire(void **state)
{
	struct target_point p[1] = { { .no = { 1 }, .end = { 1781060460000 }, .window = WINDOW_SHAVE, .target_w = { 1234567 },
		.weight = { 50000 }, .price_e5 = { 350000 } } };
	struct grid g = { .start = { 1781060400000 }, .step_min = { 15 }, .count = { 1 } };
	struct dsp_submit_dispatch_task t = { .header = &header, .task_id = "T", .grid = &g, .n_point = 1, .point = p };
	struct bytes b = BYTES_INIT;
	const struct operation *op;
	void *request;
	(void)state;
	assert_int_equal(envelope_write_request(codec, operation_of(OPERATION_dsp_SubmitDispatchTask), &t, SOAP_VERSION_11, &b), 0);
	assert_non_null(strstr(b.p, ">1.234567<"));
	assert_non_null(strstr(b.p, ">3500.00<"));
	assert_int_equal(guard_check(guard, b.p, b.n, NULL), 0);
	assert_int_equal(envelope_open(codec, b.p, b.n, SERVICE_DISPATCH, &op), 0);
	assert_int_equal(envelope_request(codec, &request), 0);
	const struct target_point *q = ((struct dsp_submit_dispatch_task *)request)->point;
	assert_int_equal(q->target_w.v, 1234567);
	assert_int_equal(q->weight.v, 50000);
	assert_int_equal(q->price_e5.v, 350000);
	bytes_done(&b);
}

static void test_answer_and_fault(void **state)
{
	struct diagnostic d = { .code = "unknown-resource", .severity = SEVERITY_ERROR, .path = "pileId[17]", .text_en = "<none>",
		.text_zh = "没有此资源" };
	struct ack ack = { .status = ACK_STATUS_PARTLY_ACCEPTED, .trace_id = "t", .received_at = { 0 }, .items_received = { 3 },
		.items_stored = { 2 }, .n_diagnostic = 1, .diagnostic = &d };
	struct agg_report_frame_response out = { &ack };
	const struct operation *op = operation_of(OPERATION_agg_ReportFrame);
	const struct vgi_fault *fault = NULL;
	struct bytes b = BYTES_INIT;
	void *answer;
	(void)state;
	assert_int_equal(envelope_write_answer(codec, op, &out, &b), 0);
	assert_int_equal(envelope_read_answer(codec, op, b.p, b.n, &answer, &fault), 0);
	assert_int_equal(answer_ack(answer)->status, ACK_STATUS_PARTLY_ACCEPTED);
	assert_string_equal(answer_ack(answer)->diagnostic[0].text_zh, "没有此资源");
	assert_string_equal(answer_ack(answer)->diagnostic[0].text_en, "<none>");
	for (int v = 1; v <= 2; v++) {
		struct diag diag;
		diag_init(&diag, arena, 10);
		diag_add(&diag, E_SCHEMA, "a & b", "x[%d]", 2);
		bytes_clear(&b);
		assert_int_equal(fault_write(&b, (enum soap_version)v, E_STORE_AWAY, "trace", &diag), 0);
		assert_int_equal(envelope_read_answer(codec, op, b.p, b.n, &answer, &fault), E_NOTHING);
		assert_string_equal(fault->code, "store-unavailable");
		assert_true(fault->retry);
		assert_string_equal(fault->trace_id, "trace");
		assert_int_equal(fault->n_diagnostic, 1);
		assert_string_equal(fault->diagnostic[0].path, "x[2]");
		assert_non_null(strstr(fault->diagnostic[0].text_en, "a & b"));
	}
	bytes_done(&b);
}

/* What stands for `from` in a good frame is replaced; then the guard must say `error` at `path`. */
static void refused(const char *from, const char *to, int error, const char *path)
{
	struct bytes b = BYTES_INIT, bad = BYTES_INIT;
	struct diag diag;
	encode_frame(&b, SOAP_VERSION_11);
	char *at = strstr(b.p, from);
	assert_non_null(at);
	bytes_add(&bad, b.p, (size_t)(at - b.p));
	bytes_adds(&bad, to);
	bytes_adds(&bad, at + strlen(from));
	diag_init(&diag, arena, 10);
	assert_int_equal(guard_check(guard, bad.p, bad.n, &diag), error);
	if (path) {
		assert_true(diag.n > 0);
		assert_string_equal(diag.item[0].path, path);
	}
	bytes_done(&b);
	bytes_done(&bad);
}

static void test_guard_refuses(void **state)
{
	(void)state;
	refused("7.000 0.000", "7.000 NaN", E_SCHEMA, "powerKw");
	refused("7.000 0.000", "7.000 1e3", E_SCHEMA, "powerKw");
	refused("<vgi:revision>1</vgi:revision>", "", E_SCHEMA, NULL);
	refused("<vgi:revision>1<", "<vgi:revision>-1<", E_SCHEMA, "header[1]/revision");
	refused(">m-1<", "><", E_SCHEMA, "header[1]/messageId");
	refused(">LOAD<", ">BOTH<", E_SCHEMA, "polarity");
	refused("</agg:ReportFrame>", "", E_XML_MALFORMED, NULL);
	refused("<agg:at>", "<agg:surprise/><agg:at>", E_SCHEMA, "surprise");
	refused("<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<!DOCTYPE x [<!ENTITY e \"boom\">]>", E_DOCTYPE, NULL);
	refused("2026-06-10T11:00:00+08:00", "2026-06-31T11:00:00+08:00", E_SCHEMA, "header[1]/createdAt");
}

/* Guard and decoder must read the same characters: one encoding only. */
static void test_encodings(void **state)
{
	static const char declared[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
	const char *const refuse[] = { "<?xml version=\"1.0\" encoding=\"GBK\"?>", "<?xml version='1.0' encoding = 'UTF-16'?>",
		"<?xml version=\"1.0\" encoding=\"UTF-7\"?>", "<?xml version=\"1.0\" encoding=\"utf-8x\"?>", "\xFF\xFE<", "\xFE\xFF", "\x4C\x6F\xA7\x94" };
	const char *const take[] = { "", "\xEF\xBB\xBF", "\xEF\xBB\xBF<?xml version=\"1.0\"?>", "<?xml version='1.0' encoding='utf-8' standalone='yes'?>",
		"<?xml version=\"1.0\" encoding=\"us-ascii\"?>" };
	struct bytes good = BYTES_INIT, b = BYTES_INIT;
	(void)state;
	for (size_t i = 0; i < sizeof refuse / sizeof *refuse; i++)
		refused(declared, refuse[i], E_XML_MALFORMED, ".");
	encode_frame(&good, SOAP_VERSION_11);
	for (size_t i = 0; i < sizeof take / sizeof *take; i++) {
		bytes_clear(&b);
		bytes_adds(&b, take[i]);
		bytes_adds(&b, strstr(good.p, "<SOAP-ENV:Envelope"));
		assert_int_equal(guard_check(guard, b.p, b.n, NULL), 0);
	}
	assert_int_equal(bytes_add(&good, "", 1), 0);
	assert_int_equal(guard_check(guard, good.p, good.n, NULL), E_XML_MALFORMED);
	bytes_done(&good);
	bytes_done(&b);
}

/* A parser compares each attribute with all others: this one would take hours. */
static void test_many_attributes(void **state)
{
	struct bytes b = BYTES_INIT;
	(void)state;
	bytes_adds(&b, "<a");
	for (int i = 0; i < 1000000; i++)
		bytes_printf(&b, " x%d = ''", i);
	bytes_adds(&b, "/>");
	assert_int_equal(guard_check(guard, b.p, b.n, NULL), E_TOO_MANY);
	bytes_done(&b);
}

/* What refuses in the middle of a message leaves nobody with text or attributes that are gone (seen by a sanitizer). */
static void test_stopped_in_the_middle(void **state)
{
	struct bytes b = BYTES_INIT;
	(void)state;
	bytes_adds(&b, "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Header><x>");
	for (int i = 0; i < 200000; i++)
		bytes_adds(&b, "x");
	assert_int_equal(guard_check(guard, b.p, b.n, NULL), E_TOO_LARGE);
	bytes_clear(&b);
	bytes_adds(&b, "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body>");
	for (int i = 0; i < 4000; i++)
		bytes_adds(&b, "<a b='some value' c='&#65;'/>");
	assert_int_equal(guard_check(guard, b.p, b.n, NULL), E_TOO_MANY);
	bytes_clear(&b);
	for (int i = 0; i < 100; i++)
		bytes_adds(&b, "<a b='some value' c='&#65;'>");
	assert_int_equal(guard_check(guard, b.p, b.n, NULL), E_TOO_DEEP);
	bytes_done(&b);
}

/* Each piece of a text is put behind the former ones: these would take hours. */
static void test_text_in_pieces(void **state)
{
	static const char *const piece[] = { "&#48;", "0<!-- -->", "<![CDATA[0]]>" };
	const char *why;
	struct guard *roomy;
	char schemas[600], wsdl[600];
	const char *top = getenv("srcdir");
	(void)state;
	snprintf(schemas, sizeof schemas, "%s/schemas", top ? top : ".");
	snprintf(wsdl, sizeof wsdl, "%s/wsdl", top ? top : ".");
	assert_int_equal(guard_new(schemas, wsdl, &(struct guard_limits){ 20, 3000, 16 << 20 }, &roomy, &why), 0);
	for (size_t k = 0; k < sizeof piece / sizeof *piece; k++) {
		struct bytes good = BYTES_INIT, b = BYTES_INIT;
		encode_frame(&good, SOAP_VERSION_11);
		const char *at = strstr(good.p, "7.000 0.000");
		bytes_add(&b, good.p, (size_t)(at - good.p));
		for (int i = 0; i < 1000000; i++)
			bytes_adds(&b, piece[k]);
		bytes_adds(&b, at);
		assert_int_equal(guard_check(roomy, b.p, b.n, NULL), E_TOO_LARGE);
		bytes_done(&good);
		bytes_done(&b);
	}
	guard_free(roomy);
}

/* As stacks write that declare a prefix at every element; in the header blocks this is bounded. */
static void test_many_prefixes(void **state)
{
	static const char envelope[] = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\">";
	struct bytes b = BYTES_INIT;
	const struct operation *op;
	void *request;
	(void)state;
	bytes_printf(&b, "%s<e:Header>", envelope);
	for (int i = 0; i < 2500; i++)
		bytes_printf(&b, "<x%d:x xmlns:x%d=\"u\" a%d=\"\"/>", i, i, i);
	assert_int_equal(guard_check(guard, b.p, b.n, NULL), E_TOO_MANY);
	bytes_clear(&b);
	bytes_printf(&b, "%s<e:Body><a:ReportSessions xmlns:a=\"urn:vgi:aggregator:1\" xmlns:t=\"urn:vgi:types:1\"><a:header><t:messageId>m</t:messageId>"
		"<t:sender>A</t:sender><t:createdAt>2026-06-10T12:00:00Z</t:createdAt><t:revision>1</t:revision></a:header>", envelope);
	for (int i = 0; i < 20000; i++)
		bytes_printf(&b, "<a:session><p%d:id xmlns:p%d=\"urn:vgi:types:1\">C%d</p%d:id><q%d:pileId xmlns:q%d=\"urn:vgi:types:1\">P</q%d:pileId>"
			"<t:arrival>2026-06-10T12:00:00Z</t:arrival><t:departure>2026-06-10T13:00:00Z</t:departure><r%d:needKwh xmlns:r%d=\"urn:vgi:types:1\">1"
			"</r%d:needKwh><t:maxKw>7</t:maxKw></a:session>", i, i, i, i, i, i, i, i, i, i);
	bytes_adds(&b, "</a:ReportSessions></e:Body></e:Envelope>");
	assert_int_equal(envelope_open(codec, b.p, b.n, SERVICE_AGGREGATOR, &op), 0);
	assert_int_equal(envelope_request(codec, &request), 0);
	assert_int_equal(((const struct agg_report_sessions *)request)->n_session, 20000);
	bytes_done(&b);
}

static void open_with_header(const char *attribute, int error)
{
	struct bytes b = BYTES_INIT, out = BYTES_INIT;
	const struct operation *op;
	char block[200];
	encode_frame(&b, SOAP_VERSION_11);
	const char *body = strstr(b.p, "<SOAP-ENV:Body>");
	snprintf(block, sizeof block, "<SOAP-ENV:Header><w:x xmlns:w=\"urn:w\" %s>1</w:x></SOAP-ENV:Header>", attribute);
	bytes_add(&out, b.p, (size_t)(body - b.p));
	bytes_adds(&out, block);
	bytes_adds(&out, body);
	assert_int_equal(guard_check(guard, out.p, out.n, NULL), 0);
	assert_string_equal(error_code(envelope_open(codec, out.p, out.n, SERVICE_AGGREGATOR, &op)), error_code(error));
	bytes_done(&b);
	bytes_done(&out);
}

/* SOAP: a block that must be understood is, or the message is refused with a fault of this name. */
static void test_header_blocks(void **state)
{
	struct bytes b = BYTES_INIT;
	(void)state;
	open_with_header("", 0);
	open_with_header("SOAP-ENV:mustUnderstand=\"0\"", 0);
	open_with_header("SOAP-ENV:mustUnderstand=\"1\"", E_NOT_UNDERSTOOD);
	assert_int_equal(fault_write(&b, SOAP_VERSION_11, E_NOT_UNDERSTOOD, NULL, NULL), 0);
	assert_non_null(strstr(b.p, "<faultcode>SOAP-ENV:MustUnderstand</faultcode>"));
	assert_int_equal(fault_http_status(SOAP_VERSION_12, E_NOT_UNDERSTOOD), 500);
	bytes_done(&b);
}

static void test_guard_limits(void **state)
{
	struct bytes b = BYTES_INIT;
	(void)state;
	for (int i = 0; i < 5000; i++)
		bytes_adds(&b, "<a>");
	assert_int_equal(guard_check(guard, b.p, b.n, NULL), E_TOO_DEEP);
	bytes_clear(&b);
	bytes_adds(&b, "<a>");
	for (int i = 0; i < 5000; i++)
		bytes_adds(&b, "<b/>");
	assert_int_equal(guard_check(guard, b.p, b.n, NULL), E_TOO_MANY);
	bytes_clear(&b);
	bytes_adds(&b, "<a>");
	for (int i = 0; i < 20000; i++)
		bytes_adds(&b, "1234567890");
	assert_int_equal(guard_check(guard, b.p, b.n, NULL), E_TOO_LARGE);
	assert_int_equal(guard_check(guard, "", 0, NULL), E_XML_MALFORMED);
	bytes_done(&b);
}

static void test_unknown_operation(void **state)
{
	struct bytes b = BYTES_INIT;
	const struct operation *op;
	(void)state;
	encode_frame(&b, SOAP_VERSION_11);
	assert_int_equal(envelope_open(codec, b.p, b.n, SERVICE_TRADING, &op), E_OPERATION);
	bytes_done(&b);
}

static void test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < OPERATION_N; i++) {
		assert_int_equal(operations[i].id, i);
		assert_ptr_equal(operation_find(operations[i].service, operations[i].name), &operations[i]);
		assert_true(operations[i].roles || operations[i].service >= SERVICE_SERVED_N);
	}
	assert_null(operation_find(SERVICE_AGGREGATOR, "QueryBids"));
	assert_int_equal(soap_version_of("text/xml; charset=utf-8"), SOAP_VERSION_11);
	assert_int_equal(soap_version_of("application/soap+xml;action=\"x\""), SOAP_VERSION_12);
	assert_int_equal(soap_version_of("text/xmlx"), 0);
	assert_int_equal(soap_version_of(NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_long_name), cmocka_unit_test(test_schemas_missing),
		cmocka_unit_test(test_round_trip_11), cmocka_unit_test(test_round_trip_12),
		cmocka_unit_test(test_units_of_the_wire), cmocka_unit_test(test_answer_and_fault), cmocka_unit_test(test_guard_refuses),
		cmocka_unit_test(test_encodings), cmocka_unit_test(test_many_attributes), cmocka_unit_test(test_header_blocks), cmocka_unit_test(test_many_prefixes), cmocka_unit_test(test_stopped_in_the_middle),
		cmocka_unit_test(test_text_in_pieces),
		cmocka_unit_test(test_guard_limits), cmocka_unit_test(test_unknown_operation), cmocka_unit_test(test_table) };
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
