/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The day, played: eight aggregators, the trading platform and the dispatch system against one hub, over SOAP alone;
 * business time moves only when everything said at an instant is answered, so that the same seed makes the same day. With a cast
 * that was changed it stands in for whom it plays beside others' software: what it does not get it does without. */
#ifndef VGI_SIM_PLAY_H
#define VGI_SIM_PLAY_H
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include "sim/cast.h"
#include "sim/link.h"

struct play_options {
	struct link_address dispatch, trading, aggregator;      /* the hub's services */
	struct link_address sink;                               /* where the dispatch system is served */
	struct link_address trading_sink;                       /* the trading platform; host "": nowhere */
	const char *pki;                /* folder with ca.pem and NAME.pem, NAME.key for A1 … A8, dispatch, trading */
	const char *clock;              /* the hub's trial socket */
	const char *trial_dir, *data_dir;       /* sim/world.h; data_dir NULL: the home day */
	const char *sent;               /* folder of the own record, made if it is not there */
	uint64_t seed;
	int64_t patience_s;             /* how long a message is sent again and again */
	int64_t bid_scale_ppm;
	struct cast cast;               /* who is played and how; changed: nothing is taken for granted of the others */
	int64_t pace_ms;                /* machine time that a minute takes at least */
	int until;                      /* the last minute that is played (0: noon); WORLD_MINUTES: the whole day and its results */
	bool follow;                    /* the hub's clock is moved by somebody else */
	bool quiet;
	const atomic_bool *stop;        /* when it becomes true, the play ends early, its record written */
};

enum play_result {
	PLAY_DONE = 0,
	PLAY_FAILED = 1,                /* something that should be was not; stderr says what */
	PLAY_TASK_REFUSED = 3           /* the hub refused the task that was to be played */
};

enum play_result play_day(const struct play_options *options);
#endif
