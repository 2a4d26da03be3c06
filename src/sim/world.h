/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The city that vgisim plays for one day: who aggregates what (ledger), which vehicles come when and need what
 * (sessions), and what the stations' revenue meters showed on the days before (history). Plain data, drawn once,
 * never changed afterwards; may be read by several threads. Real: station places and pile counts (UrbanEV, CC0),
 * charging sessions (see etc/trial/data/README.md). Generated: aggregators, operators, ratings, limits, transformer
 * areas, feeders, substations, meter numbers. The ledger is the same whatever the seed; sessions and history follow
 * from the seed. */
#ifndef VGI_SIM_WORLD_H
#define VGI_SIM_WORLD_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/arena.h"
#include "base/decimal.h"
#include "base/timegrid.h"

enum {
	WORLD_AGGREGATORS = 8,
	WORLD_OPERATORS = 16,           /* two an aggregator */
	WORLD_PILES = 2000,
	WORLD_SESSIONS = 2000,          /* of the day, and of each day of the history */
	WORLD_STEPS = 96,               /* intervals of 15 min */
	WORLD_STEP_S = 900,
	WORLD_MINUTES = 1440,
	WORLD_CONTROL_STEP = 24,        /* first interval under control: begins 18:00 */
	WORLD_HISTORY_DAYS = 20,
	WORLD_NOON_MIN = 720,           /* the business day runs from noon to noon */
	WORLD_OFFSET_MIN = 480,         /* +08:00 */
	WORLD_ID_SIZE = 32              /* ids: letters, digits, '_', '.', ':', '-' */
};

/* What an aggregator makes of its control curves. */
enum world_behaviour {
	WORLD_FOLLOWS,
	WORLD_HALF_BACK,                /* goes half way back from the control value to charging at once */
	WORLD_OVER_FILLS,               /* from 00:00 to 06:00 goes a quarter of the way from the control value
	                                 * to charging at once: over-delivers until its vehicles are full */
	WORLD_SILENT                    /* follows, but sends no frame stamped 18:46 to 19:45 */
};

struct world_aggregator {
	char id[WORLD_ID_SIZE], name[64];
	enum world_behaviour behaviour;
	int64_t share_ppm;              /* of all piles, that stations are dealt by */
	size_t first_station, n_stations;       /* contiguous in world.station */
	size_t first_pile, n_piles;             /* contiguous in world.pile */
};

struct world_operator {
	char id[WORLD_ID_SIZE], name[64];
	size_t aggregator;
};

struct world_station {
	char id[WORLD_ID_SIZE];                 /* "ST-" and UrbanEV's station id */
	char transformer_area_id[WORLD_ID_SIZE], feeder_id[WORLD_ID_SIZE], substation_id[WORLD_ID_SIZE];
	char meter_id[WORLD_ID_SIZE];           /* 户号, generated: 9990 and twelve digits */
	size_t aggregator, operator;            /* indices */
	size_t first_pile, n_piles;             /* contiguous in world.pile */
	int64_t longitude_e6, latitude_e6;      /* GCJ-02, 10^-6 degrees */
	int64_t limit_w;                        /* of its transformer: max(35 % of the rated sum, largest pile) */
	int64_t rated_sum_w;
};

enum world_pile_kind { WORLD_PILE_AC, WORLD_PILE_DC };

struct world_pile {
	char id[WORLD_ID_SIZE];                 /* station id, ':' and a running number */
	size_t station;
	enum world_pile_kind kind;              /* AC up to 11 kW, DC 60 kW */
	int64_t rated_w;
};

enum world_group { WORLD_HOME, WORLD_WORK, WORLD_FAST, WORLD_GROUPS };

struct world_session {
	char id[WORLD_ID_SIZE];                 /* "CS-" and five digits, in order of arrival; empty in the history */
	size_t pile;
	enum world_group group;
	int64_t arrival_ms, departure_ms;       /* UTC, whole seconds, within the day */
	int64_t need_wh;                        /* what the real session took; may be more than the stay allows */
	int64_t max_w;                          /* lesser of vehicle and pile */
	int64_t wish_wh;                        /* what the driver asked for; VALUE_NONE where the source has none */
	int64_t wish_departure_ms;              /* when the driver meant to leave; may lie after the day; TIME_NONE */
};

/* How many rows of a source were read, and how many were skipped as unreadable. */
struct world_source { const char *name; size_t rows, skipped; };

struct world {
	uint64_t seed;
	bool mixed;                             /* home, work and fast sessions, else home only */
	int32_t date;                           /* business day 2026-06-10 */
	int32_t event_date, incomplete_date, outlier_date;      /* in the history: 06-04, 06-02, 06-08 */
	struct timegrid grid;                   /* WORLD_STEPS intervals from noon of the business day */
	struct world_aggregator aggregator[WORLD_AGGREGATORS];
	struct world_operator operator[WORLD_OPERATORS];
	struct world_station *station; size_t n_stations;
	struct world_pile *pile; size_t n_piles;
	struct world_session *session; size_t n_sessions;       /* sorted by arrival, then pile */
	/* Mean W of a station's revenue meter: day 0 is the one before the business day; VALUE_NONE where missing.
	 * Read it by world_history. */
	int64_t *history;
	struct world_source source[4]; size_t n_sources;
};

struct world_options {
	const char *trial_dir;          /* folder with the shipped stations.csv and home-sessions.csv */
	/* NULL: the home day from the shipped sessions. Else a folder with residential-sessions/, acn-sessions/ and
	 * workplace-sessions/, each with a sessions.csv: the mixed day, or the home day if one of the latter two is
	 * not there. */
	const char *data_dir;
};

/* Draws a world; everything lives in `a`. 0; E_IO (a needed file cannot be read), E_FORMAT (a file has not the
 * columns), E_TOO_LARGE, E_NOTHING (too few usable rows to make the day). On error `problem` (may be NULL) names the
 * file. */
int world_new(struct arena *a, uint64_t seed, const struct world_options *options, const struct world **world,
	      const char **problem);

/* WORLD_STEPS values of a station on history day `back` (1: the day before the business day … WORLD_HISTORY_DAYS). */
static inline const int64_t *world_history(const struct world *w, int back, size_t station)
{
	return w->history + ((size_t)(back - 1) * w->n_stations + station) * WORLD_STEPS;
}

/* Monday to Thursday noons are workdays, the others are not. */
static inline bool world_is_workday(int32_t date) { return date_weekday(date) <= 4; }

/* Whether an aggregator's frame stamped ts_ms is never sent. */
bool world_is_silent(const struct world *w, size_t aggregator, int64_t ts_ms);
#endif
