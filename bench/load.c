/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/clock.h"
#include "base/error.h"
#include "bench/load.h"
#include "codec/soap/envelope.h"
#include "net/client.h"

enum { MOST_TIMES = 1 << 18 };

struct caller {
	const struct load *load;
	int index;
	pthread_t thread;
	struct net_client *client;
	struct bytes answer;
	int32_t *us;
	size_t n;                       /* times noted */
	int64_t calls, failed;
	int64_t begin_us;
	atomic_bool *told;
};

static void tell_failure(struct caller *me, const char *why)
{
	if (!atomic_exchange(me->told, true))
		fprintf(stderr, "bench_hub: %s: %s\n%.*s\n", operation_of(me->load->operation)->name, why,
			(int)(me->answer.n < 2000 ? me->answer.n : 2000), me->answer.n ? me->answer.p : "");
}

static void note_time(struct caller *me, int64_t us)
{
	if (me->n < MOST_TIMES)
		me->us[me->n++] = us < INT32_MAX ? (int32_t)us : INT32_MAX;
}

static void call_once(struct caller *me, const struct bytes *message)
{
	int64_t begin_us = clock_monotonic_us();
	int status = 0, rc;

	if (me->load->connect_anew)
		net_client_close(me->client);
	rc = net_client_post(me->client, "/aggregator", soap_content_type(SOAP_VERSION_11),
			     operation_of(me->load->operation)->action, message->p, message->n, &status, &me->answer);
	if (!rc && (status != 200 || !memmem(me->answer.p, me->answer.n, me->load->expected, strlen(me->load->expected))))
		rc = E_FORMAT;
	note_time(me, clock_monotonic_us() - begin_us);
	me->calls++;
	if (rc == 0)
		return;
	me->failed++;
	tell_failure(me, rc == E_FORMAT ? "another answer than expected" : net_client_error(me->client));
}

static bool is_over(const struct caller *me)
{
	return me->load->most_us && clock_monotonic_us() - me->begin_us > me->load->most_us;
}

static void *run(void *arg)
{
	struct caller *me = arg;
	const struct load *l = me->load;

	for (size_t i = 0; (l->again || i < l->n) && !is_over(me); i++) {
		if (l->before)
			l->before(l->state, me->index, i);
		call_once(me, &l->message[(size_t)me->index * l->n + i % l->n]);
		if (l->after)
			l->after(l->state, me->index, i);
	}
	return NULL;
}

static int by_value(const void *a, const void *b)
{
	return *(const int32_t *)a < *(const int32_t *)b ? -1 : *(const int32_t *)a > *(const int32_t *)b;
}

static int add_up(const struct load *l, const struct caller *caller, struct load_result *r)
{
	size_t n = 0;
	int32_t *all;

	for (int i = 0; i < l->callers; i++) {
		n += caller[i].n;
		r->calls += caller[i].calls;
		r->failed += caller[i].failed;
	}
	if (n == 0)
		return E_NOTHING;
	all = calloc(n, sizeof(*all));
	if (!all)
		return E_MEMORY;
	n = 0;
	for (int i = 0; i < l->callers; i++)
		for (size_t k = 0; k < caller[i].n; k++)
			all[n++] = caller[i].us[k];
	qsort(all, n, sizeof(*all), by_value);
	r->median_us = all[n / 2];
	r->p99_us = all[n * 99 / 100];
	r->most_us = all[n - 1];
	free(all);
	return 0;
}

/* Connections are opened before the clock starts. */
static int prepare(const struct load *l, struct caller *caller, int i, atomic_bool *told)
{
	static const struct net_client_limits limits = NET_CLIENT_LIMITS;
	int status, rc;

	caller[i] = (struct caller){ .load = l, .index = i, .told = told, .us = calloc(MOST_TIMES, sizeof(*caller[i].us)) };
	if (!caller[i].us)
		return E_MEMORY;
	rc = net_client_new(l->place->tls[i % PLACE_AGGREGATORS], "127.0.0.3", l->place->port, &limits, &caller[i].client);
	if (!rc)
		rc = net_client_get(caller[i].client, "/aggregator?wsdl", &status, &caller[i].answer);
	if (rc)
		fprintf(stderr, "bench_hub: %s\n", caller[i].client ? net_client_error(caller[i].client) : error_text_en(rc));
	return rc;
}

int load_run(const struct load *l, struct load_result *result)
{
	struct caller *caller = calloc(LOAD_MOST_CALLERS, sizeof(*caller));
	struct place_cost before, after;
	atomic_bool told = false;
	int rc = !caller ? E_MEMORY : l->callers > LOAD_MOST_CALLERS ? E_RANGE : 0, started = 0;

	memset(result, 0, sizeof(*result));
	for (int i = 0; i < l->callers && !rc; i++)
		rc = prepare(l, caller, i, &told);
	place_cost(l->place, &before);
	for (; started < l->callers && !rc; started++) {
		caller[started].begin_us = before.wall_us;
		rc = pthread_create(&caller[started].thread, NULL, run, &caller[started]) ? E_MEMORY : 0;
		if (rc)
			break;
	}
	for (int i = 0; i < started; i++)
		pthread_join(caller[i].thread, NULL);
	place_cost(l->place, &after);
	result->spent = place_spent(&before, &after);
	if (!rc)
		rc = add_up(l, caller, result);
	for (int i = 0; caller && i < l->callers && i < LOAD_MOST_CALLERS; i++) {
		net_client_free(caller[i].client);
		bytes_done(&caller[i].answer);
		free(caller[i].us);
	}
	free(caller);
	return rc;
}
