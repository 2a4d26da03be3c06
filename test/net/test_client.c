/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The client against a server that follows a script: what it believes, when it repeats a message and when it must
 * not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "net/client.h"
#include "net/http.h"
#include "security/pki.h"

#define OK_(body) "HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: " body

/* One line of the script: read a request, say this, then what. */
enum then { KEEP, CLOSE, HANG, DEAF, END };     /* HANG: until the client goes; DEAF: accepts, but never shakes hands */
struct line { const char *answer; enum then then; };

struct script {
	const struct line *line;
	struct tls *tls;
	int listen_fd, port, requests, connections;
	pthread_t thread;
	char first[600];                        /* request as it came */
};

/* Reads one request whole. False at the end of the connection. */
static bool read_request(SSL *ssl, struct script *s)
{
	struct http_reader r;
	char c;
	size_t n = 0, used;
	int rc = HTTP_MORE;

	http_reader_init(&r, HTTP_REQUEST, 16384, 64u << 20);
	while ((rc == HTTP_MORE || rc == HTTP_HEAD) && SSL_read(ssl, &c, 1) == 1) {
		if (!s->requests && n + 1 < sizeof s->first)
			s->first[n++] = c;
		rc = http_reader_feed(&r, &c, 1, &used);
	}
	http_reader_done(&r);
	s->requests += rc == HTTP_DONE;
	return rc == HTTP_DONE;
}

/* Follows the script until a line ends the connection; returns the next line. */
static const struct line *play(struct script *s, const struct line *line, int fd)
{
	SSL *ssl = tls_server_session(s->tls);
	enum then then = KEEP;
	char c;

	if (line->then == DEAF) {
		while (read(fd, &c, 1) > 0)
			;
		SSL_free(ssl);
		return line + 1;
	}
	SSL_set_fd(ssl, fd);
	if (SSL_accept(ssl) != 1) {
		SSL_free(ssl);
		return line;
	}
	while (then == KEEP && line->then != END && read_request(ssl, s)) {
		if (line->answer[0])
			SSL_write(ssl, line->answer, (int)strlen(line->answer));
		then = line++->then;
	}
	while (then == HANG && SSL_read(ssl, &c, 1) > 0)
		;
	SSL_shutdown(ssl);
	SSL_free(ssl);
	return line;
}

static void *follow(void *arg)
{
	struct script *s = arg;
	const struct line *line = s->line;
	int fd;

	while (line->then != END && (fd = accept(s->listen_fd, NULL, NULL)) >= 0) {
		s->connections++;
		line = play(s, line, fd);
		close(fd);
	}
	close(s->listen_fd);
	return NULL;
}

static void script_start(struct script *s, const struct line *line)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY) };
	socklen_t n = sizeof at;

	*s = (struct script){ .line = line, .tls = pki_server("hub") };
	s->listen_fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(s->listen_fd, (struct sockaddr *)&at, sizeof at) | listen(s->listen_fd, 10), 0);
	assert_int_equal(getsockname(s->listen_fd, (struct sockaddr *)&at, &n), 0);
	s->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, follow, s), 0);
}

static void script_end(struct script *s)
{
	shutdown(s->listen_fd, SHUT_RDWR);
	pthread_join(s->thread, NULL);
	tls_free(s->tls);
}

static struct net_client *client(const struct script *s, const char *host)
{
	struct net_client_limits limits = {
		.connect_ms = 60000, .answer_ms = 60000, .max_answer = 1000, .max_head = 1000
	};
	struct tls *tls = pki_client("a-1");
	struct net_client *c;

	assert_int_equal(net_client_new(tls, host, s->port, &limits, &c), 0);
	tls_free(tls);
	return c;
}

static int status;
static struct bytes answer;

static int post(struct net_client *c, const char *body)
{
	return net_client_post(c, "/x", "text/xml; charset=utf-8", "urn:y", body, strlen(body), &status, &answer);
}

/* ---- answers */

static void test_request_as_sent(void **state)
{
	static const struct line lines[] = { { OK_("2\r\n\r\nok"), KEEP }, { "", END } };
	struct script s;
	struct net_client *c;
	char expected[300];

	(void)state;
	script_start(&s, lines);
	c = client(&s, "127.0.0.1");
	assert_int_equal(post(c, "body"), 0);
	assert_string_equal(net_client_content_type(c), "text/xml");
	net_client_free(c);
	script_end(&s);
	snprintf(expected, sizeof expected,
		 "POST /x HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: vgihub\r\n"
		 "Content-Type: text/xml; charset=utf-8\r\nContent-Length: 4\r\nSOAPAction: \"urn:y\"\r\n\r\nbody",
		 s.port);
	assert_string_equal(s.first, expected);
}

