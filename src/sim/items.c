/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "sim/items.h"
#include "model/messages.h"

/* Aggregators, stations and piles. */
static int32_t items_of_static(const struct dsk_push_static *m)
{
	int32_t n = m->n_aggregator;

	for (int i = 0; i < m->n_aggregator; i++) {
		n += m->aggregator[i].n_station;
		for (int k = 0; k < m->aggregator[i].n_station; k++)
			n += m->aggregator[i].station[k].n_pile;
	}
	return n;
}

/* Periods. */
static int32_t items_of_bids(const struct tpf_declare_bid *m)
{
	int32_t n = 0;

	for (int i = 0; i < m->n_offer; i++)
		n += m->offer[i].n_period;
	return n;
}

/* Values of the vehicles' curves. */
static int32_t items_of_control(const struct control *c)
{
	int32_t n = 0;

	for (int i = 0; i < c->n_session; i++)
		n += c->session[i].power_w.n;
	return n;
}

int32_t items_of(const struct operation *op, const void *request)
{
	switch (op->id) {
	case OPERATION_dsk_PushOperation: return ((const struct dsk_push_operation *)request)->n_point;
	case OPERATION_dsk_PushStatic: return items_of_static(request);
	case OPERATION_dsk_PushPotential: return ((const struct dsk_push_potential *)request)->n_curve;
	case OPERATION_dsk_PushPlan: return ((const struct dsk_push_plan *)request)->n_curve;
	case OPERATION_dsk_PushEvent: return ((const struct dsk_push_event *)request)->n_event;
	case OPERATION_dsk_PushSettlement: return ((const struct dsk_push_settlement *)request)->n_statement;
	case OPERATION_tpf_DeclareBid: return items_of_bids(request);
	case OPERATION_tpf_ReportResponse: return ((const struct tpf_report_response *)request)->n_point;
	case OPERATION_acb_DeliverControl: return items_of_control(((const struct acb_deliver_control *)request)->control);
	case OPERATION_acb_DeliverAssessment: return ((const struct acb_deliver_assessment *)request)->n_line;
	default: return 1;
	}
}
