/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What aggregators say of themselves, and the meters of the grid. */
#include <stdio.h>
#include <string.h>
#include "sim/message.h"

enum { STEP_MIN = WORLD_STEP_S / 60, DEGREES_E6_TO_E7 = 10, CAPABLE_PERCENT = 75, PERIOD_S = 60 };

/* The structs of the contracts have plain char *; nothing is written through them. */
static char *text(const char *s) { return (char *)s; }

struct header *message_header(const struct message_from *from, const char *id)
{
	struct header *h = ARENA_NEW(from->arena, struct header);

	*h = (struct header){ .message_id = text(id), .sender = text(from->sender), .created_at = { from->now_ms },
		.revision = { 1 }, .business_date = { from->world->date } };
	return h;
}

const char *message_day(struct arena *a, int32_t date)
{
	int year, month, day;

	date_to_civil(date, &year, &month, &day);
	return arena_printf(a, "%04d%02d%02d", year, month, day);
}

/* "L-A1-20260610" */
static struct header *daily(const struct message_from *from, const char *kind)
{
	struct arena *a = from->arena;

	return message_header(from, arena_printf(a, "%s-%s-%s", kind, from->sender, message_day(a, from->world->date)));
}

/* ---- ledger */

static void fill_pile(struct pile *p, const struct world_pile *is)
{
	*p = (struct pile){ .id = text(is->id), .kind = is->kind == WORLD_PILE_DC ? PILE_KIND_DC : PILE_KIND_AC,
		.rated_w = { is->rated_w }, .connectors = { 1 }, .state = RESOURCE_STATE_IN_SERVICE };
}

static void fill_station(const struct message_from *from, struct station *s, const struct world_station *is)
{
	struct arena *a = from->arena;

	*s = (struct station){ .id = text(is->id), .name = arena_printf(a, "Trial station %s", is->id),
		.operator_id = text(from->world->operator[is->operator].id), .position = ARENA_NEW(a, struct position),
		.limit_w = { is->limit_w }, .meter_no = text(is->meter_id),
		.transformer_area = text(is->transformer_area_id), .feeder = text(is->feeder_id),
		.substation = text(is->substation_id), .state = RESOURCE_STATE_IN_SERVICE, .n_pile = (int)is->n_piles,
		.pile = ARENA_ARRAY(a, is->n_piles, struct pile) };
	*s->position = (struct position){ { is->longitude_e6 * DEGREES_E6_TO_E7 },
		{ is->latitude_e6 * DEGREES_E6_TO_E7 }, COORDINATE_SYSTEM_GCJ_02 };
	for (size_t i = 0; i < is->n_piles; i++)
		fill_pile(&s->pile[i], &from->world->pile[is->first_pile + i]);
}

static void fill_party(struct party *p, const char *id, const char *name)
{
	*p = (struct party){ .id = text(id), .name = text(name),
		.address = text("Shenzhen (trial, not a real address)") };
}

const struct agg_report_ledger *message_ledger(const struct message_from *from, size_t aggregator, int64_t *items)
{
	const struct world *w = from->world;
	const struct world_aggregator *g = &w->aggregator[aggregator];
	struct agg_report_ledger *m = ARENA_NEW(from->arena, struct agg_report_ledger);

	m->header = daily(from, "L");
	m->aggregator = ARENA_NEW(from->arena, struct party);
	fill_party(m->aggregator, g->id, g->name);
	m->pile_operator = ARENA_ARRAY(from->arena, WORLD_OPERATORS, struct party);
	for (size_t i = 0; i < WORLD_OPERATORS; i++)
		if (w->operator[i].aggregator == aggregator)
			fill_party(&m->pile_operator[m->n_pile_operator++], w->operator[i].id, w->operator[i].name);
	m->n_station = (int)g->n_stations;
	m->station = ARENA_ARRAY(from->arena, g->n_stations, struct station);
	for (size_t i = 0; i < g->n_stations; i++)
		fill_station(from, &m->station[i], &w->station[g->first_station + i]);
	*items = m->n_pile_operator + (int64_t)g->n_stations + (int64_t)g->n_piles;
	return m;
}

/* ---- needs and capability */

const struct agg_report_sessions *message_sessions(const struct message_from *from, size_t aggregator, int64_t *items)
{
	const struct world *w = from->world;
	const struct world_aggregator *g = &w->aggregator[aggregator];
	struct agg_report_sessions *m = ARENA_NEW(from->arena, struct agg_report_sessions);

	m->header = daily(from, "S");
	m->session = ARENA_ARRAY(from->arena, w->n_sessions, struct session);
	for (size_t i = 0; i < w->n_sessions; i++) {
		const struct world_session *s = &w->session[i];

		if (s->pile < g->first_pile || s->pile >= g->first_pile + g->n_piles)
			continue;
		m->session[m->n_session++] = (struct session){ .id = text(s->id), .pile_id = text(w->pile[s->pile].id),
			.arrival = { s->arrival_ms }, .departure = { s->departure_ms }, .need_wh = { s->need_wh },
			.max_w = { s->max_w }, .wish_wh = { s->wish_wh }, .wish_departure = { s->wish_departure_ms } };
	}
	*items = m->n_session;
	return m;
}

static struct grid *grid_of_changes(struct arena *a, int64_t start_ms, int32_t n)
{
	struct grid *g = ARENA_NEW(a, struct grid);

	*g = (struct grid){ { start_ms }, { STEP_MIN }, { n }, CURVE_VALUE_MEAN, CURVE_REFERENCE_DEVIATION,
		POLARITY_LOAD };
	return g;
}

