/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The sessions of one day: whole rows of real sessions, drawn with replacement, so that arrival, stay and energy stay
 * together; the row as a whole is shifted by up to 7 minutes. Home rows come from the five days of the same class
 * (Monday to Thursday, or the others) nearest to the real day that stands for the one played (2019-12-11 for
 * 2026-06-10, and so on backward; of two equally near the earlier), work and fast rows from all days of that class.
 *
 * Each session gets a free pile of its kind at random: fast 60 kW, work AC, home AC (any pile in the home day), a
 * home vehicle above 7.4 kW an 11 kW one while one is free. A row that would arrive from 08:00 on or finds no pile is
 * drawn again. */
#ifndef VGI_SIM_DRAW_SESSIONS_H
#define VGI_SIM_DRAW_SESSIONS_H
#include "base/arena.h"
#include "sim/sources.h"
#include "sim/world.h"

struct session_sources { struct source_set home, work, fast; };

/* Draws WORLD_SESSIONS for `date` (the business date or one before) into s, sorted by arrival and pile. Their times
 * stand on w->grid whatever the date, so that every day can be lived by the same physics. Ids are given to the
 * business day only. Needs the ledger, seed, mixed, date and grid of w. 0, or E_NOTHING: no rows, or no room for them
 * at the piles. */
int draw_sessions(struct arena *a, const struct world *w, const struct session_sources *from, int32_t date,
	struct world_session *s);
#endif
