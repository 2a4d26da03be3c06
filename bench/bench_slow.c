/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a client that behaves notices of those that do not: its answer times over one kept connection alone, then while idle
 * connections, clients that send their head or body a byte at a time, and half-closed sockets are there, then alone again.
 *   bench_slow PLACE [IDLE [SLOW [HALF-CLOSED]]]        SLOW: of each kind; ends within 45 s */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "bench/messages.h"
#include "bench/place.h"
#include "net/client.h"
#include "security/tls.h"

enum { MOST = 20000, OPENERS = 4, IDLE_OPEN_MS = 30000, SLOW_OPEN_MS = 6000, ALONE_MS = 1500, CROWD_MS = 3000, DRIP_MS = 200, ANSWER_MS = 5000, MOST_TIMES = 1 << 18 };
#define START "2026-06-10T10:59:00+08:00"      /* where day.sh lets a trial's clock begin */

/* The idle ones have made one call: a connection without any is cut when its deadline has passed, so they live as long as
 * idle connections may. Slow ones come last, for they have that deadline to live. */
enum guest_kind { IDLE, SLOW_HEAD, SLOW_BODY, HALF_CLOSED, KINDS };
static const char *const kind_name[KINDS] = { "idle", "head a byte at a time", "body a byte at a time", "half-closed" };
static const char *const kind_begin[KINDS] = {
	"GET /none HTTP/1.1\r\nHost: 127.0.0.3\r\n\r\n",
	"POST /aggregator HTTP/1.1\r\nHost: 127.0.0.3\r\nX-Slow: ",
	"POST /aggregator HTTP/1.1\r\nHost: 127.0.0.3\r\nContent-Type: text/xml\r\nContent-Length: 4000\r\n\r\n",
	"POST /aggregator HTTP/1.1\r\nHost: 127.0.0.3\r\n",
};

struct guest { enum guest_kind kind; int fd; SSL *tls; };
struct crowd {
	const struct place *place;
	struct guest *guest;
	int n;
	atomic_int next, failed;
	int to;                                 /* these are opened now: next..to-1 */
	int64_t until_us;                       /* nothing more is opened then */
	pthread_mutex_t lock;
	SSL_SESSION *session[PLACE_AGGREGATORS];        /* what they resume: a full handshake costs both sides most of a core's time */
	atomic_bool over;
};

static int compare(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

static void say(const char *name, double value, const char *unit)
{
	printf("%-11s %-40s %12.2f %s\n", "slow", name, value, unit);
	fflush(stdout);
}

/* ---- those that do not behave */

static void resume(struct crowd *c, SSL *tls, int who)
{
	pthread_mutex_lock(&c->lock);
	if (c->session[who])
		SSL_set_session(tls, c->session[who]);
	pthread_mutex_unlock(&c->lock);
}

/* The ticket came with the answer. */
static void keep_session(struct crowd *c, SSL *tls, int who)
{
	pthread_mutex_lock(&c->lock);
	if (!c->session[who])
		c->session[who] = SSL_get1_session(tls);
	pthread_mutex_unlock(&c->lock);
}

static int open_guest(struct crowd *c, struct guest *g, int who)
{
	const struct place *p = c->place;
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons((uint16_t)p->port) };
	struct timeval patience = { .tv_sec = ANSWER_MS / 1000 };
	char answer[2048];

	inet_pton(AF_INET, "127.0.0.3", &at.sin_addr);
	g->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g->tls = tls_client_session(p->tls[who], "127.0.0.3");
	if (g->fd < 0 || !g->tls || SSL_set_fd(g->tls, g->fd) != 1)
		return E_MEMORY;
	resume(c, g->tls, who);
	setsockopt(g->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(g->fd, (struct sockaddr *)&at, sizeof(at)) || SSL_connect(g->tls) != 1 ||
	    SSL_write(g->tls, kind_begin[g->kind], (int)strlen(kind_begin[g->kind])) <= 0)
		return E_IO;
	if (g->kind == IDLE && SSL_read(g->tls, answer, sizeof(answer)) <= 0)
		return E_IO;
	if (g->kind == IDLE)
		keep_session(c, g->tls, who);
	if (g->kind == HALF_CLOSED)
		shutdown(g->fd, SHUT_WR);
	return 0;
}

