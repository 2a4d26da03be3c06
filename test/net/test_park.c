/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Requests that wait without a worker: woken by their key, by time, by the end, by their sender; and that no wake is
 * lost. */
#include "net/echo.h"
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include "base/clock.h"
#include "base/log.h"
#include "base/rng.h"
#include "net/raw.h"
#include "security/pki.h"

enum { MANY = 500, PATIENCE_MS = 60000 };

static struct raw poll_for(int key)
{
	struct raw r = raw_open(net_server_port(server, 0), "a-1");
	char head[100];

	snprintf(head, sizeof head, "GET /poll?%d HTTP/1.1\r\nHost: hub\r\n\r\n", key);
	assert_true(raw_sends(&r, head));
	return r;
}

static void wait_parked(uint64_t n)
{
	while (counters().parked != n)
		clock_sleep_ms(2);
}

static void assert_answer(struct raw *r, const char *expected)
{
	char buf[1000];

	raw_read(r, buf, sizeof buf, "/>", PATIENCE_MS);
	if (!strstr(buf, expected))
		fail_msg("expected %s, got %s", expected, buf);
}

static void tell_news(int key)
{
	poll_news[key] = 1;
	net_server_wake(server, (uint64_t)key);
}

/* 500 wait, and two workers serve everybody else; each is woken by its own key only. */
static void test_many(void **state)
{
	static struct raw r[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++)
		r[i] = poll_for(i);
	wait_parked(MANY);
	assert_int_equal(poll_served, MANY);
	assert_serves();
	net_server_wake(server, 999);           /* for which nobody waits */
	for (int i = 0; i < MANY; i += 2)
		tell_news(i);
	for (int i = 0; i < MANY; i += 2)
		assert_answer(&r[i], "<news/>");
	assert_int_equal(counters().parked, MANY / 2);
	assert_int_equal(poll_served, MANY + MANY / 2);
	for (int i = 1; i < MANY; i += 2)
		tell_news(i);
	for (int i = 1; i < MANY; i += 2)
		assert_answer(&r[i], "<news/>");
	for (int i = 0; i < MANY; i++)
		raw_close(&r[i]);
	assert_int_equal(counters().parked, 0);
	assert_int_equal(counters().timeouts, 0);
}