static void test_answers(void **state)
{
	static const struct line lines[] = {
		{ OK_("2\r\n\r\nok"), KEEP },
		{ "HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfault\r\n0\r\n\r\n", KEEP },
		{ "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\n\r\n" OK_("5\r\n\r\nlater"), KEEP },
		{ "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", KEEP },
		{ "HTTP/1.1 204 Nothing\r\n\r\n", KEEP },
		{ "", END }
	};
	static const struct {
		int status;
		const char *body;
	} expected[] = { { 200, "ok" }, { 500, "fault" }, { 200, "later" }, { 202, "" }, { 204, "" } };
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	c = client(&s, "localhost");
	for (int i = 0; i < 5; i++) {
		assert_int_equal(post(c, "body"), 0);
		assert_int_equal(status, expected[i].status);
		assert_int_equal(answer.n, strlen(expected[i].body));
		assert_memory_equal(answer.p ? answer.p : "", expected[i].body, answer.n);
	}
	assert_int_equal(net_client_connects(c), 1);
	net_client_free(c);
	script_end(&s);
}

/* Each bad answer costs the connection; the next call works over a new one. */
static void test_bad_answers(void **state)
{
	static const struct line lines[] = { { OK_("2\r\nContent-Length: 2\r\n\r\nok"), HANG },
					     { "HTTP/1.1 200 OK\r\n\r\nuntil the end", HANG },
					     { "nonsense\r\n\r\n", HANG },
					     { OK_("1001\r\n\r\n"), HANG },
					     { "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3E9\r\n", HANG },
					     { OK_("2\r\nContent-Encoding: gzip\r\n\r\nok"), HANG },
					     { OK_("2\r\n\r\nok"), HANG },
					     { "", END } };
	static const int expected[] = {
		E_HTTP_MALFORMED, E_HTTP_MALFORMED, E_HTTP_MALFORMED, E_TOO_LARGE, E_TOO_LARGE, E_HTTP_MEDIA_TYPE, 0
	};
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	c = client(&s, "127.0.0.1");
	for (int i = 0; i < 7; i++) {
		assert_int_equal(post(c, "body"), expected[i]);
		assert_int_equal(net_client_connects(c), i + 1);
	}
	net_client_free(c);
	script_end(&s);
	assert_int_equal(s.requests, 7);                /* none was sent twice */
}

static void test_leaves_when_told(void **state)
{
	static const struct line lines[] = { { OK_("2\r\nConnection: close\r\n\r\nok"), HANG },
					     { OK_("2\r\n\r\nok"
						   "HTTP/1.1 200 smuggled"),
					       HANG },
					     { OK_("2\r\n\r\nok"), CLOSE },
					     { "", END } };
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	c = client(&s, "127.0.0.1");
	for (int i = 0; i < 3; i++) {
		assert_int_equal(post(c, "body"), 0);
		assert_string_equal(answer.p, "ok");
		assert_int_equal(net_client_connects(c), i + 1);
	}
	net_client_free(c);
	script_end(&s);
}

/* ---- the second attempt */

static void test_kept_connection_closed(void **state)
{
	static const struct line lines[] = {
		{ OK_("2\r\n\r\nok"), KEEP }, { "", CLOSE }, { OK_("5\r\n\r\nagain"), KEEP }, { "", END }
	};
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	c = client(&s, "127.0.0.1");
	assert_int_equal(post(c, "body"), 0);
	assert_int_equal(post(c, "body"), 0);           /* read by the server, not answered, and sent again */
	assert_string_equal(answer.p, "again");
	assert_int_equal(net_client_connects(c), 2);
	net_client_free(c);
	script_end(&s);
	assert_int_equal(s.requests, 3);
}

