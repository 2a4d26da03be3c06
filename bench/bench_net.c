/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Requests per second of the mutual-TLS server over loopback: clients in threads of this process post a message over
 * kept connections, a worker answers with one of the same size.
 *   bench_net PKI-DIR [clients [seconds [bytes [workers [loops]]]]]   PKI-DIR: made by etc/trial/pki.sh DIR hub a-1 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/log.h"
#include "net/client.h"
#include "net/server.h"
#include "security/tls.h"

enum { MOST_CLIENTS = 1000, MOST_SAMPLES = 200000, CONNECT_MS = 60000 };

static char *body;
static size_t body_n;
static int port;
static struct tls *client_tls;
static atomic_bool over;
static pthread_barrier_t connected;

struct caller { pthread_t thread; int64_t cpu_us; int calls, failed, n; int32_t *us; };

static void serve(void *state, const struct net_request *q, struct net_answer *a)
{
	(void)state;
	a->content_type = "text/xml; charset=utf-8";
	bytes_add(&a->body, q->body, q->n);
}

static void *call(void *arg)
{
	struct net_client_limits limits = NET_CLIENT_LIMITS;
	struct caller *me = arg;
	struct bytes answer = BYTES_INIT;
	struct net_client *c = NULL;
	int status;

	limits.connect_ms = CONNECT_MS;
	/* Connections are opened before the clock starts. */
	if (net_client_new(client_tls, "127.0.0.1", port, &limits, &c) || net_client_get(c, "/bench", &status, &answer))
		me->failed++;
	pthread_barrier_wait(&connected);
	int64_t began_us = clock_thread_cpu_us();
	pthread_barrier_wait(&connected);
	while (c && !over) {
		int64_t before = clock_monotonic_us();

		if (net_client_post(c, "/bench", "text/xml", "urn:bench", body, body_n, &status, &answer) ||
		    status != 200 || answer.n != body_n)
			me->failed++;
		if (me->n < MOST_SAMPLES)
			me->us[me->n++] = (int32_t)(clock_monotonic_us() - before);
		me->calls++;
	}
	me->cpu_us = clock_thread_cpu_us() - began_us;
	bytes_done(&answer);
	net_client_free(c);
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	return *(const int32_t *)a < *(const int32_t *)b ? -1 : *(const int32_t *)a > *(const int32_t *)b;
}

static void report(struct caller *callers, int n, int64_t took_us, int64_t cpu_us)
{
	int64_t calls = 0, failed = 0, client_us = 0;
	size_t samples = 0;
	int32_t *all;

	for (int i = 0; i < n; i++) {
		calls += callers[i].calls;
		failed += callers[i].failed;
		client_us += callers[i].cpu_us;
		samples += (size_t)callers[i].n;
	}
	all = calloc(samples + 1, sizeof *all);
	if (!all || !calls)
		return;
	samples = 0;
	for (int i = 0; i < n; i++)
		for (int k = 0; k < callers[i].n; k++)
			all[samples++] = callers[i].us[k];
	qsort(all, samples, sizeof *all, by_value);
	printf("%lld calls, %lld failed, %.0f/s, server CPU %.1f us a call, client CPU %.1f us a call\n",
	       (long long)calls, (long long)failed, (double)calls * 1e6 / (double)took_us,
	       (double)(cpu_us - client_us) / (double)calls, (double)client_us / (double)calls);
	printf("latency us: median %d, p95 %d, p99 %d, most %d\n", all[samples / 2], all[samples * 95 / 100],
	       all[samples * 99 / 100], all[samples - 1]);
	free(all);
}

static int run(const struct net_config *config, struct tls *server_tls, int n, int seconds)
{
	struct net_listener at = { 0, "bench", "127.0.0.1", 0, server_tls };
	struct caller *callers = calloc((size_t)n, sizeof *callers);
	struct net_server *server;
	struct net_error error;
	int64_t begin_us, begin_cpu_us;

	pthread_barrier_init(&connected, NULL, (unsigned)n + 1);
	if (!callers || net_server_start(config, &at, 1, &server, &error)) {
		fprintf(stderr, "bench_net: %s\n", callers ? error.text : "out of memory");
		return 1;
	}
	port = net_server_port(server, 0);
	for (int i = 0; i < n; i++) {
		callers[i].us = calloc(MOST_SAMPLES, sizeof *callers[i].us);
		if (!callers[i].us || pthread_create(&callers[i].thread, NULL, call, &callers[i]))
			return 1;
	}
	pthread_barrier_wait(&connected);
	begin_us = clock_monotonic_us();
	begin_cpu_us = clock_process_cpu_us();
	pthread_barrier_wait(&connected);
	clock_sleep_ms(seconds * 1000);
	over = true;
	for (int i = 0; i < n; i++)
		pthread_join(callers[i].thread, NULL);
	report(callers, n, clock_monotonic_us() - begin_us, clock_process_cpu_us() - begin_cpu_us);
	net_server_stop(server);
	for (int i = 0; i < n; i++)
		free(callers[i].us);
	free(callers);
	return 0;
}

static int number(char **argv, int argc, int i, int fallback, int most)
{
	long v = i < argc ? strtol(argv[i], NULL, 10) : fallback;

	return v < 1 ? 1 : v > most ? most : (int)v;
}

int main(int argc, char **argv)
{
	struct net_config config = NET_CONFIG;
	struct tls *server_tls = NULL;
	struct tls_error error;
	char path[5][300];
	static const char *const names[] = { "hub.pem", "hub.key", "a-1.pem", "a-1.key", "ca.pem" };
	int clients = number(argv, argc, 2, 8, MOST_CLIENTS), seconds = number(argv, argc, 3, 5, 3600), rc;

	if (argc < 2) {
		fprintf(stderr, "usage: bench_net PKI-DIR [clients [seconds [bytes [workers [loops]]]]]\n");
		return 64;
	}
	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_WARN);
	for (int i = 0; i < 5; i++)
		snprintf(path[i], sizeof path[i], "%s/%s", argv[1], names[i]);
	if (tls_server_new(&(struct tls_files){ .certificate = path[0], .key = path[1], .trust = path[4] }, &server_tls, &error) ||
	    tls_client_new(&(struct tls_files){ .certificate = path[2], .key = path[3], .trust = path[4] }, &client_tls, &error)) {
		fprintf(stderr, "bench_net: %s\n", error.text);
		return 1;
	}
	body_n = (size_t)number(argv, argc, 4, 1024, 10 << 20);
	body = malloc(body_n);
	if (!body)
		return 1;
	memset(body, 'x', body_n);
	config.workers = number(argv, argc, 5, 2, 256);
	config.queue = 2 * clients > config.queue ? 2 * clients : config.queue;
	config.deadline_ms = CONNECT_MS;
	config.loops = number(argv, argc, 6, 1, 64);
	config.hooks.serve = serve;
	printf("%d clients, %zu bytes each way, %d workers, %d loops\n", clients, body_n, config.workers, config.loops);
	rc = run(&config, server_tls, clients, seconds);
	tls_free(server_tls);
	tls_free(client_tls);
	free(body);
	return rc;
}
