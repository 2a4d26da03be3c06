/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/bytes.h"
#include "base/error.h"
#include "sim/record.h"

/* A file in the making: once something failed, nothing more is added. */
struct file { struct bytes text; int error; };

static void add(struct file *f, const char *s)
{
	if (!f->error)
		f->error = bytes_adds(&f->text, s);
}

static void add_decimal(struct file *f, int64_t value, int digits)
{
	char text[32];

	add(f, ",");
	if (value == VALUE_NONE)
		return;
	decimal_format(value, digits, text);
	add(f, text);
}

static void add_text(struct file *f, const char *s)
{
	add(f, ",");
	add(f, s);
}

static void add_time(struct file *f, int64_t ts_ms)
{
	char text[32];

	add_text(f, time_format(ts_ms, WORLD_OFFSET_MIN, text));
}

static int finish(struct file *f, const char *folder, const char *name)
{
	struct bytes path = BYTES_INIT;
	int error = f->error;

	if (!error)
		error = bytes_printf(&path, "%s/%s", folder, name);
	if (!error)
		error = bytes_write_file(&f->text, path.p);
	bytes_done(&path);
	bytes_done(&f->text);
	return error;
}

static void add_member(struct file *f, const char *kind, const char *id, const char *parent, int64_t limit_w)
{
	add(f, kind);
	add_text(f, id);
	add_text(f, parent);
	add_decimal(f, limit_w, 3);
	add(f, "\n");
}

int record_ledger(const char *folder, const struct world *w)
{
	struct file f = { BYTES_INIT, 0 };

	add(&f, "kind,id,parent,limit_kw\n");
	for (size_t i = 0; i < WORLD_AGGREGATORS; i++)
		add_member(&f, "aggregator", w->aggregator[i].id, "", VALUE_NONE);
	for (size_t i = 0; i < w->n_stations; i++)
		add_member(&f, "station", w->station[i].id, w->aggregator[w->station[i].aggregator].id,
			w->station[i].limit_w);
	for (size_t i = 0; i < w->n_piles; i++)
		add_member(&f, "pile", w->pile[i].id, w->station[w->pile[i].station].id, w->pile[i].rated_w);
	return finish(&f, folder, "ledger.csv");
}

int record_sessions(const char *folder, const struct world *w)
{
	struct file f = { BYTES_INIT, 0 };

	add(&f, "session_id,pile_id,arrival,departure,need_kwh,max_kw\n");
	for (size_t i = 0; i < w->n_sessions; i++) {
		const struct world_session *s = &w->session[i];

		add(&f, s->id);
		add_text(&f, w->pile[s->pile].id);
		add_time(&f, s->arrival_ms);
		add_time(&f, s->departure_ms);
		add_decimal(&f, s->need_wh, 3);
		add_decimal(&f, s->max_w, 3);
		add(&f, "\n");
	}
	return finish(&f, folder, "sessions.csv");
}

static int64_t history_sum(const struct world *w, const struct world_aggregator *g, int back, size_t step)
{
	int64_t sum = 0;

	for (size_t i = g->first_station; i < g->first_station + g->n_stations; i++) {
		int64_t value = world_history(w, back, i)[step];

		if (value != VALUE_NONE)
			sum += value;
	}
	return sum;
}

int record_history(const char *folder, const struct world *w)
{
	struct file f = { BYTES_INIT, 0 };
	char day[16];

	add(&f, "aggregator_id,day,step,kw\n");
	for (size_t a = 0; a < WORLD_AGGREGATORS; a++)
		for (int back = WORLD_HISTORY_DAYS; back >= 1; back--) {
			date_format(w->date - back, day);
			for (size_t t = 0; t < WORLD_STEPS; t++) {
				add(&f, w->aggregator[a].id);
				add_text(&f, day);
				add_decimal(&f, (int64_t)t + 1, 0);
				add_decimal(&f, history_sum(w, &w->aggregator[a], back, t), 3);
				add(&f, "\n");
			}
		}
	return finish(&f, folder, "history.csv");
}

int record_batteries(const char *folder, const struct world *w, const struct physics *p)
{
	struct file f = { BYTES_INIT, 0 };

	add(&f, "session_id,energy_kwh\n");
	for (size_t i = 0; i < w->n_sessions; i++) {
		add(&f, w->session[i].id);
		add_decimal(&f, physics_energy_wh(p, i), 3);
		add(&f, "\n");
	}
	return finish(&f, folder, "batteries.csv");
}

int record_target(const char *folder, const struct record_target *target, size_t n)
{
	struct file f = { BYTES_INIT, 0 };

	add(&f, "interval_end,window,target_kw,weight,price_cny_kwh\n");
	for (size_t i = 0; i < n; i++) {
		char end[32];

		add(&f, time_format(target[i].end_ms, WORLD_OFFSET_MIN, end));
		add_text(&f, target[i].window);
		add_decimal(&f, target[i].target_w, 3);
		add_decimal(&f, target[i].weight_ppm, 6);
		add_decimal(&f, target[i].price_e5 == VALUE_NONE ? VALUE_NONE : decimal_div(target[i].price_e5, 10), 4);
		add(&f, "\n");
	}
	return finish(&f, folder, "target.csv");
}

int record_messages(const char *folder, const struct record_message *message, size_t n)
{
	struct file f = { BYTES_INIT, 0 };

	add(&f, "peer,direction,operation,sent,accepted,rejected,acked,items_sent,items_stored\n");
	for (size_t i = 0; i < n; i++) {
		const struct record_message *m = &message[i];

		add(&f, m->peer);
		add_text(&f, m->inward ? "in" : "out");
		add_text(&f, m->operation);
		add_decimal(&f, m->inward ? m->sent : VALUE_NONE, 0);
		add_decimal(&f, m->inward ? VALUE_NONE : m->accepted, 0);
		add_decimal(&f, m->inward ? VALUE_NONE : m->rejected, 0);
		add_decimal(&f, m->inward ? m->acked : VALUE_NONE, 0);
		add_decimal(&f, m->inward ? m->items_sent : VALUE_NONE, 0);
		add_decimal(&f, m->inward ? VALUE_NONE : m->items_stored, 0);
		add(&f, "\n");
	}
	return finish(&f, folder, "messages.csv");
}
