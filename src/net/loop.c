/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "net/loop.h"
#include <errno.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include "base/error.h"
#include "base/log.h"
#include "security/tls.h"

#define VISITS 32                       /* of connections at a time, between which others are served */
#define PAUSE_MS 100                    /* accepting rests so long when there are no descriptors left */

/* ---- answers come back */

void loop_wake(struct loop *l)
{
	uint64_t one = 1;
	int saved = errno;
	ssize_t n = write(l->wake_fd, &one, sizeof one);

	(void)n;                        /* EAGAIN: the counter is full, so the loop is awake already */
	errno = saved;
}

/* In a worker thread. */
static void on_finished(struct work_job *job)
{
	struct loop *l = (struct loop *)connection_of(job)->home;
	bool first;

	pthread_mutex_lock(&l->lock);
	first = STAILQ_EMPTY(&l->done);
	STAILQ_INSERT_TAIL(&l->done, job, link);
	pthread_mutex_unlock(&l->lock);
	if (first)
		loop_wake(l);
}

static void take_answers(struct loop *l)
{
	struct work_list done = STAILQ_HEAD_INITIALIZER(done);
	struct work_job *job;

	pthread_mutex_lock(&l->lock);
	STAILQ_CONCAT(&done, &l->done);
	pthread_mutex_unlock(&l->lock);
	while ((job = STAILQ_FIRST(&done))) {
		STAILQ_REMOVE_HEAD(&done, link);
		connection_answered(connection_of(job));
	}
}

/* ---- the end */

static void on_emptied(struct connection_home *home)
{
	event_base_loopexit(home->base, NULL);
}

/* LIST_FOREACH that allows the present one to go. */
static void for_each(struct loop *l, void (*what)(struct connection *))
{
	struct connection *c, *next;

	for (c = LIST_FIRST(&l->home.connections); c; c = next) {
		next = LIST_NEXT(c, link);
		what(c);
	}
}

static void on_cut(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	work_pool_cut(&l->site->shared.pool);
	for_each(l, connection_cut);
}

static void begin_drain(struct loop *l)
{
	l->home.draining = true;
	for (size_t i = 0; i < l->site->n_sockets; i++) {
		evconnlistener_free(l->gate[i].listener);
		l->gate[i].listener = NULL;
	}
	for_each(l, connection_drain);
	if (LIST_EMPTY(&l->home.connections))
		on_emptied(&l->home);
}

static void look_at_drain(struct loop *l)
{
	int ms = l->site->drain_ms;
	struct timeval tv = { .tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000 };

	if (ms < 0 || (l->home.draining && ms >= l->drain_ms))
		return;
	if (!l->home.draining)
		begin_drain(l);
	l->drain_ms = ms;
	event_add(l->cut, &tv);         /* a second call that shortens sets it anew, from then on */
}

/* ---- visits */

static void visit_some(struct loop *l)
{
	unsigned long long round = l->site->recheck;
	const struct timeval soon = { .tv_usec = 1000 };
	struct connection *c, *next;
	int n = 0;

	if (l->visited == round)
		return;
	for (c = LIST_FIRST(&l->home.connections); c && n < VISITS; c = next) {
		next = LIST_NEXT(c, link);
		n += connection_visit(c, round);
	}
	if (c)
		event_add(l->again, &soon);
	else
		l->visited = round;
}

static void on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	visit_some(arg);
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;
	uint64_t count;

	(void)what;
	if (read(fd, &count, sizeof count) != sizeof count)
		return;
	take_answers(l);
	look_at_drain(l);
	visit_some(l);
}

/* ---- connections come */

static struct tls *tls_of(struct socket *s)
{
	struct tls *tls;

	pthread_mutex_lock(&s->lock);
	tls = tls_ref(s->listener.tls);
	pthread_mutex_unlock(&s->lock);
	return tls;
}

