/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A service of another side, as the hub calls it: the dispatch system's (DispatchSink), which takes totals of every minute
 * and the stages of a task, or the trading platform's (TradingPlatform). Idempotent by message id: a repeated message gets the first answer and is counted once, the same id with
 * other content is refused. Serves in threads of its own until it is freed, also while the hub is away. */
#ifndef VGI_SIM_SINK_H
#define VGI_SIM_SINK_H
#include <stddef.h>
#include <stdint.h>
#include "codec/soap/operation.h"
#include "model/types.h"
#include "sim/counts.h"
#include "sim/link.h"

struct sink;

/* What a service does besides taking everything: the first `refuse` messages (of an aggregator's service: control curves) are
 * rejected, the answers of the first `lose` never leave (tests of the connection are neither), each answer is delay_ms late. taken, if set, is told of every message
 * when it is taken first, whether rejected or not, in a thread of the service; message lives until it returns. */
struct sink_conduct {
	int64_t refuse, lose, delay_ms;
	void (*taken)(void *arg, const struct operation *op, const char *message, size_t n, bool rejected);
	void *arg;
};
struct sink_error { char text[400]; };

/* Serves one contract at an address with the certificate and key NAME.pem and NAME.key and the authority ca.pem in folder pki,
 * NAME being principal, under which counts are kept; control curves are not counted here. conduct NULL: takes everything. 0, or E_CONFIG, E_IO, E_MEMORY with a text. */
int sink_start(enum service service, const struct link_address *at, const char *pki, const char *principal,
	       struct counts *counts, const struct sink_conduct *conduct, struct sink **sink, struct sink_error *error);
/* Down: its port is closed and connections are cut; up again: as before, with what it remembers. 0, E_IO, E_MEMORY. */
int sink_set_up(struct sink *s, bool up, struct sink_error *error);
void sink_free(struct sink *s);                 /* NULL allowed */
int sink_port(const struct sink *s);

/* Minutes told so far; a correction of one (a revision above 1) is none. Any thread, as is the next. */
int64_t sink_minutes(struct sink *s);
/* Whether this stage of this task was told. */
bool sink_heard(struct sink *s, const char *task_id, enum task_state state);
#endif
