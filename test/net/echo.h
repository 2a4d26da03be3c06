/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The server under test: it echoes bodies, by a few paths it does something else, and refusals answer with a small
 * fault. All state is global: one server at a time. */
#ifndef VGI_TEST_NET_ECHO_H
#define VGI_TEST_NET_ECHO_H
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdatomic.h>
#include "net/client.h"
#include "net/server.h"

/* "/wait" waits for the gate, "/drain" begins a drain, "/big" answers 1,000,000 bytes, "/who" what the request said;
 * "/poll?KEY" answers when there is news or its time is over; every other path echoes. Listener 0 has the tag 7, listener 1 the tag 8. */
extern struct net_server *server;
extern atomic_int worker_inits, worker_dones;
enum { POLL_KEYS = 1000 };
extern atomic_int poll_served, poll_news[POLL_KEYS];    /* calls of serve; set before net_server_wake */
extern int poll_ms;                                     /* how long a poll waits */

struct net_config echo_config(void);                    /* 2 workers, bodies up to 100,000 bytes, deadlines far away */
void echo_start(const struct net_config *config);
int echo_setup(void **state);                           /* cmocka: start with echo_config */
int echo_teardown(void **state);                        /* cmocka: opens the gate, stops, closes the gate */
struct net_counters counters(void);

void gate_set(int open);
void gate_wait_inside(int n);                           /* until n requests wait at the gate */

struct net_client *client(const char *name, int listener);
int post(struct net_client *c, const char *path, const char *body, int *status, struct bytes *answer);
void assert_serves(void);                               /* a good call, as the proof that others are unharmed */
/* Thread: posts to "/wait"; returns the status as uintptr_t, 1 if the call failed. */
void *wait_call(void *arg);
#endif
