/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The worker pool: a bounded queue of requests and the threads that serve them, one or several at a time. */
#ifndef VGI_NET_WORK_H
#define VGI_NET_WORK_H
#include <pthread.h>
#include <stdbool.h>
#include <sys/queue.h>
#include "net/server.h"

/* One request on its way; lives in its connection, so queueing allocates nothing. */
struct work_job {
	STAILQ_ENTRY(work_job) link;
	struct net_request request;
	struct net_answer answer;
	bool alone;                                     /* not to be taken together with others */
	int64_t since_us;                               /* monotonic: in the queue */
	void (*finished)(struct work_job *job);         /* called in the worker thread when the answer is there */
};
STAILQ_HEAD(work_list, work_job);

/* With a batch, few workers are to be busy with much each, not many with one request each: beyond `eager` busy ones, one idle
 * worker watches the oldest request and begins when that has waited for long enough, as it does behind slow ones. */
struct work_pool {
	struct net_hooks hooks;
	void *arg;
	pthread_mutex_t lock;
	pthread_cond_t some, late, ready;
	struct work_list todo;
	int waiting, most;                              /* in todo; at most */
	int batch, eager, busy;                         /* requests taken at once; workers that need not watch; that serve now */
	bool watched;                                   /* an idle worker waits on late */
	bool stopping, cut;
	pthread_t *thread;
	int n, inits, failed;           /* threads; of these through with worker_init; first error of one */
};

/* Starts config's workers and waits for each worker_init. 0, E_MEMORY, or what worker_init said; then no thread is left. */
int work_pool_start(struct work_pool *p, const struct net_config *config);
int work_pool_push(struct work_pool *p, struct work_job *job);          /* 0 or E_BUSY: the queue is full */
/* From now on what waits is handed back unserved, with status 503 and no body. */
void work_pool_cut(struct work_pool *p);
void work_pool_stop(struct work_pool *p);       /* when nobody pushes any more: finishes what waits, joins, frees */
#endif
