/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The real data a day is drawn from, read into plain rows: charging stations and three kinds of charging sessions.
 * Clocks are the sources' local ones; a row belongs to the day whose noon came last before its plug-in. */
#ifndef VGI_SIM_SOURCES_H
#define VGI_SIM_SOURCES_H
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"

struct source_station { int64_t id, zone, piles, longitude_e6, latitude_e6; };

/* A session a driver really made: 15 min … 10 days, 0.5 … 300 kWh. */
struct source_row {
	int32_t day;            /* noon to noon, of the plug-in */
	int32_t arrival_s;      /* after that noon, 0 … 86399 */
	int32_t stay_s;
	int32_t wish_stay_s;    /* from arrival to when the driver meant to leave; 0: not told */
	int64_t energy_wh;
	int64_t vehicle_w;      /* what the vehicle can take */
	int64_t wish_wh;        /* what the driver asked for; VALUE_NONE */
};

/* Zero-initialise. `short_rows`: readable, but too short, too small or too large to be played. */
struct source_set { struct source_row *row; size_t n, room; size_t rows, skipped, short_rows; };

/* All rows of path are appended to the sets, in file order. 0, E_IO, E_FORMAT, E_TOO_LARGE. */

/* UrbanEV: station_id, longitude, latitude, charge_count, TAZID. */
int source_stations(struct arena *a, const char *path, struct source_station **station, size_t *n, size_t *skipped);
/* Sørensen's apartment sites. vehicle_w: charger_kw, else max(3.6 kW, 1.05 × energy / stay). */
int source_home(struct arena *a, const char *path, struct source_set *home);
/* ACN-Data of Caltech, UTC turned into the clock of Los Angeles: the fast station 2-39-81-4550 (50 kW), the others
 * work (7 kW). */
int source_acn(struct arena *a, const char *path, struct source_set *work, struct source_set *fast);
/* Asensio's workplace programme, 7 kW. */
int source_workplace(struct arena *a, const char *path, struct source_set *work);
#endif