static void test_only_once_more(void **state)
{
	static const struct line lines[] = {
		{ OK_("2\r\n\r\nok"), KEEP }, { "", CLOSE }, { "", CLOSE }, { OK_("2\r\n\r\nok"), KEEP }, { "", END }
	};
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	c = client(&s, "127.0.0.1");
	assert_int_equal(post(c, "body"), 0);
	assert_int_equal(post(c, "body"), E_IO);
	assert_non_null(strstr(net_client_error(c), "closed without an answer"));
	assert_int_equal(net_client_connects(c), 2);
	assert_int_equal(post(c, "body"), 0);
	net_client_free(c);
	script_end(&s);
	assert_int_equal(s.requests, 4);
}

static void test_never_on_a_fresh_connection(void **state)
{
	static const struct line lines[] = { { "", CLOSE }, { OK_("2\r\n\r\nok"), KEEP }, { "", END } };
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	c = client(&s, "127.0.0.1");
	assert_int_equal(post(c, "body"), E_IO);
	assert_int_equal(net_client_connects(c), 1);
	assert_int_equal(post(c, "body"), 0);
	net_client_free(c);
	script_end(&s);
	assert_int_equal(s.requests, 2);
}

static void test_never_after_a_byte(void **state)
{
	static const struct line lines[] = { { OK_("2\r\n\r\nok"), KEEP },
					     { "H", CLOSE },
					     { OK_("10\r\n\r\nhalf"), CLOSE },
					     { OK_("2\r\n\r\nok"), KEEP },
					     { "", END } };
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	c = client(&s, "127.0.0.1");
	assert_int_equal(post(c, "body"), 0);
	assert_int_equal(post(c, "body"), E_IO);
	assert_non_null(strstr(net_client_error(c), "closed within the answer"));
	assert_int_equal(post(c, "body"), E_IO);
	assert_int_equal(answer.n, 0);                  /* half an answer is none */
	assert_int_equal(post(c, "body"), 0);
	net_client_free(c);
	script_end(&s);
	assert_int_equal(s.requests, 4);
}

/* ---- time */

static void test_timeouts(void **state)
{
	static const struct line lines[] = { { "", DEAF }, { "", HANG }, { OK_("10\r\n\r\nhalf"), HANG }, { "", END } };
	struct net_client_limits limits = {
		.connect_ms = 150, .answer_ms = 60000, .max_answer = 1000, .max_head = 1000
	};
	struct tls *tls = pki_client("a-1");
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	assert_int_equal(net_client_new(tls, "127.0.0.1", s.port, &limits, &c), 0);
	assert_int_equal(post(c, "body"), E_TIMEOUT);
	assert_int_equal(net_client_connects(c), 0);
	net_client_free(c);
	limits.connect_ms = 60000;
	limits.answer_ms = 150;
	assert_int_equal(net_client_new(tls, "127.0.0.1", s.port, &limits, &c), 0);
	for (int i = 1; i < 3; i++) {
		assert_int_equal(post(c, "body"), E_TIMEOUT);
		assert_int_equal(net_client_connects(c), i);
		assert_int_equal(answer.n, 0);
	}
	net_client_free(c);
	tls_free(tls);
	script_end(&s);
}

static void *abort_soon(void *arg)
{
	clock_sleep_ms(200);
	net_client_abort(arg);
	return NULL;
}

/* A call that waits for a silent peer ends when this side stops, and none begins afterwards. */
static void test_abort(void **state)
{
	static const struct line lines[] = { { "", HANG }, { "", END } };
	struct net_client *c;
	struct script s;
	pthread_t thread;

	(void)state;
	script_start(&s, lines);
	c = client(&s, "127.0.0.1");
	assert_int_equal(pthread_create(&thread, NULL, abort_soon, c), 0);
	assert_int_equal(post(c, "body"), E_STOPPING);
	pthread_join(thread, NULL);
	assert_int_equal(post(c, "body"), E_STOPPING);
	net_client_free(c);
	script_end(&s);
}

/* A kept connection ends when what its context believes has changed. */
static void test_renewed(void **state)
{
	static const struct line lines[] = { { OK_("2\r\n\r\nok"), KEEP }, { OK_("2\r\n\r\nok"), KEEP }, { "", END } };
	struct net_client_limits limits = NET_CLIENT_LIMITS;
	struct tls *tls = pki_client("a-1");
	struct net_client *c;
	struct script s;

	(void)state;
	script_start(&s, lines);
	assert_int_equal(net_client_new(tls, "127.0.0.1", s.port, &limits, &c), 0);
	assert_int_equal(post(c, "body"), 0);
	assert_int_equal(net_client_connects(c), 1);
	tls_renew(tls, pki_client("a-2"));
	assert_int_equal(post(c, "body"), 0);
	assert_int_equal(net_client_connects(c), 2);
	net_client_free(c);
	tls_free(tls);
	script_end(&s);
}

