/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Seeds of the targets that read SOAP: a small message of each operation that a day has, and what is said to pushed ones. */
#include "base/error.h"
#include "codec/soap/envelope.h"
#include "codec/soap/fault.h"
#include "fuzz/targets.h"

const char *const xml_words[] = {
	"<", ">", "/>", "</", "&#0;", "&#65;", "&#xD800;", "&lt;", "&x;", "<!-- x -->", "<?p x?>", "<![CDATA[", "]]>", "<!DOCTYPE a>", "\xEF\xBB\xBF",
	"\xC0\x80", "\xED\xA0\x80", "\xE6\xB5\x8B", "\xF0\x9F\x9A\x97", "xmlns=\"\"", " xmlns:x=\"urn:x\"", " xsi:nil=\"true\"", " id=\"a\"", " href=\"#a\"",
	" SOAP-ENV:mustUnderstand=\"1\"", "<SOAP-ENV:Header/>", "<SOAP-ENV:Header><w:x xmlns:w=\"urn:w\">1</w:x></SOAP-ENV:Header>", "</SOAP-ENV:Body>", "<SOAP-ENV:Body>",
	"99999999999999999999", "-9223372036854775808", "2147483647", "-1", "+0", ".5", "5.", "0.0000", "NaN", "INF", "1e9", "0001-01-01", "9999-12-31",
	"2026-02-30", "2026-06-10T24:00:00Z", "-0001-01-01T00:00:00+14:00", "2026-06-10T12:00:00.123456789012345678901234567890Z", "\t", "\r\n", " ", "  ",
	"<?xml version=\"1.0\" encoding=\"GBK\"?>", "<?xml version=\"1.1\"?>", NULL };

static struct header header = { .message_id = "m-1", .conversation_id = "c", .correlation_id = "k", .trace_id = "t", .sender = "A1",
	.created_at = { 1781060400000 }, .revision = { 1 }, .business_date = { 20614 } };

static struct fuzz_seeds *to;

static void add_seed(enum operation_id id, const void *request)
{
	struct codec *codec = codec_new(NULL);
	for (int v = SOAP_VERSION_11; v <= SOAP_VERSION_12; v++) {
		struct bytes b = BYTES_INIT;
		HOLDS(!envelope_write_request(codec, operation_of(id), request, (enum soap_version)v, &b));
		fuzz_seed(to, b.p, b.n);
		bytes_done(&b);
	}
	codec_free(codec);
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

static void sink_seeds(void)
{
	static struct operation_point point[] = { { "*", { 7000000 }, { 0 }, { 3 }, { 2 } }, { "A1", { 0 }, { 64 }, { 3 }, { 0 } } };
	add_seed(OPERATION_dsk_PushOperation, &(struct dsk_push_operation){ .header = &header, .at = { 1781060460000 }, .full = true,
		.polarity = POLARITY_LOAD, .n_point = 2, .point = point });
	add_seed(OPERATION_dsk_PushTaskProgress, &(struct dsk_push_task_progress){ &header, "T1", TASK_STATE_STARTED, { 1781060460000 },
		{ 5000000 }, { 5100000 }, { VALUE_NONE } });
}

void message_seeds(struct fuzz_seeds *s)
{
	to = s;
	aggregator_seeds();
	other_seeds();
	sink_seeds();
}

/* What the dispatch system may say to a pushed message: an acknowledgement and faults. */
void answer_seeds(struct fuzz_seeds *s)
{
	struct codec *codec = codec_new(NULL);
	struct ack ack = { .status = ACK_STATUS_ACCEPTED, .stored_id = "7", .trace_id = "t", .received_at = { 1781060460000 },
		.items_received = { 2 }, .items_stored = { 2 } };
	const struct operation *op = operation_of(OPERATION_dsk_PushOperation), *opened;
	struct bytes request = BYTES_INIT, answer = BYTES_INIT;
	to = s;
	HOLDS(!envelope_write_request(codec, op, &(struct dsk_push_operation){ .header = &header, .polarity = POLARITY_LOAD }, SOAP_VERSION_11,
				      &request));
	HOLDS(!envelope_open(codec, request.p, request.n, SERVICE_DISPATCH_SINK, &opened));     /* the answer has its version */
	HOLDS(!envelope_write_answer(codec, op, &(struct dsk_push_operation_response){ &ack }, &answer));
	fuzz_seed(s, answer.p, answer.n);
	for (int v = SOAP_VERSION_11; v <= SOAP_VERSION_12; v++) {
		bytes_clear(&answer);
		HOLDS(!fault_write(&answer, (enum soap_version)v, E_BUSY, "t", NULL));
		fuzz_seed(s, answer.p, answer.n);
	}
	bytes_done(&request);
	bytes_done(&answer);
	codec_free(codec);
}
