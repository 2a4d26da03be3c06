/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Nothing is lost and nothing counted twice: links against a hub that follows a script, the dispatch system's own
 * service, the clock's socket, and the crew. */
#include "sim/trial.h"
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/un.h>
#include "base/clock.h"
#include "codec/soap/envelope.h"
#include "codec/soap/fault.h"
#include "net/client.h"
#include "net/server.h"
#include "security/digest.h"
#include "security/pki.h"
#include "sim/crew.h"
#include "sim/link.h"
#include "sim/sink.h"
#include "sim/timekeeper.h"

/* ---- a hub that follows a script: one word a request, the last one for all that follow */

enum word { BUSY, STRANGE, WRONG, ACCEPT, PARTLY, REJECT };

static struct {
	const enum word *word;
	size_t n, asked;
	unsigned char digest[16][DIGEST_SIZE];
} script;

static int codec_init(void *arg, int index, void **state)
{
	(void)arg;
	(void)index;
	*state = codec_new(NULL);
	return *state ? 0 : E_MEMORY;
}

static void codec_done(void *state) { codec_free(state); }

static void put_fault(struct net_answer *a, int error)
{
	a->status = fault_http_status(SOAP_VERSION_11, error);
	a->content_type = soap_content_type(SOAP_VERSION_11);
	fault_write(&a->body, SOAP_VERSION_11, error, NULL, NULL);
}

static void put_ack(struct codec *c, const struct operation *op, struct net_answer *a, enum word word)
{
	static const enum ack_status status[] = { [ACCEPT] = ACK_STATUS_ACCEPTED, [PARTLY] = ACK_STATUS_PARTLY_ACCEPTED,
		[REJECT] = ACK_STATUS_REJECTED };
	struct diagnostic d = { .code = (char *)"above-rating", .severity = SEVERITY_ERROR, .path = (char *)"powerKw[2]",
		.text_en = (char *)"en", .text_zh = (char *)"zh" };
	struct ack ack = { .status = status[word], .trace_id = (char *)"t", .received_at = { 0 },
		.items_received = { 2 }, .items_stored = { word == ACCEPT ? 2 : word == PARTLY },
		.n_diagnostic = word != ACCEPT, .diagnostic = &d };
	struct ack **answer = codec_alloc(c, op->answer_size);

	*answer = &ack;
	a->content_type = soap_content_type(SOAP_VERSION_11);
	assert_int_equal(envelope_write_answer(c, op, answer, &a->body), 0);
}

static void serve(void *state, const struct net_request *r, struct net_answer *a)
{
	const struct operation *op;
	enum word word = script.word[script.asked < script.n ? script.asked : script.n - 1];

	if (script.asked < 16)
		digest_sha256(r->body, r->n, script.digest[script.asked]);
	script.asked++;
	switch (word) {
	case BUSY: put_fault(a, E_STORE_AWAY); break;
	case WRONG: put_fault(a, E_SENDER); break;
	case STRANGE: a->status = 502; a->content_type = "text/xml"; bytes_adds(&a->body, "<html/>"); break;
	default:
		if (envelope_open(state, r->body, r->n, SERVICE_AGGREGATOR, &op))
			put_fault(a, E_SCHEMA);
		else
			put_ack(state, op, a, word);
	}
	envelope_clear(state);
}

static struct net_server *hub;
static int hub_port;
static struct tls *hub_tls, *client_tls;

static void hub_start(int port)
{
	struct net_config c = NET_CONFIG;
	struct net_listener l = { 0, "aggregator", "127.0.0.1", port, hub_tls };
	struct net_error why = { "" };

	c.workers = 1;
	c.hooks = (struct net_hooks){ .serve = serve, .worker_init = codec_init, .worker_done = codec_done };
	if (net_server_start(&c, &l, 1, &hub, &why))
		fail_msg("%s", why.text);
	hub_port = net_server_port(hub, 0);
}

/* ---- one link to it */

static struct arena *arena;
static atomic_bool stop;
static struct link_common common;
static struct link *to_hub;