/* Several wait for one thing; a wake without news lets them wait on, and the connection goes on afterwards. */
static void test_wake_for_nothing(void **state)
{
	struct raw r[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		r[i] = poll_for(5);
	wait_parked(3);
	net_server_wake(server, 5);
	while (poll_served < 6)
		clock_sleep_ms(2);
	wait_parked(3);
	tell_news(5);
	for (int i = 0; i < 3; i++) {
		assert_answer(&r[i], "<news/>");
		assert_true(raw_sends(&r[i], "POST /echo HTTP/1.1\r\nHost: hub\r\nContent-Length: 4\r\n\r\n<a/>"));
		assert_answer(&r[i], "<a/>");
		raw_close(&r[i]);
	}
	assert_int_equal(poll_served, 9);
}

static void test_time_over(void **state)
{
	struct raw r;

	(void)state;
	poll_ms = 300;
	r = poll_for(1);
	assert_answer(&r, "<nothing-still/>");
	assert_true(poll_served >= 2);
	assert_int_equal(counters().parked, 0);
	assert_int_equal(counters().timeouts, 0);
	raw_close(&r);
}

/* What happens while a worker looks is not missed: there is no other wake than the one during serve. */
static void test_no_wake_lost(void **state)
{
	struct raw r = raw_open(net_server_port(server, 0), "a-1");

	(void)state;
	assert_true(raw_sends(&r, "GET /poll-news-meanwhile?3 HTTP/1.1\r\nHost: hub\r\n\r\n"));
	assert_answer(&r, "<news/>");
	assert_int_equal(poll_served, 2);
	raw_close(&r);
}

static void test_peer_closes(void **state)
{
	struct raw r[20];

	(void)state;
	for (int i = 0; i < 20; i++)
		r[i] = poll_for(7);
	wait_parked(20);
	for (int i = 0; i < 20; i++)
		raw_close(&r[i]);
	wait_parked(0);
	while (counters().open)
		clock_sleep_ms(2);
	tell_news(7);
	assert_serves();
	assert_int_equal(poll_served, 20);
}

/* Who sends more gets the answer there is, and then the next. */
static void test_second_request(void **state)
{
	struct raw r = poll_for(8);
	char buf[2000];

	(void)state;
	wait_parked(1);
	assert_true(raw_sends(&r, "POST /echo HTTP/1.1\r\nHost: hub\r\nContent-Length: 7\r\n\r\n<later>"));
	raw_read(&r, buf, sizeof buf, "<later>", PATIENCE_MS);
	assert_non_null(strstr(buf, "<nothing/>"));
	assert_non_null(strstr(buf, "<later>"));
	assert_int_equal(poll_served, 1);
	raw_close(&r);
}

static void test_most_parked(void **state)
{
	struct net_config c = echo_config();
	struct raw r[4];

	(void)state;
	echo_teardown(NULL);
	c.max_parked = 3;
	echo_start(&c);
	for (int i = 0; i < 3; i++)
		r[i] = poll_for(i);
	wait_parked(3);
	r[3] = poll_for(3);
	assert_answer(&r[3], "<nothing/>");
	assert_int_equal(counters().not_parked, 1);
	raw_close(&r[0]);
	wait_parked(2);
	raw_close(&r[3]);
	r[3] = poll_for(3);
	wait_parked(3);
	for (int i = 1; i < 4; i++)
		raw_close(&r[i]);
}

/* A drain does not wait for them: the last of 60 s is not over. */
static void test_drain(void **state)
{
	struct raw r[50];

	(void)state;
	for (int i = 0; i < 50; i++)
		r[i] = poll_for(i);
	wait_parked(50);
	net_server_drain(server, PATIENCE_MS);
	for (int i = 0; i < 50; i++) {
		assert_answer(&r[i], "<nothing/>");
		assert_true(raw_ended(&r[i], PATIENCE_MS));
		raw_close(&r[i]);
	}
	net_server_wait(server);
	net_server_wake(server, 1);             /* harmless */
	assert_int_equal(counters().answers, 50);
}

static void test_stop(void **state)
{
	struct raw r = poll_for(1);

	(void)state;
	wait_parked(1);
	net_server_drain(server, 0);
	net_server_wait(server);
	assert_int_equal(counters().open, 0);
	raw_close(&r);
}

/* Wakes from two threads while pollers come, close and send more: nothing is lost, freed twice or left behind. */
static atomic_bool enough;

static void *ring(void *arg)
{
	(void)arg;
	for (uint64_t key = 0; !enough; key = (key + 1) % 8) {
		net_server_wake(server, key);
		if (key == 7)
			clock_sleep_ms(1);
	}
	return NULL;
}

static void test_storm(void **state)
{
	struct net_config c = echo_config();
	struct raw r[32];
	pthread_t t[2];
	struct rng rng;

	(void)state;
	echo_teardown(NULL);
	c.loops = 2;
	echo_start(&c);
	enough = false;
	rng_seed(&rng, 7);
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&t[i], NULL, ring, NULL), 0);
	for (int i = 0; i < 32; i++)
		r[i] = poll_for(i % 8);
	for (int round = 0; round < 400; round++) {
		int i = (int)rng_below(&rng, 32);

		if (rng_below(&rng, 2))
			assert_true(raw_sends(&r[i], "GET /poll?1 HTTP/1.1\r\nHost: hub\r\n\r\n"));
		raw_close(&r[i]);
		r[i] = poll_for(i % 8);
	}
	for (int key = 0; key < 8; key++)
		tell_news(key);
	for (int i = 0; i < 32; i++) {
		assert_answer(&r[i], "<news/>");
		raw_close(&r[i]);
	}
	enough = true;
	for (int i = 0; i < 2; i++)
		pthread_join(t[i], NULL);
	while (counters().open)
		clock_sleep_ms(2);
	assert_int_equal(counters().parked, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, echo_setup, echo_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = { T(test_many), T(test_wake_for_nothing), T(test_time_over),
		T(test_no_wake_lost), T(test_peer_closes), T(test_second_request), T(test_most_parked), T(test_drain),
		T(test_stop), T(test_storm) };
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;        /* both ends of 500 connections are here */
	setrlimit(RLIMIT_NOFILE, &files);
	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	pki_make();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