const struct agg_report_capability *message_capability(const struct message_from *from, size_t aggregator,
	const int64_t baseline_w[WORLD_STEPS])
{
	const struct world *w = from->world;
	const struct world_aggregator *g = &w->aggregator[aggregator];
	struct agg_report_capability *m = ARENA_NEW(from->arena, struct agg_report_capability);
	struct capability *c = ARENA_NEW(from->arena, struct capability);
	int64_t limit_w = 0;

	for (size_t i = 0; i < g->n_stations; i++)
		limit_w += w->station[g->first_station + i].limit_w;
	*c = (struct capability){ .resource_id = text(g->id),
		.grid = grid_of_changes(from->arena, w->grid.start_ms, WORLD_STEPS),
		.up_w = { WORLD_STEPS, ARENA_ARRAY(from->arena, WORLD_STEPS, struct watt) },
		.down_w = { WORLD_STEPS, ARENA_ARRAY(from->arena, WORLD_STEPS, struct watt) },
		.up_rate_w_min = { VALUE_NONE }, .down_rate_w_min = { VALUE_NONE },
		.up_minutes = { COUNT_NONE }, .down_minutes = { COUNT_NONE } };
	for (size_t t = 0; t < WORLD_STEPS; t++) {
		int64_t b = baseline_w[t], room_w = limit_w > b ? limit_w - b : 0;

		c->up_w.item[t].v = b < room_w ? b : room_w;
		c->down_w.item[t].v = decimal_div((__int128)b * CAPABLE_PERCENT, 100);
	}
	m->header = daily(from, "C");
	m->n_capability = 1;
	m->capability = c;
	return m;
}

const struct agg_acknowledge_control *message_control_answer(const struct message_from *from, const char *control_id,
	int64_t rows, enum decision decision)
{
	struct agg_acknowledge_control *m = ARENA_NEW(from->arena, struct agg_acknowledge_control);

	*m = (struct agg_acknowledge_control){ .header = message_header(from, arena_printf(from->arena, "K-%s", control_id)),
		.control_id = text(control_id), .decision = decision, .rows = { (int32_t)rows } };
	if (decision == DECISION_ACCEPTED)
		return m;
	m->n_diagnostic = 1;
	m->diagnostic = ARENA_NEW(from->arena, struct diagnostic);
	*m->diagnostic = (struct diagnostic){ .code = text("refused-as-told"), .severity = SEVERITY_ERROR, .path = text("."),
		.text_en = text("refused, as vgisim was told to"), .text_zh = text("按 vgisim 的设定拒绝") };
	return m;
}

/* ---- telemetry */

void message_frame_init(struct message_frame *f, struct arena *a, const struct world *w, size_t aggregator)
{
	const struct world_aggregator *g = &w->aggregator[aggregator];

	*f = (struct message_frame){ .is = g,
		.header = { .sender = text(g->id), .revision = { 1 }, .business_date = { w->date } },
		.frame = { .period_s = { PERIOD_S }, .polarity = POLARITY_LOAD,
			.pile_id = { (int)g->n_piles, ARENA_ARRAY(a, g->n_piles, char *) },
			.power_w = { (int)g->n_piles, ARENA_ARRAY(a, g->n_piles, struct watt) } } };
	for (size_t i = 0; i < g->n_piles; i++)
		f->frame.pile_id.item[i] = text(w->pile[g->first_pile + i].id);
}

void message_frame_fill(struct message_frame *f, int64_t stamp_ms, const int64_t *power_w)
{
	char stamp[32];

	/* "20260610 18:15:00" → "202606101815" */
	time_format_compact(stamp_ms, WORLD_OFFSET_MIN, stamp);
	snprintf(f->id, sizeof(f->id), "F-%.16s-%.8s%.2s%.2s", f->is->id, stamp, stamp + 9, stamp + 12);
	f->header.message_id = f->id;
	f->header.created_at.v = f->frame.at.v = stamp_ms;
	f->frame.header = &f->header;
	for (size_t i = 0; i < f->is->n_piles; i++)
		f->frame.power_w.item[i].v = power_w[f->is->first_pile + i];
}

/* ---- meters */

/* The readings of one station as gapless runs; returns how many readings. */
static int64_t add_series(const struct message_from *from, int back, size_t station, struct trd_submit_meter_data *m)
{
	const struct world *w = from->world;
	const int64_t *value = world_history(w, back, station);
	int64_t start_ms = w->grid.start_ms - (int64_t)back * MS_DAY, readings = 0;
	struct meter_series *s = NULL;

	for (size_t t = 0; t < WORLD_STEPS; t++) {
		if (value[t] == VALUE_NONE) {
			s = NULL;
			continue;
		}
		if (!s) {
			s = &m->series[m->n_series++];
			*s = (struct meter_series){ .meter_no = text(w->station[station].meter_id),
				.start = { start_ms + (int64_t)t * WORLD_STEP_S * MS_SECOND }, .step_min = { STEP_MIN },
				.mean_w = { 0, ARENA_ARRAY(from->arena, WORLD_STEPS - t, struct watt) } };
		}
		s->mean_w.item[s->mean_w.n++].v = value[t];
		readings++;
	}
	return readings;
}

const struct trd_submit_meter_data *message_meter_data(const struct message_from *from, int back, int64_t *items)
{
	const struct world *w = from->world;
	struct trd_submit_meter_data *m = ARENA_NEW(from->arena, struct trd_submit_meter_data);

	m->header = message_header(from, arena_printf(from->arena, "M-%s", message_day(from->arena, w->date - back)));
	m->header->business_date.v = w->date - back;
	m->series = ARENA_ARRAY(from->arena, w->n_stations * (WORLD_STEPS / 2), struct meter_series);
	*items = 0;
	for (size_t i = 0; i < w->n_stations; i++)
		*items += add_series(from, back, i, m);
	return m;
}
