/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "endpoint/limits.h"
#include <pthread.h>
#include <stdlib.h>
#include "base/error.h"

enum { ACCOUNTS = 32768 };              /* principal_no is a SMALLINT; 0 is for strangers */

/* free_ns: when the bucket would be full again if nothing more came (virtual scheduling, ITU-T I.371). */
struct account { int64_t free_ns, inside; };

struct limits {
	pthread_mutex_t lock;
	int64_t value[PRINCIPAL_LIMITS], count[PRINCIPAL_LIMITS];
	struct account account[ACCOUNTS];
};

struct limits *limits_new(void)
{
	struct limits *l = calloc(1, sizeof *l);
	if (l)
		pthread_mutex_init(&l->lock, NULL);
	return l;
}

void limits_free(struct limits *l)
{
	if (!l)
		return;
	pthread_mutex_destroy(&l->lock);
	free(l);
}

void limits_set(struct limits *l, const int64_t value[PRINCIPAL_LIMITS])
{
	pthread_mutex_lock(&l->lock);
	for (int i = 0; i < PRINCIPAL_LIMITS; i++)
		l->value[i] = value[i];
	pthread_mutex_unlock(&l->lock);
}

static int64_t in_force(const struct limits *l, const struct principal *who, enum principal_limit limit)
{
	return who && who->limit[limit] != VALUE_NONE ? who->limit[limit] : l->value[limit];
}

int64_t limits_of(struct limits *l, const struct principal *who, enum principal_limit limit)
{
	pthread_mutex_lock(&l->lock);
	int64_t v = in_force(l, who, limit);
	pthread_mutex_unlock(&l->lock);
	return v;
}

/* A message takes 1/rate seconds out of the bucket. */
static int take(struct limits *l, const struct principal *who, struct account *a, int64_t now_ns, int *retry_after_s)
{
	int64_t rate = in_force(l, who, LIMIT_RATE), burst = in_force(l, who, LIMIT_BURST);
	if (rate == 0)
		return 0;
	int64_t each_ns = rate > 1000000000 ? 1 : 1000000000 / rate, most_ns = (burst > 1 ? burst - 1 : 0) * each_ns;
	if (a->free_ns < now_ns)
		a->free_ns = now_ns;
	int64_t over_ns = a->free_ns - now_ns - most_ns;
	if (over_ns > 0) {
		*retry_after_s = (int)((over_ns + 999999999) / 1000000000);
		return E_RATE;
	}
	a->free_ns += each_ns;
	return 0;
}

static int enter(struct limits *l, const struct principal *who, size_t n, int64_t now_us, int number, int *retry_after_s)
{
	struct account *a = &l->account[number];
	int64_t body = in_force(l, who, LIMIT_BODY), most = in_force(l, who, LIMIT_CONCURRENT);
	int rc = 0;
	if (body && n > (uint64_t)body) {
		l->count[LIMIT_BODY]++;
		return E_TOO_LARGE;
	}
	if (most && a->inside >= most) {
		l->count[LIMIT_CONCURRENT]++;
		*retry_after_s = 1;
		return E_CONCURRENT;
	}
	if ((rc = take(l, who, a, now_us * 1000, retry_after_s)))
		l->count[LIMIT_RATE]++;
	else
		a->inside++;
	return rc;
}

int limits_enter(struct limits *l, const struct principal *who, size_t n, int64_t now_us, int *ticket, int *retry_after_s)
{
	*ticket = who && who->principal_no > 0 && who->principal_no < ACCOUNTS ? who->principal_no : 0;
	*retry_after_s = 0;
	pthread_mutex_lock(&l->lock);
	int rc = enter(l, who, n, now_us, *ticket, retry_after_s);
	pthread_mutex_unlock(&l->lock);
	return rc;
}

void limits_leave(struct limits *l, int ticket)
{
	pthread_mutex_lock(&l->lock);
	l->account[ticket].inside--;
	pthread_mutex_unlock(&l->lock);
}

void limits_count(struct limits *l, enum principal_limit limit)
{
	pthread_mutex_lock(&l->lock);
	l->count[limit]++;
	pthread_mutex_unlock(&l->lock);
}

void limits_counts(struct limits *l, int64_t count[PRINCIPAL_LIMITS])
{
	pthread_mutex_lock(&l->lock);
	for (int i = 0; i < PRINCIPAL_LIMITS; i++)
		count[i] = l->count[i];
	pthread_mutex_unlock(&l->lock);
}