#define BEGIN(PATIENCE_MS, ...) do { \
	static const enum word words[] = { __VA_ARGS__ }; \
	script.word = words; script.n = sizeof(words) / sizeof(*words); script.asked = 0; \
	begin(PATIENCE_MS); \
} while (0)

static void begin(int64_t patience_ms)
{
	struct link_address at = { "127.0.0.1", hub_port };

	atomic_store(&stop, false);
	common = (struct link_common){ .patience_ms = patience_ms, .stop = &stop, .counts = counts_new(),
		.progress = progress_new(true) };
	assert_int_equal(link_new(&common, client_tls, &at, SERVICE_AGGREGATOR, "a-1", &to_hub), 0);
}

static void end(void)
{
	link_free(to_hub);
	counts_free(common.counts);
	progress_free(common.progress);
}

static struct header header = { .message_id = (char *)"F-1", .sender = (char *)"a-1", .revision = { 1 },
	.business_date = { DATE_NONE } };

static int send_frame(bool tell)
{
	static char *ids[] = { (char *)"P1", (char *)"P2" };
	static struct watt powers[] = { { 7000 }, { 1 } };
	struct agg_report_frame f = { .header = &header, .at = { 0 }, .period_s = { 60 }, .pile_id = { 2, ids },
		.power_w = { 2, powers } };
	const void *answer;

	return (tell ? link_tell : link_call)(to_hub, OPERATION_agg_ReportFrame, &f, 2, &answer);
}

/* The lines of messages.csv behind its header. */
static const char *counted(struct counts *c)
{
	const char *folder = make_folder(arena), *path = arena_printf(arena, "%s/messages.csv", folder), *rows;
	struct bytes text = BYTES_INIT;

	assert_int_equal(counts_write(c, folder), 0);
	assert_int_equal(bytes_read_file(&text, path), 0);
	unlink(path);
	rmdir(folder);
	rows = arena_strdup(arena, strchr(text.p, '\n') + 1);
	bytes_done(&text);
	return rows;
}

static void a_message_is_sent_until_it_is_answered(void **state)
{
	const int32_t *us;

	(void)state;
	BEGIN(60000, BUSY, BUSY, ACCEPT);
	assert_int_equal(send_frame(true), 0);
	assert_int_equal(script.asked, 3);
	assert_memory_equal(script.digest[0], script.digest[1], DIGEST_SIZE);
	assert_memory_equal(script.digest[0], script.digest[2], DIGEST_SIZE);
	assert_int_equal(common.retries, 2);
	assert_int_equal(link_times(to_hub, OPERATION_agg_ReportFrame, &us), 1);
	assert_true(us[0] >= 150000);           /* both pauses, 50 and 100 ms, are in it */
	assert_string_equal(counted(common.counts), "a-1,in,ReportFrame,1,,,1,2,\n");
	end();
}

static void what_stands_before_the_hub_may_be_down(void **state)
{
	(void)state;
	BEGIN(60000, STRANGE, ACCEPT);
	assert_int_equal(send_frame(true), 0);
	assert_int_equal(script.asked, 2);
	end();
}

static void patience_ends(void **state)
{
	(void)state;
	BEGIN(200, BUSY);
	assert_int_equal(send_frame(true), E_TIMEOUT);
	assert_true(script.asked > 1);
	assert_string_equal(counted(common.counts), "a-1,in,ReportFrame,1,,,0,2,\n");
	end();
}

static void who_is_told_to_stop_stops(void **state)
{
	(void)state;
	BEGIN(60000, BUSY);
	atomic_store(&stop, true);
	assert_int_equal(send_frame(true), E_STOPPING);
	assert_int_equal(script.asked, 1);
	end();
}

static void a_final_fault_is_final(void **state)
{
	(void)state;
	BEGIN(60000, WRONG);
	assert_int_equal(send_frame(true), E_SENDER);
	assert_int_equal(script.asked, 1);
	end();
}

static void a_refusal_is_an_answer(void **state)
{
	(void)state;
	BEGIN(60000, REJECT);
	assert_int_equal(send_frame(false), 0);
	assert_int_equal(send_frame(true), E_ABOVE_RATING);
	assert_string_equal(counted(common.counts), "a-1,in,ReportFrame,2,,,2,4,\n");
	end();
}

