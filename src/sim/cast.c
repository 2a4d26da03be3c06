/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "sim/cast.h"
#include <string.h>
#include "base/decimal.h"
#include "base/error.h"
#include "sim/message.h"

enum { NAME = 16, MOST_DELAY_MS = 60000, MOST_TIMES = 1000000 };

const char *cast_name(int party)
{
	static const char *const names[CAST_PARTIES] = { "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8",
		[CAST_DISPATCH] = MESSAGE_DISPATCH, [CAST_TRADING] = MESSAGE_TRADING };

	return names[party];
}

bool cast_is_there(const struct cast *cast, int party, int minute)
{
	const struct cast_part *p = &cast->part[party];

	return !p->absent && (minute < p->down_from || minute >= p->down_to);
}

int cast_address(const char *s, struct link_address *at)
{
	const char *colon = strrchr(s, ':');
	size_t n = colon ? (size_t)(colon - s) : 0;
	int64_t port;

	if (n > 2 && s[0] == '[' && s[n - 1] == ']') {
		s++;
		n -= 2;
	}
	if (n == 0 || n >= sizeof(at->host) || decimal_parse(colon + 1, 0, &port) || port < 0 || port > 65535)
		return E_FORMAT;
	memcpy(at->host, s, n);
	at->host[n] = '\0';
	at->port = (int)port;
	return 0;
}

int cast_minute(const char *s, int *minute)
{
	int hour, min;

	for (int i = 0; i < 5; i++)
		if (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9')
			return E_FORMAT;
	if (s[5])
		return E_FORMAT;
	hour = (s[0] - '0') * 10 + s[1] - '0';
	min = (s[3] - '0') * 10 + s[4] - '0';
	if (hour > 23 || min > 59)
		return E_RANGE;
	*minute = (hour * 60 + min - WORLD_NOON_MIN + WORLD_MINUTES) % WORLD_MINUTES;
	return 0;
}

/* ---- values */

/* The party before '=', or −1; *rest: what stands behind it, NULL: nothing. */
static int party_of(const char *value, const char **rest)
{
	const char *equals = strchr(value, '=');
	size_t n = equals ? (size_t)(equals - value) : strlen(value);

	*rest = equals ? equals + 1 : NULL;
	for (int i = 0; i < CAST_PARTIES; i++)
		if (strlen(cast_name(i)) == n && !memcmp(cast_name(i), value, n))
			return i;
	return -1;
}

static int take_number(const char *s, int64_t most, int64_t *number)
{
	int rc = decimal_parse(s, 0, number);

	return rc ? E_FORMAT : *number < 1 || *number > most ? E_RANGE : 0;
}

/* Without a number: always. */
static int take_times(const char *s, int64_t *times)
{
	*times = MOST_TIMES;
	return s ? take_number(s, MOST_TIMES, times) : 0;
}

static int take_span(const char *s, struct cast_part *p)
{
	const char *dash = strchr(s, '-');
	char from[NAME] = "";
	int rc;

	if (!dash || (size_t)(dash - s) >= sizeof(from))
		return E_FORMAT;
	memcpy(from, s, (size_t)(dash - s));
	rc = cast_minute(from, &p->down_from);
	if (!rc)
		rc = cast_minute(dash + 1, &p->down_to);
	if (!rc && p->down_to == 0)
		p->down_to = WORLD_MINUTES + 1;         /* until the day's last minute is over */
	return rc ? rc : p->down_from < p->down_to ? 0 : E_TIME_ORDER;
}

/* The first ONLY leaves out all, each takes one back. */
static void take_only(struct cast *cast, int party)
{
	bool first = true;

	for (int i = 0; i < CAST_PARTIES; i++)
		first = first && !cast->part[i].absent;
	for (int i = 0; first && i < CAST_PARTIES; i++)
		cast->part[i].absent = true;
	cast->part[party].absent = false;
}

int cast_take(struct cast *cast, enum cast_option option, const char *value)
{
	const char *rest;
	int party = party_of(value, &rest);
	struct cast_part *p = party < 0 ? NULL : &cast->part[party];

	if (!p)
		return E_UNKNOWN_RESOURCE;
	cast->changed = true;
	switch (option) {
	case CAST_REFUSE: return take_times(rest, &p->refuse);
	case CAST_LOSE: return take_times(rest, &p->lose);
	case CAST_DELAY: return rest ? take_number(rest, MOST_DELAY_MS, &p->delay_ms) : E_FORMAT;
	case CAST_DOWN: return rest ? take_span(rest, p) : E_FORMAT;
	case CAST_CALLBACK: return party >= WORLD_AGGREGATORS ? E_RANGE : rest ? cast_address(rest, &p->callback) : E_FORMAT;
	case CAST_WITHOUT: p->absent = true; break;
	case CAST_ONLY: take_only(cast, party); break;
	}
	return rest ? E_FORMAT : 0;
}
