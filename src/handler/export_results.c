/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* assessment.csv and settlement.csv. */
#include <string.h>
#include "handler/export_internal.h"

static void put_assessment(struct export *x, struct csv *c, const struct export_task *t)
{
	for (size_t i = 0; i < t->is->assessment.n; i++) {
		const struct assessment_row *a = &t->is->assessment.item[i];
		csv_text(c, a->aggregator_id);
		csv_text(c, export_window((int)a->window));
		csv_text(c, export_end(x, t, a->no));
		csv_kw(c, a->asked_w);
		csv_kw(c, a->measured_w);
		csv_int(c, a->valid);
		csv_kw(c, a->delivered_w);
		csv_end(c);
	}
}

int export_file_assessment(struct export *x, struct csv *c)
{
	for (size_t i = 0; i < x->day.n_tasks; i++)
		if (x->task[i].settled)
			put_assessment(x, c, &x->task[i]);
	return 0;
}

static void put_entry(struct csv *c, const struct settlement_entry *e, int offset_min)
{
	char end[32];
	csv_text(c, e->aggregator_id);
	csv_text(c, export_window(e->window));
	csv_text(c, time_format(e->period_end_ms, offset_min, end));
	csv_text(c, e->item == SETTLEMENT_ITEM_RESPONSE ? "response" : "shortfall");
	csv_kwh(c, e->asked_wh);
	csv_kwh(c, e->delivered_wh);
	csv_kwh(c, e->energy_wh);
	csv_price(c, e->price_e5);
	csv_cny(c, e->amount_fen);
	csv_end(c);
}

static void put_total(struct csv *c, const char *account, int64_t amount_fen)
{
	csv_text(c, account);
	csv_text(c, NULL);
	csv_text(c, NULL);
	csv_text(c, "total");
	for (int i = 0; i < 4; i++)
		csv_text(c, NULL);
	csv_cny(c, amount_fen);
	csv_end(c);
}

static void put_settlement(struct csv *c, int offset_min, const struct settlement_entry *entry, size_t n, const char *const *account,
		size_t n_accounts)
{
	int64_t platform_fen = 0;
	for (size_t a = 0; a < n_accounts; a++) {
		int64_t total_fen = 0;
		for (size_t i = 0; i < n; i++) {
			if (strcmp(entry[i].aggregator_id, account[a]))
				continue;
			put_entry(c, &entry[i], offset_min);
			total_fen += entry[i].amount_fen;
		}
		put_total(c, account[a], total_fen);
		platform_fen -= total_fen;
	}
	put_total(c, "platform", platform_fen);
}

int export_settlement(const struct rules *rules, const struct settlement_entry *entry, size_t n, const char *const *account,
		size_t n_accounts, struct bytes *text)
{
	struct csv c = { .text = text };
	csv_text(&c, "account,window,period_end,item,asked_kwh,delivered_kwh,energy_kwh,price_cny_kwh,amount_cny");
	csv_end(&c);
	put_settlement(&c, rules->calendar.offset_min, entry, n, account, n_accounts);
	return c.rc;
}

int export_file_settlement(struct export *x, struct csv *c)
{
	const struct settlement_row *s = &x->day.settlement;
	const struct ledger *l = &x->day.ledger;
	struct settlement_entry *entry = ARENA_ARRAY(x->w->arena, s->n_lines, struct settlement_entry);
	const char **account = ARENA_ARRAY(x->w->arena, l->n_aggregators, const char *);
	size_t n = 0;
	for (size_t i = 0; i < s->n_lines; i++) {
		const struct settlement_line_row *r = &s->line[i];
		entry[i] = (struct settlement_entry){ r->aggregator_id, (int)r->window, (int)r->item, r->period_end_ms, r->asked_wh,
			r->delivered_wh, r->energy_wh, r->price_e5, r->amount_fen, r->aggregator_no };
	}
	for (size_t i = 0; i < l->n_aggregators; i++)
		if (l->aggregator[i].n_stations)
			account[n++] = l->aggregator[i].id;
	put_settlement(c, x->w->hub->rules->calendar.offset_min, entry, s->n_lines, account, n);
	return 0;
}