static void part_of_a_message_is_not_all_of_it(void **state)
{
	(void)state;
	BEGIN(60000, PARTLY);
	assert_int_equal(send_frame(true), E_ABOVE_RATING);
	end();
}

static void questions_are_not_counted(void **state)
{
	struct agg_fetch_control m = { .header = &header };
	const void *answer;

	(void)state;
	BEGIN(60000, ACCEPT);
	assert_int_equal(link_tell(to_hub, OPERATION_agg_FetchControl, &m, 0, &answer), 0);
	assert_string_equal(counted(common.counts), "");
	end();
}

static void *come_back(void *arg)
{
	(void)arg;
	clock_sleep_ms(200);
	hub_start(hub_port);
	return NULL;
}

static void a_hub_that_is_away_is_waited_for(void **state)
{
	pthread_t thread;

	(void)state;
	BEGIN(60000, ACCEPT);
	assert_int_equal(send_frame(true), 0);
	net_server_stop(hub);
	assert_int_equal(pthread_create(&thread, NULL, come_back, NULL), 0);
	assert_int_equal(send_frame(true), 0);
	assert_true(common.retries > 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	end();
}

/* ---- the dispatch system's own service */

struct told { int status; int rc; enum ack_status ack; int32_t items; char code[64]; };

static struct told post(struct net_client *client, struct codec *codec, enum operation_id id, const void *request,
	const char *path)
{
	const struct operation *op = operation_of(id);
	struct bytes out = BYTES_INIT, in = BYTES_INIT;
	const struct vgi_fault *fault = NULL;
	struct told told = { 0 };
	void *answer;

	assert_int_equal(envelope_write_request(codec, op, request, SOAP_VERSION_11, &out), 0);
	assert_int_equal(net_client_post(client, path, soap_content_type(SOAP_VERSION_11), op->action, out.p, out.n,
					 &told.status, &in), 0);
	told.rc = envelope_read_answer(codec, op, in.p, in.n, &answer, &fault);
	if (!told.rc) {
		const struct ack *ack = answer_ack(answer);

		told.ack = ack->status;
		told.items = ack->items_stored.v;
		if (ack->n_diagnostic)
			snprintf(told.code, sizeof(told.code), "%s", ack->diagnostic[0].code);
	}
	if (fault)
		snprintf(told.code, sizeof(told.code), "%s", fault->code);
	bytes_done(&out);
	bytes_done(&in);
	return told;
}

static void the_sink_takes_each_message_once(void **state)
{
	static const struct net_client_limits limits = NET_CLIENT_LIMITS;
	static struct operation_point points[] = { { (char *)"*", { 5000 }, { 0 }, { 2 }, { 2 } },
		{ (char *)"A1", { 5000 }, { 0 }, { 2 }, { 2 } } };
	struct header h = { .message_id = (char *)"OP-1", .sender = (char *)"hub", .revision = { 1 },
		.business_date = { DATE_NONE } };
	struct header h2 = { .message_id = (char *)"TP-1", .sender = (char *)"hub", .revision = { 1 },
		.business_date = { DATE_NONE } };
	struct dsk_push_operation m = { .header = &h, .full = true, .n_point = 2, .point = points };
	struct dsk_push_task_progress progress = { .header = &h2, .task_id = (char *)"T-2",
		.state = TASK_STATE_SETTLED, .planned_deviation_w = { VALUE_NONE },
		.least_deviation_w = { VALUE_NONE }, .measured_deviation_w = { VALUE_NONE } };
	struct link_address at = { "127.0.0.1", 0 };
	struct counts *counts = counts_new();
	struct codec *codec = codec_new(NULL);
	struct net_client *client;
	struct sink_error why = { "" };
	struct sink *sink;
	struct told told;

	(void)state;
	assert_int_equal(sink_start(SERVICE_DISPATCH_SINK, &at, pki_path(""), "hub", counts, NULL, &sink, &why), 0);
	assert_int_equal(net_client_new(client_tls, "127.0.0.1", sink_port(sink), &limits, &client), 0);
	for (int i = 0; i < 3; i++) {
		told = post(client, codec, OPERATION_dsk_PushOperation, &m, "/dispatch-sink");
		assert_int_equal(told.status, 200);
		assert_int_equal(told.ack, ACK_STATUS_ACCEPTED);
		assert_int_equal(told.items, 2);
	}
	assert_int_equal(sink_minutes(sink), 1);
	points[1].power_w.v++;
	told = post(client, codec, OPERATION_dsk_PushOperation, &m, "/dispatch-sink");
	assert_int_equal(told.ack, ACK_STATUS_REJECTED);
	assert_string_equal(told.code, "duplicate-message-id");
	assert_false(sink_heard(sink, "T-2", TASK_STATE_SETTLED));
	told = post(client, codec, OPERATION_dsk_PushTaskProgress, &progress, "/dispatch-sink");
	assert_int_equal(told.ack, ACK_STATUS_ACCEPTED);
	assert_true(sink_heard(sink, "T-2", TASK_STATE_SETTLED));
	assert_false(sink_heard(sink, "T-2", TASK_STATE_ENDED));
	assert_false(sink_heard(sink, "T-1", TASK_STATE_SETTLED));
	assert_string_equal(counted(counts), "hub,out,PushOperation,,1,0,,,2\nhub,out,PushTaskProgress,,1,0,,,1\n");
	told = post(client, codec, OPERATION_dsk_PushOperation, &m, "/elsewhere");
	assert_int_equal(told.status, 404);
	assert_string_equal(told.code, "http-path");
	told = post(client, codec, OPERATION_agg_ReportFrame, &(struct agg_report_frame){ .header = &h, .at = { 0 },
		.period_s = { 60 } }, "/dispatch-sink");
	assert_string_equal(told.code, "unknown-operation");
	net_client_free(client);
	codec_free(codec);
	sink_free(sink);
	counts_free(counts);
}

/* What a service was told to do besides taking everything. */
struct conducted { struct counts *counts; struct codec *codec; struct net_client *client; struct sink *sink; int letters, rejected; };

static void note_letter(void *arg, const struct operation *op, const char *message, size_t n, bool rejected)
{
	struct conducted *c = arg;

	assert_int_equal(op->id, OPERATION_dsk_PushTaskProgress);
	assert_int_equal(strlen(message), n);
	c->letters++;
	c->rejected += rejected;
}

static void conducted_open(struct conducted *c, struct sink_conduct conduct)
{
	static const struct net_client_limits limits = NET_CLIENT_LIMITS;
	struct link_address at = { "127.0.0.1", 0 };
	struct sink_error why = { "" };

	*c = (struct conducted){ .counts = counts_new(), .codec = codec_new(NULL) };
	conduct.taken = note_letter;
	conduct.arg = c;
	assert_int_equal(sink_start(SERVICE_DISPATCH_SINK, &at, pki_path(""), "hub", c->counts, &conduct, &c->sink, &why), 0);
	assert_int_equal(net_client_new(client_tls, "127.0.0.1", sink_port(c->sink), &limits, &c->client), 0);
}

static void conducted_close(struct conducted *c)
{
	net_client_free(c->client);
	codec_free(c->codec);
	sink_free(c->sink);
	counts_free(c->counts);
}

static const struct dsk_push_task_progress *progress_of(const char *id)
{
	struct dsk_push_task_progress *m = ARENA_NEW(arena, struct dsk_push_task_progress);

	*m = (struct dsk_push_task_progress){ .header = ARENA_NEW(arena, struct header), .task_id = (char *)"T-2",
		.state = TASK_STATE_SETTLED, .planned_deviation_w = { VALUE_NONE }, .least_deviation_w = { VALUE_NONE },
		.measured_deviation_w = { VALUE_NONE } };
	*m->header = (struct header){ .message_id = arena_strdup(arena, id), .sender = (char *)"hub", .revision = { 1 },
		.business_date = { DATE_NONE } };
	return m;
}

/* What the client's call comes to, without looking at the answer. */
static int reach(struct conducted *c, const char *id)
{
	struct bytes out = BYTES_INIT, in = BYTES_INIT;
	const struct operation *op = operation_of(OPERATION_dsk_PushTaskProgress);
	int status, rc = envelope_write_request(c->codec, op, progress_of(id), SOAP_VERSION_11, &out);

	assert_int_equal(rc, 0);
	rc = net_client_post(c->client, "/dispatch-sink", soap_content_type(SOAP_VERSION_11), op->action, out.p, out.n, &status, &in);
	bytes_done(&out);
	bytes_done(&in);
	return rc;
}

static void the_sink_refuses_so_many(void **state)
{
	struct conducted c;
	struct told told;

	(void)state;
	conducted_open(&c, (struct sink_conduct){ .refuse = 1 });
	for (int i = 0; i < 2; i++) {           /* the same message gets the same answer */
		told = post(c.client, c.codec, OPERATION_dsk_PushTaskProgress, progress_of("TP-1"), "/dispatch-sink");
		assert_int_equal(told.ack, ACK_STATUS_REJECTED);
		assert_string_equal(told.code, "refused-as-told");
	}
	assert_false(sink_heard(c.sink, "T-2", TASK_STATE_SETTLED));
	told = post(c.client, c.codec, OPERATION_dsk_PushTaskProgress, progress_of("TP-2"), "/dispatch-sink");
	assert_int_equal(told.ack, ACK_STATUS_ACCEPTED);
	assert_true(sink_heard(c.sink, "T-2", TASK_STATE_SETTLED));
	assert_int_equal(c.letters, 2);
	assert_int_equal(c.rejected, 1);
	assert_string_equal(counted(c.counts), "hub,out,PushTaskProgress,,1,1,,,1\n");
	conducted_close(&c);
}

static void the_sink_loses_answers_not_messages(void **state)
{
	struct conducted c;
	struct told told;

	(void)state;
	conducted_open(&c, (struct sink_conduct){ .lose = 2 });
	assert_int_equal(reach(&c, "TP-1"), E_IO);
	assert_true(sink_heard(c.sink, "T-2", TASK_STATE_SETTLED));
	assert_int_equal(reach(&c, "TP-1"), E_IO);
	told = post(c.client, c.codec, OPERATION_dsk_PushTaskProgress, progress_of("TP-1"), "/dispatch-sink");
	assert_int_equal(told.ack, ACK_STATUS_ACCEPTED);
	assert_int_equal(c.letters, 1);
	assert_string_equal(counted(c.counts), "hub,out,PushTaskProgress,,1,0,,,1\n");
	conducted_close(&c);
}

static void a_tested_connection_is_answered_and_not_counted(void **state)
{
	struct header h = { .message_id = (char *)"TC-1", .trace_id = (char *)"t", .sender = (char *)"hub", .revision = { 1 },
		.business_date = { DATE_NONE } };
	const struct operation *op = operation_of(OPERATION_dsk_TestConnection);
	const struct dsk_test_connection_response *said;
	const struct vgi_fault *fault;
	struct bytes out = BYTES_INIT, in = BYTES_INIT;
	struct conducted c;
	void *answer;
	int status;

	(void)state;
	conducted_open(&c, (struct sink_conduct){ .lose = 2, .refuse = 1 });
	assert_int_equal(envelope_write_request(c.codec, op, &(struct dsk_test_connection){ &h, (char *)"again" }, SOAP_VERSION_11, &out), 0);
	assert_int_equal(net_client_post(c.client, "/dispatch-sink", soap_content_type(SOAP_VERSION_11), op->action, out.p, out.n, &status,
		&in), 0);
	assert_int_equal(envelope_read_answer(c.codec, op, in.p, in.n, &answer, &fault), 0);
	said = answer;
	assert_int_equal(said->ack->status, ACK_STATUS_ACCEPTED);
	assert_string_equal(said->principal, "hub");
	assert_true(said->store_available);
	assert_true(said->server_time.v > 0);
	assert_string_equal(said->echo, "again");
	assert_int_equal(c.letters, 0);
	assert_string_equal(counted(c.counts), "");
	assert_int_equal(reach(&c, "TP-1"), E_IO);      /* over the used connection, and again over a new one */
	bytes_done(&out);
	bytes_done(&in);
	conducted_close(&c);
}

static void the_sink_goes_down_and_comes_back(void **state)
{
	struct sink_error why = { "" };
	struct conducted c;
	struct told told;
	int port;

	(void)state;
	conducted_open(&c, (struct sink_conduct){ 0 });
	port = sink_port(c.sink);
	told = post(c.client, c.codec, OPERATION_dsk_PushTaskProgress, progress_of("TP-1"), "/dispatch-sink");
	assert_int_equal(told.ack, ACK_STATUS_ACCEPTED);
	assert_int_equal(sink_set_up(c.sink, false, &why), 0);
	assert_int_equal(sink_set_up(c.sink, false, &why), 0);
	assert_int_equal(reach(&c, "TP-2"), E_IO);
	assert_int_equal(sink_set_up(c.sink, true, &why), 0);
	assert_int_equal(sink_port(c.sink), port);
	told = post(c.client, c.codec, OPERATION_dsk_PushTaskProgress, progress_of("TP-1"), "/dispatch-sink");
	assert_int_equal(told.ack, ACK_STATUS_ACCEPTED);
	assert_int_equal(c.letters, 1);         /* it remembers */
	conducted_close(&c);
}

/* ---- the clock */

/* Answers one line a word: NULL hangs up instead. */
struct clock_script { int fd; const char *const *answer; size_t n; char first[64]; };

static void *keep_time(void *arg)
{
	struct clock_script *s = arg;
	int fd = -1;

	for (size_t i = 0; i < s->n; i++) {
		char line[64];
		ssize_t got;

		if (fd < 0)
			fd = accept(s->fd, NULL, NULL);
		got = read(fd, line, sizeof(line) - 1);
		if (i == 0 && got > 0)
			memcpy(s->first, line, (size_t)got);
		if (s->answer[i] && write(fd, s->answer[i], strlen(s->answer[i])) > 0)
			continue;
		close(fd);
		fd = -1;
	}
	if (fd >= 0)
		close(fd);
	return NULL;
}

/* What setting the clock to 1000 comes to with these answers, and how often it was tried again. */
static int move_clock(const char *const *answer, size_t n, bool follow, int64_t *retries, char first[64])
{
	const char *folder = make_folder(arena), *path = arena_printf(arena, "%s/clock", folder);
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct clock_script s = { .fd = socket(AF_UNIX, SOCK_STREAM, 0), .answer = answer, .n = n };
	struct timekeeper *t;
	pthread_t thread;
	int rc;

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(s.fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(s.fd, 4), 0);
	assert_int_equal(pthread_create(&thread, NULL, keep_time, &s), 0);
	atomic_store(&stop, false);
	assert_int_equal(timekeeper_new(path, 20000, &stop, &t), 0);
	if (follow)
		timekeeper_follow(t);
	rc = timekeeper_set(t, 1000);
	*retries = timekeeper_retries(t);
	assert_int_equal(pthread_join(thread, NULL), 0);
	timekeeper_free(t);
	close(s.fd);
	unlink(path);
	rmdir(folder);
	memcpy(first, s.first, sizeof(s.first));
	return rc;
}

static int set_clock(const char *const *answer, size_t n, int64_t *retries, char first[64])
{
	return move_clock(answer, n, false, retries, first);
}

static void a_clock_that_is_followed_is_not_moved(void **state)
{
	static const char *const later[] = { "ok 999\n", NULL, "error store-unavailable\n", "ok 999\n", "ok 1500\n" };
	static const char *const there[] = { "ok 1000\n" }, *const strange[] = { "what\n" };
	char first[64];
	int64_t retries;

	(void)state;
	assert_int_equal(move_clock(later, 5, true, &retries, first), 0);
	assert_string_equal(first, "get\n");
	assert_int_equal(retries, 2);
	assert_int_equal(move_clock(there, 1, true, &retries, first), 0);
	assert_int_equal(move_clock(strange, 1, true, &retries, first), E_FORMAT);
}

static void the_clock_is_set_until_it_stands_there(void **state)
{
	static const char *const good[] = { "ok 1000\n" };
	static const char *const later[] = { "error store-unavailable\n", NULL, "ok 1000\n" };
	static const char *const ahead[] = { "error time-order\n" }, *const elsewhere[] = { "ok 1001\n" };
	static const char *const strange[] = { "what\n" };
	char first[64];
	int64_t retries;

	(void)state;
	assert_int_equal(set_clock(good, 1, &retries, first), 0);
	assert_string_equal(first, "set 1000\n");
	assert_int_equal(retries, 0);
	assert_int_equal(set_clock(later, 3, &retries, first), 0);
	assert_int_equal(retries, 2);
	assert_int_equal(set_clock(ahead, 1, &retries, first), E_TIME_ORDER);
	assert_int_equal(set_clock(elsewhere, 1, &retries, first), E_TIME_ORDER);
	assert_int_equal(set_clock(strange, 1, &retries, first), E_FORMAT);
}

static void nobody_at_the_clock_is_waited_for_in_vain(void **state)
{
	struct timekeeper *t;

	(void)state;
	atomic_store(&stop, false);
	assert_int_equal(timekeeper_new("/nonexistent/clock", 100, &stop, &t), 0);
	assert_int_equal(timekeeper_set(t, 1000), E_TIMEOUT);
	atomic_store(&stop, true);
	assert_int_equal(timekeeper_set(t, 1000), E_STOPPING);
	timekeeper_free(t);
	assert_int_equal(timekeeper_new(arena_printf(arena, "/%0200d", 0), 100, &stop, &t), E_RANGE);
}

/* ---- the crew */

struct rounds { int done[5]; int fail_from; };

static int one_round(void *context, size_t member)
{
	struct rounds *r = context;

	r->done[member]++;
	return r->fail_from >= 0 && (int)member >= r->fail_from ? -(int)member - 1 : 0;
}

static void everybody_works_once_a_round(void **state)
{
	struct rounds r = { .fail_from = -1 };
	struct crew *crew;

	(void)state;
	assert_int_equal(crew_new(5, &crew), 0);
	for (int i = 1; i <= 500; i++) {
		assert_int_equal(crew_run(crew, one_round, &r), 0);
		for (size_t k = 0; k < 5; k++)
			assert_int_equal(r.done[k], i);
	}
	r.fail_from = 2;
	assert_int_equal(crew_run(crew, one_round, &r), -3);
	r.fail_from = -1;
	assert_int_equal(crew_run(crew, one_round, &r), 0);
	crew_free(crew);
}

static int set_up(void **state)
{
	(void)state;
	signal(SIGPIPE, SIG_IGN);
	arena = arena_new(0);
	pki_make();
	hub_tls = pki_server("hub");
	client_tls = pki_client("a-1");
	hub_start(0);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	net_server_stop(hub);
	tls_free(hub_tls);
	tls_free(client_tls);
	arena_free(arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_message_is_sent_until_it_is_answered),
		cmocka_unit_test(what_stands_before_the_hub_may_be_down),
		cmocka_unit_test(patience_ends),
		cmocka_unit_test(who_is_told_to_stop_stops),
		cmocka_unit_test(a_final_fault_is_final),
		cmocka_unit_test(a_refusal_is_an_answer),
		cmocka_unit_test(part_of_a_message_is_not_all_of_it),
		cmocka_unit_test(questions_are_not_counted),
		cmocka_unit_test(a_hub_that_is_away_is_waited_for),
		cmocka_unit_test(the_sink_takes_each_message_once),
		cmocka_unit_test(the_sink_refuses_so_many),
		cmocka_unit_test(the_sink_loses_answers_not_messages),
		cmocka_unit_test(the_sink_goes_down_and_comes_back),
		cmocka_unit_test(a_tested_connection_is_answered_and_not_counted),
		cmocka_unit_test(a_clock_that_is_followed_is_not_moved),
		cmocka_unit_test(the_clock_is_set_until_it_stands_there),
		cmocka_unit_test(nobody_at_the_clock_is_waited_for_in_vain),
		cmocka_unit_test(everybody_works_once_a_round),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