/* ---- whom it believes */

static void test_wrong_name(void **state)
{
	static const struct line lines[] = { { OK_("2\r\n\r\nok"), KEEP }, { "", END } };
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	c = client(&s, "127.0.0.4");                    /* the certificate names 127.0.0.1 to 127.0.0.3 */
	assert_int_equal(post(c, "body"), E_TLS);
	assert_non_null(strstr(net_client_error(c), "IP address mismatch"));
	net_client_free(c);
	c = client(&s, "127.0.0.3");
	assert_int_equal(post(c, "body"), 0);
	net_client_free(c);
	script_end(&s);
	assert_int_equal(s.requests, 1);
}

static void test_foreign_server(void **state)
{
	static const struct line lines[] = { { OK_("2\r\n\r\nok"), KEEP }, { "", END } };
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	tls_free(s.tls);                                /* before anybody has connected */
	s.tls = pki_server("foreign/hub");
	c = client(&s, "127.0.0.1");
	assert_int_equal(post(c, "body"), E_TLS);
	assert_non_null(strstr(net_client_error(c), "certificate"));
	net_client_free(c);
	script_end(&s);
	assert_int_equal(s.requests, 0);
}

static void test_nobody_there(void **state)
{
	static const struct line lines[] = { { "", END } };
	struct script s;
	struct net_client *c;

	(void)state;
	script_start(&s, lines);
	c = client(&s, "127.0.0.1");
	script_end(&s);
	assert_int_equal(post(c, "body"), E_IO);
	assert_non_null(strstr(net_client_error(c), "refused"));
	net_client_free(c);
}

static void test_arguments(void **state)
{
	struct net_client_limits limits = NET_CLIENT_LIMITS;
	struct tls *tls = pki_client("a-1");
	struct net_client *c;

	(void)state;
	assert_int_equal(net_client_new(tls, "127.0.0.1", 0, &limits, &c), E_CONFIG);
	assert_int_equal(net_client_new(tls, "127.0.0.1", 65536, &limits, &c), E_CONFIG);
	assert_int_equal(net_client_new(tls, "", 1, &limits, &c), E_CONFIG);
	assert_int_equal(net_client_new(tls, "127.0.0.1", 1, &limits, &c), 0);
	/* nothing may smuggle a second field into the head */
	assert_int_equal(net_client_post(c, "/x HTTP/1.1\r\nX: y", "t", NULL, "", 0, &status, &answer), E_FORMAT);
	assert_int_equal(net_client_post(c, "x", "t", NULL, "", 0, &status, &answer), E_FORMAT);
	assert_int_equal(net_client_post(c, "/x", "t\r\nX: y", NULL, "", 0, &status, &answer), E_FORMAT);
	assert_int_equal(net_client_post(c, "/x", "t", "a\nb", "", 0, &status, &answer), E_FORMAT);
	assert_int_equal(net_client_get(c, "/a b", &status, &answer), E_FORMAT);
	assert_int_equal(net_client_connects(c), 0);
	net_client_free(c);
	tls_free(tls);
}

static int done(void **state)
{
	(void)state;
	bytes_done(&answer);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_request_as_sent),
					    cmocka_unit_test(test_answers),
					    cmocka_unit_test(test_bad_answers),
					    cmocka_unit_test(test_leaves_when_told),
					    cmocka_unit_test(test_kept_connection_closed),
					    cmocka_unit_test(test_only_once_more),
					    cmocka_unit_test(test_never_on_a_fresh_connection),
					    cmocka_unit_test(test_never_after_a_byte),
					    cmocka_unit_test(test_timeouts), cmocka_unit_test(test_abort), cmocka_unit_test(test_renewed),
					    cmocka_unit_test(test_wrong_name),
					    cmocka_unit_test(test_foreign_server),
					    cmocka_unit_test(test_nobody_there),
					    cmocka_unit_test(test_arguments) };

	signal(SIGPIPE, SIG_IGN);
	pki_make();
	return cmocka_run_group_tests(tests, NULL, done);
}
