/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "base/rng.h"
#include "base/timegrid.h"
#include "bench/messages.h"
#include "bench/place.h"

enum { RATED_W = 7000, LIMIT_W = 7000 * MESSAGES_STATION_PILES, PERIOD_S = 60, STAY_MINUTES = 240, OFFSET_MIN = 480,
       BLOCK = 1 << 16 };

/* The structs of the contracts have plain char *; nothing is written through them. */
static char *text(const char *s) { return (char *)s; }

static struct header *new_header(struct arena *a, int aggregator, char *id, int64_t now_ms)
{
	struct header *h = ARENA_NEW(a, struct header);

	*h = (struct header){ .message_id = id, .sender = text(place_aggregator(aggregator)), .created_at = { now_ms },
		.revision = { 1 }, .business_date = { DATE_NONE } };
	return h;
}

static int write_request(struct codec *c, enum operation_id id, const void *request, struct bytes *out)
{
	return envelope_write_request(c, operation_of(id), request, SOAP_VERSION_11, out);
}

/* ---- ledger */

static char *station_id(struct arena *a, int aggregator, int station)
{
	return arena_printf(a, "%s-S%03d", place_aggregator(aggregator), station + 1);
}

static char *pile_id(struct arena *a, int aggregator, int pile)
{
	return arena_printf(a, "%s:%02d", station_id(a, aggregator, pile / MESSAGES_STATION_PILES),
			    pile % MESSAGES_STATION_PILES + 1);
}

static void fill_station(struct arena *a, int aggregator, int no, struct station *s)
{
	*s = (struct station){ .id = station_id(a, aggregator, no), .name = text("Station under load"), .limit_w = { LIMIT_W },
		.position = ARENA_NEW(a, struct position),
		.meter_no = arena_printf(a, "9990%04d%08d", aggregator, no), .transformer_area = text("T1"), .feeder = text("F1"),
		.substation = text("U1"), .state = RESOURCE_STATE_IN_SERVICE, .n_pile = MESSAGES_STATION_PILES,
		.pile = ARENA_ARRAY(a, MESSAGES_STATION_PILES, struct pile) };
	*s->position = (struct position){ { 1140000000 }, { 226000000 }, COORDINATE_SYSTEM_GCJ_02 };
	for (int i = 0; i < MESSAGES_STATION_PILES; i++)
		s->pile[i] = (struct pile){ .id = pile_id(a, aggregator, no * MESSAGES_STATION_PILES + i), .kind = PILE_KIND_AC,
			.rated_w = { RATED_W }, .connectors = { 1 }, .state = RESOURCE_STATE_IN_SERVICE };
}

int messages_ledger(struct codec *c, int aggregator, int piles, int64_t now_ms, struct bytes *out)
{
	struct arena *a = arena_new(BLOCK);
	struct agg_report_ledger m = { .n_station = piles / MESSAGES_STATION_PILES, .aggregator = ARENA_NEW(a, struct party) };
	int rc;

	m.header = new_header(a, aggregator, arena_printf(a, "L-%s", place_aggregator(aggregator)), now_ms);
	*m.aggregator = (struct party){ .id = text(place_aggregator(aggregator)), .name = text("Aggregator under load"),
		.address = text("Load generator, not a real address") };
	m.station = ARENA_ARRAY(a, (size_t)m.n_station, struct station);
	for (int i = 0; i < m.n_station; i++)
		fill_station(a, aggregator, i, &m.station[i]);
	rc = write_request(c, OPERATION_agg_ReportLedger, &m, out);
	arena_free(a);
	return rc;
}

/* ---- small ones */

int messages_capabilities(struct codec *c, int aggregator, int64_t now_ms, struct bytes *out)
{
	struct arena *a = arena_new(0);
	struct agg_get_capabilities m = { new_header(a, aggregator, text("G-1"), now_ms) };
	int rc = write_request(c, OPERATION_agg_GetCapabilities, &m, out);

	arena_free(a);
	return rc;
}

int messages_acknowledge(struct codec *c, int aggregator, const char *run, size_t no, int64_t now_ms,
			 struct bytes *out)
{
	struct arena *a = arena_new(0);
	struct diagnostic why = { text("station-fault"), SEVERITY_ERROR, text("session[1]/powerKw"),
		text("The station has been taken out of service; its vehicles cannot follow the schedule"), NULL, NULL };
	struct agg_acknowledge_control m = { .control_id = text("CT-LOAD-1"), .decision = DECISION_REFUSED,
		.n_diagnostic = 1, .diagnostic = &why };
	int rc;

	m.header = new_header(a, aggregator, arena_printf(a, "K-%s-%zu", run, no), now_ms);
	rc = write_request(c, OPERATION_agg_AcknowledgeControl, &m, out);
	arena_free(a);
	return rc;
}

/* ---- frames */

struct messages_frames { struct arena *arena; int aggregator; struct rng rng; struct agg_report_frame m; };

struct messages_frames *messages_frames_new(struct arena *a, int aggregator, int piles)
{
	struct messages_frames *f = ARENA_NEW(a, struct messages_frames);

	*f = (struct messages_frames){ .arena = a, .aggregator = aggregator,
		.m = { .period_s = { PERIOD_S }, .polarity = POLARITY_LOAD,
		       .pile_id = { piles, ARENA_ARRAY(a, (size_t)piles, char *) },
		       .power_w = { piles, ARENA_ARRAY(a, (size_t)piles, struct watt) } } };
	rng_seed_named(&f->rng, 1, place_aggregator(aggregator));
	for (int i = 0; i < piles; i++)
		f->m.pile_id.item[i] = pile_id(a, aggregator, i);
	return f;
}

/* On average every STAY_MINUTES a vehicle comes or goes. */
static void step(struct messages_frames *f)
{
	for (int i = 0; i < f->m.power_w.n; i++)
		if (rng_below(&f->rng, STAY_MINUTES) == 0)
			f->m.power_w.item[i].v = f->m.power_w.item[i].v ? 0 : rng_between(&f->rng, RATED_W / 2, RATED_W);
}

int messages_frame(struct codec *c, struct messages_frames *f, int64_t stamp_ms, struct bytes *out)
{
	char stamp[32];

	time_format_compact(stamp_ms, OFFSET_MIN, stamp);
	step(f);
	f->m.at.v = stamp_ms;
	f->m.header = new_header(f->arena, f->aggregator,
				 arena_printf(f->arena, "F-%s-%.8s%.2s%.2s", place_aggregator(f->aggregator), stamp, stamp + 9,
					      stamp + 12), stamp_ms);
	return write_request(c, OPERATION_agg_ReportFrame, &f->m, out);
}
