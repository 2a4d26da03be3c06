/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/echo.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "security/pki.h"

static pthread_mutex_t gate_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static int gate_open, gate_inside;
atomic_int worker_inits, worker_dones, poll_served, poll_news[POLL_KEYS];
int poll_ms;
struct net_server *server;

void gate_set(int open)
{
	pthread_mutex_lock(&gate_lock);
	gate_open = open;
	pthread_cond_broadcast(&gate_moved);
	pthread_mutex_unlock(&gate_lock);
}

static void gate_pass(void)
{
	pthread_mutex_lock(&gate_lock);
	gate_inside++;
	pthread_cond_broadcast(&gate_moved);
	while (!gate_open)
		pthread_cond_wait(&gate_moved, &gate_lock);
	gate_inside--;
	pthread_mutex_unlock(&gate_lock);
}

void gate_wait_inside(int n)
{
	pthread_mutex_lock(&gate_lock);
	while (gate_inside < n)
		pthread_cond_wait(&gate_moved, &gate_lock);
	pthread_mutex_unlock(&gate_lock);
}

/* "/poll?KEY": nothing, as long as there is no news under the key and the time is not over. */
static void poll_or_park(const struct net_request *q, struct net_answer *a)
{
	uint64_t key = q->query ? strtoul(q->query, NULL, 10) % POLL_KEYS : 0;

	poll_served++;
	if (poll_news[key]) {
		bytes_adds(&a->body, "<news/>");
		return;
	}
	bytes_adds(&a->body, q->waited_ms ? "<nothing-still/>" : "<nothing/>");
	if (!strcmp(q->path, "/poll-news-meanwhile") && !q->waited_ms) {
		poll_news[key] = 1;
		net_server_wake(server, key);
	}
	if (q->waited_ms >= poll_ms)
		return;
	a->park_ms = (int)(poll_ms - q->waited_ms);
	a->park_key = key;
}

static void serve(void *state, const struct net_request *q, struct net_answer *a)
{
	if (state != &worker_inits)     /* not an assertion: this is no test's thread */
		abort();
	if (!strcmp(q->path, "/wait"))
		gate_pass();
	if (!strcmp(q->path, "/drain"))
		net_server_drain(server, 5000);
	a->content_type = "text/xml; charset=utf-8";
	if (!strncmp(q->path, "/poll", 5)) {
		poll_or_park(q, a);
	} else if (!strcmp(q->path, "/big")) {
		for (int i = 0; i < 100000; i++)
			bytes_adds(&a->body, "0123456789");
	} else if (!strcmp(q->path, "/who")) {
		bytes_printf(&a->body, "%d %s %s %s %s %s %s %zu", q->listener, q->method, q->query ? q->query : "-",
			     q->content_type ? q->content_type : "-", q->soap_action ? q->soap_action : "-", q->peer,
			     q->subject, q->n);
	} else {
		bytes_add(&a->body, q->body, q->n);
	}
}

static int worker_init(void *arg, int index, void **state)
{
	(void)index;
	worker_inits++;
	*state = arg;
	return 0;
}

static void worker_done(void *state)
{
	if (state != &worker_inits)
		abort();
	worker_dones++;
}

static void refuse(void *arg, int listener, int status, int error, const char *asked, struct net_answer *a)
{
	(void)arg;
	(void)asked;
	a->content_type = "text/xml";
	bytes_printf(&a->body, "<fault listener=\"%d\" status=\"%d\" code=\"%s\"/>", listener, status,
		     error_code(error));
}

struct net_config echo_config(void)
{
	struct net_config c = NET_CONFIG;

	c.workers = 2;
	c.queue = 400;
	c.max_body = 100000;
	c.deadline_ms = 600000;         /* machines under load are slow */
	c.hooks = (struct net_hooks){
		.serve = serve, .worker_init = worker_init, .worker_done = worker_done, .refuse = refuse
	};
	c.arg = &worker_inits;
	return c;
}

void echo_start(const struct net_config *config)
{
	struct tls *tls = pki_server("hub");
	struct net_listener at[2] = { { 7, "first", "127.0.0.1", 0, tls }, { 8, "second", "127.0.0.1", 0, tls } };
	struct net_error error;

	poll_served = 0;
	poll_ms = 600000;
	for (int i = 0; i < POLL_KEYS; i++)
		poll_news[i] = 0;
	if (net_server_start(config, at, 2, &server, &error))
		fail_msg("%s", error.text);
	tls_free(tls);
}

struct net_counters counters(void)
{
	struct net_counters n;

	net_server_counters(server, &n);
	return n;
}

int echo_teardown(void **state)
{
	(void)state;
	gate_set(1);
	net_server_stop(server);
	server = NULL;
	gate_set(0);
	return 0;
}

int echo_setup(void **state)
{
	struct net_config c = echo_config();

	(void)state;
	echo_start(&c);
	return 0;
}

struct net_client *client(const char *name, int listener)
{
	struct net_client_limits limits = { 60000, 60000, 2000000, 16384 };     /* machines under load are slow */
	struct tls *tls = pki_client(name);
	struct net_client *c;

	assert_int_equal(net_client_new(tls, "127.0.0.1", net_server_port(server, (size_t)listener), &limits, &c), 0);
	tls_free(tls);
	return c;
}

int post(struct net_client *c, const char *path, const char *body, int *status, struct bytes *answer)
{
	return net_client_post(c, path, "text/xml", "urn:x", body, strlen(body), status, answer);
}

void assert_serves(void)
{
	struct net_client *c = client("a-2", 0);
	struct bytes answer = BYTES_INIT;
	int status;

	assert_int_equal(post(c, "/echo", "<fine/>", &status, &answer), 0);
	assert_int_equal(status, 200);
	assert_string_equal(answer.p, "<fine/>");
	bytes_done(&answer);
	net_client_free(c);
}

void *wait_call(void *arg)
{
	struct net_client *c = client("a-1", 0);
	struct bytes answer = BYTES_INIT;
	int status = 0, rc = post(c, "/wait", "<w/>", &status, &answer);

	(void)arg;
	if (!rc && status == 200 && strcmp(answer.p, "<w/>"))
		status = -1;
	bytes_done(&answer);
	net_client_free(c);
	return (void *)(uintptr_t)(rc ? 1 : status);
}
