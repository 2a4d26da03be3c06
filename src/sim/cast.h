/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* Who of the day's parties is played and how: left out, slow, refusing, away for a while, losing answers, or called by the
 * hub. What nobody said anything about plays the trial day. */
#ifndef VGI_SIM_CAST_H
#define VGI_SIM_CAST_H
#include <stdbool.h>
#include <stdint.h>
#include "sim/link.h"
#include "sim/world.h"

enum { CAST_DISPATCH = WORLD_AGGREGATORS, CAST_TRADING, CAST_PARTIES };         /* aggregators A1 … come first */

struct cast_part {
	bool absent;
	int64_t refuse;                 /* so many control curves (dispatch, trading: messages of the hub) are refused */
	int64_t lose;                   /* so many messages of the hub are taken and their answers lost */
	int64_t delay_ms;               /* machine time by which every message and every answer is late */
	int down_from, down_to;         /* minutes of the day [from, to) without a sign of life; both 0: none */
	struct link_address callback;   /* an aggregator's own service; host "": it fetches */
};

struct cast {
	struct cast_part part[CAST_PARTIES];
	bool changed;                   /* something was said: it is not the trial day any more */
};

enum cast_option { CAST_WITHOUT, CAST_ONLY, CAST_CALLBACK, CAST_REFUSE, CAST_LOSE, CAST_DELAY, CAST_DOWN };

/* Takes the value of one option: "A3", for refuse and lose "A3" or "A3=2" (without a number: always), for delay "A3=250"
 * (ms, up to 60000), for down "A3=18:00-18:40" (business time, from noon to noon), for callback "A3=127.0.0.1:8446". ONLY
 * leaves out everybody who was not named by ONLY. 0; E_FORMAT; E_RANGE; E_UNKNOWN_RESOURCE: no such party. */
int cast_take(struct cast *cast, enum cast_option option, const char *value);

/* "A1" … "A8", "dispatch", "trading" */
const char *cast_name(int party);
/* Neither left out nor down in this minute of the day (0: noon; before noon nobody is down). */
bool cast_is_there(const struct cast *cast, int party, int minute);

/* "18:20": minute of the day from noon, 0 to WORLD_MINUTES - 1. 0, E_FORMAT, E_RANGE. */
int cast_minute(const char *s, int *minute);

/* "127.0.0.1:8443", "[::1]:8443". 0 or E_FORMAT. */
int cast_address(const char *s, struct link_address *at);
#endif