static void on_accept(struct evconnlistener *listener, evutil_socket_t fd, struct sockaddr *from, int n, void *arg)
{
	struct loop_gate *gate = arg;
	struct net_shared *s = &gate->loop->site->shared;
	struct tls *tls;

	(void)listener;
	(void)n;
	if (s->count.open >= (unsigned long long)s->config.max_connections) {
		s->count.turned_away++;
		close(fd);
		return;
	}
	tls = tls_of(gate->socket);
	connection_new(&gate->loop->home, &gate->socket->listener, tls, fd, from);
	tls_free(tls);
}

/* Without a free descriptor the socket stays readable and the loop would spin. */
static void on_accept_error(struct evconnlistener *listener, void *arg)
{
	struct loop_gate *gate = arg;
	struct timeval tv = { .tv_usec = PAUSE_MS * 1000 };

	evconnlistener_disable(listener);
	event_add(gate->loop->pause, &tv);
	log_warn("accept-failed", "listener=%s reason=%s", gate->socket->name, strerror(errno));
}

static void on_pause_over(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	for (size_t i = 0; i < l->site->n_sockets; i++)
		if (l->gate[i].listener)
			evconnlistener_enable(l->gate[i].listener);
}

/* ---- life */

static void *run(void *arg)
{
	struct loop *l = arg;

	event_base_dispatch(l->home.base);
	return NULL;
}

static int open_gate(struct loop *l, size_t i)
{
	struct loop_gate *gate = &l->gate[i];
	int fd = dup(l->site->socket[i].fd);    /* so that each loop can close its own */

	*gate = (struct loop_gate){ l, &l->site->socket[i], NULL };
	if (fd < 0)
		return E_IO;
	gate->listener =
		evconnlistener_new(l->home.base, on_accept, gate, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 0, fd);
	if (!gate->listener) {
		close(fd);
		return E_MEMORY;
	}
	evconnlistener_set_error_cb(gate->listener, on_accept_error);
	return 0;
}

int loop_start(struct loop *l, struct loop_site *site)
{
	int rc = 0;

	memset(l, 0, sizeof *l);
	l->site = site;
	STAILQ_INIT(&l->done);
	LIST_INIT(&l->home.connections);
	l->home.shared = &site->shared;
	l->home.finished = on_finished;
	l->home.emptied = on_emptied;
	pthread_mutex_init(&l->lock, NULL);
	l->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	l->home.base = event_base_new();
	if (l->wake_fd < 0 || !l->home.base)
		return E_IO;
	l->wake = event_new(l->home.base, l->wake_fd, EV_READ | EV_PERSIST, on_wake, l);
	l->pause = evtimer_new(l->home.base, on_pause_over, l);
	l->cut = evtimer_new(l->home.base, on_cut, l);
	l->again = evtimer_new(l->home.base, on_again, l);
	if (!l->wake || !l->pause || !l->cut || !l->again || event_add(l->wake, NULL))
		return E_MEMORY;
	for (size_t i = 0; i < site->n_sockets && !rc; i++)
		rc = open_gate(l, i);
	if (!rc && pthread_create(&l->thread, NULL, run, l))
		rc = E_MEMORY;
	l->running = !rc;
	return rc;
}

void loop_join(struct loop *l)
{
	if (l->running)
		pthread_join(l->thread, NULL);
	l->running = false;
}

void loop_done(struct loop *l)
{
	struct event *events[] = { l->wake, l->pause, l->cut, l->again };

	for (size_t i = 0; i < l->site->n_sockets; i++)
		if (l->gate[i].listener)
			evconnlistener_free(l->gate[i].listener);
	for (size_t i = 0; i < sizeof events / sizeof *events; i++)
		if (events[i])
			event_free(events[i]);
	if (l->home.base)
		event_base_free(l->home.base);
	if (l->wake_fd >= 0)
		close(l->wake_fd);
	pthread_mutex_destroy(&l->lock);
}