static void *open_guests(void *arg)
{
	struct crowd *c = arg;

	for (int i; (i = atomic_fetch_add(&c->next, 1)) < c->to;)
		if (clock_monotonic_us() < c->until_us && open_guest(c, &c->guest[i], i % PLACE_AGGREGATORS))
			atomic_fetch_add(&c->failed, 1);
	return NULL;
}

static void open_some(struct crowd *c, int from, int to, int ms)
{
	pthread_t thread[OPENERS];
	int n = 0;

	c->next = from;
	c->to = to;
	c->until_us = clock_monotonic_us() + ms * INT64_C(1000);
	while (n < OPENERS && !pthread_create(&thread[n], NULL, open_guests, c))
		n++;
	while (n > 0)
		pthread_join(thread[--n], NULL);
}

static int open_all(struct crowd *c)
{
	int idle = 0;

	while (idle < c->n && c->guest[idle].kind == IDLE)
		idle++;
	open_some(c, 0, idle, IDLE_OPEN_MS);
	open_some(c, idle, c->n, SLOW_OPEN_MS);
	return atomic_load(&c->failed) ? E_IO : 0;
}

/* Whether the server still holds it: its end has not come. */
static bool is_there(const struct guest *g)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);

	return g->fd >= 0 && !getsockopt(g->fd, IPPROTO_TCP, TCP_INFO, &info, &n) &&
	       (info.tcpi_state == TCP_ESTABLISHED || info.tcpi_state == TCP_FIN_WAIT1 || info.tcpi_state == TCP_FIN_WAIT2);
}

static void *drip(void *arg)
{
	struct crowd *c = arg;

	while (!c->over) {
		for (int i = 0; i < c->n && !c->over; i++)
			if ((c->guest[i].kind == SLOW_HEAD || c->guest[i].kind == SLOW_BODY) && is_there(&c->guest[i]))
				SSL_write(c->guest[i].tls, "x", 1);
		clock_sleep_ms(DRIP_MS);
	}
	return NULL;
}

static void say_crowd(const struct crowd *c)
{
	for (int k = 0; k < KINDS; k++) {
		int n = 0, there = 0;
		char name[64];

		for (int i = 0; i < c->n; i++) {
			n += (int)c->guest[i].kind == k && c->guest[i].fd >= 0;
			there += (int)c->guest[i].kind == k && is_there(&c->guest[i]);
		}
		snprintf(name, sizeof(name), "%s: opened", kind_name[k]);
		say(name, n, "connections");
		snprintf(name, sizeof(name), "%s: there at the end", kind_name[k]);
		say(name, there, "connections");
	}
}

static void close_all(struct crowd *c)
{
	for (int i = 0; i < c->n; i++) {
		SSL_free(c->guest[i].tls);
		if (c->guest[i].fd >= 0)
			close(c->guest[i].fd);
	}
	for (int i = 0; i < PLACE_AGGREGATORS; i++)
		SSL_SESSION_free(c->session[i]);
}

/* ---- the one that does */

struct client { struct net_client *net; struct bytes message, answer; int32_t *us; size_t n; int failed; };

static void call_for(struct client *c, int ms)
{
	int64_t begin_us = clock_monotonic_us(), from_us = begin_us;
	int status;

	while (from_us - begin_us < ms * INT64_C(1000)) {
		int rc = net_client_post(c->net, "/aggregator", soap_content_type(SOAP_VERSION_11),
					 operation_of(OPERATION_agg_GetCapabilities)->action, c->message.p, c->message.n, &status, &c->answer);
		int64_t now_us = clock_monotonic_us();

		c->failed += rc || status != 200;
		if (c->n < MOST_TIMES)
			c->us[c->n++] = (int32_t)(now_us - from_us);
		from_us = now_us;
	}
}

static int client_open(const struct place *p, struct codec *codec, struct client *c)
{
	static const struct net_client_limits limits = NET_CLIENT_LIMITS;
	int64_t start_ms = 0;
	int rc;

	time_parse(START, &start_ms);
	c->us = calloc(MOST_TIMES, sizeof(*c->us));
	rc = c->us ? messages_capabilities(codec, 0, start_ms, &c->message) : E_MEMORY;
	return rc ? rc : net_client_new(p->tls[0], "127.0.0.3", p->port, &limits, &c->net);
}

static void client_done(struct client *c)
{
	net_client_free(c->net);
	bytes_done(&c->message);
	bytes_done(&c->answer);
	free(c->us);
}

struct times { double median_ms, p99_ms; };

static struct times times_of(struct client *c, const char *when)
{
	struct times t;
	char name[64];

	qsort(c->us, c->n, sizeof(*c->us), compare);
	t = (struct times){ c->us[c->n / 2] / 1e3, c->us[c->n * 99 / 100] / 1e3 };
	snprintf(name, sizeof(name), "%s: answer time, median", when);
	say(name, t.median_ms, "ms");
	snprintf(name, sizeof(name), "%s: answer time, 99 of 100", when);
	say(name, t.p99_ms, "ms");
	return t;
}

/* Alone is before and after together: a machine that is busier for a while weighs on both sides. */
static int measure(struct client *alone, struct client *among, struct crowd *c)
{
	pthread_t dripper;
	struct times a, b;
	int rc;

	call_for(alone, ALONE_MS);
	rc = open_all(c);
	if (!rc && pthread_create(&dripper, NULL, drip, c))
		rc = E_MEMORY;
	if (!rc) {
		call_for(among, CROWD_MS);
		c->over = true;
		pthread_join(dripper, NULL);
		say_crowd(c);
	}
	close_all(c);
	if (rc) {
		fprintf(stderr, "bench_slow: %d of %d connections could not be opened: %s\n", atomic_load(&c->failed), c->n, error_text_en(rc));
		return 1;
	}
	call_for(alone, ALONE_MS);
	a = times_of(alone, "alone");
	b = times_of(among, "among them");
	say("median, of that alone", b.median_ms / a.median_ms, "ratio");
	say("99 of 100, of that alone", b.p99_ms / a.p99_ms, "ratio");
	if (alone->failed + among->failed)
		fprintf(stderr, "bench_slow: %d calls failed\n", alone->failed + among->failed);
	return alone->failed + among->failed ? 1 : 0;
}

static int number(int argc, char **argv, int i, int fallback)
{
	long v = i < argc ? strtol(argv[i], NULL, 10) : fallback;

	return v < 0 ? 0 : v > MOST ? MOST : (int)v;
}

static int fill(struct crowd *c, int idle, int slow, int half)
{
	int n[KINDS] = { idle, slow, slow, half };

	c->guest = calloc((size_t)(idle + 2 * slow + half) + 1, sizeof(*c->guest));
	for (int k = 0; c->guest && k < KINDS; k++)
		for (int i = 0; i < n[k]; i++)
			c->guest[c->n++] = (struct guest){ (enum guest_kind)k, -1, NULL };
	return c->guest ? 0 : E_MEMORY;
}

int main(int argc, char **argv)
{
	struct client alone = { .answer = BYTES_INIT }, among = { .answer = BYTES_INIT };
	struct codec *codec = codec_new(NULL);
	struct rlimit files;
	struct place place;
	int rc;

	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_WARN);
	if (argc < 2 || !codec || place_open(argv[1], &place)) {
		fprintf(stderr, "usage: bench_slow PLACE [IDLE [SLOW [HALF-CLOSED]]]\nPLACE: what etc/trial/day.sh --up --place PLACE started\n");
		return argc < 2 ? 64 : 1;
	}
	if (!getrlimit(RLIMIT_NOFILE, &files)) {
		files.rlim_cur = files.rlim_max;
		setrlimit(RLIMIT_NOFILE, &files);
	}
	struct crowd crowd = { .place = &place, .lock = PTHREAD_MUTEX_INITIALIZER };
	rc = fill(&crowd, number(argc, argv, 2, 2000), number(argc, argv, 3, 200), number(argc, argv, 4, 100));
	if (!rc)
		rc = client_open(&place, codec, &alone);
	if (!rc)
		rc = client_open(&place, codec, &among);
	rc = rc ? 1 : measure(&alone, &among, &crowd);
	client_done(&alone);
	client_done(&among);
	free(crowd.guest);
	place_done(&place);
	codec_free(codec);
	return rc;
}
