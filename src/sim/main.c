/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* vgisim: the other sides of the hub, for trials and tests. */
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/decimal.h"
#include "base/error.h"
#include "base/log.h"
#include "config.h"
#include "sim/play.h"

static atomic_bool stop;

static void on_signal(int sig)
{
	(void)sig;
	atomic_store(&stop, true);
}

static void usage(FILE *out)
{
	fputs("Usage: vgisim day OPTIONS\n"
	      "Plays one day of a city against a hub in trial mode: eight aggregators with 2,000 charging piles,\n"
	      "the trading platform and the dispatch system, over SOAP, from seeded draws of real sessions.\n\n"
	      "  --hub-dispatch HOST:PORT    the hub's service for the dispatch system\n"
	      "  --hub-trading HOST:PORT     … for the trading platform\n"
	      "  --hub-aggregator HOST:PORT  … for aggregators\n"
	      "  --sink ADDRESS:PORT         where the dispatch system's own service is served to the hub\n"
	      "  --trading-sink ADDRESS:PORT where the trading platform's own service is served to the hub (default: nowhere)\n"
	      "  --pki DIR                   ca.pem, and NAME.pem and NAME.key of A1 to A8, dispatch, trading\n"
	      "  --clock SOCKET              the hub's trial socket\n"
	      "  --seed N                    which day is drawn (default 1)\n"
	      "  --trial DIR                 stations.csv and home-sessions.csv (default " VGI_DATADIR "/trial)\n"
	      "  --data DIR                  the mixed day, from the session sets in DIR\n"
	      "  --sent DIR                  own record of what was sent (default sent)\n"
	      "  --patience S                how long a message is sent again while the hub is away (default 120 s)\n"
	      "  --bid-scale X               all bids times X (default 1)\n"
	      "  --quiet                     problems only\n\n"
	      "As a mock of either side, beside your own software. PARTY is A1 to A8, dispatch or trading; each may be given\n"
	      "several times, for several parties:\n"
	      "  --without PARTY             leaves it out: it is yours, or nobody\n"
	      "  --only PARTY                leaves out all that are not named so\n"
	      "  --callback PARTY=ADDRESS:PORT  the aggregator does not fetch: its own service (AggregatorCallback) is served there\n"
	      "  --refuse PARTY[=TIMES]      refuses the first TIMES control curves, or all; dispatch, trading: messages of the hub\n"
	      "  --lose PARTY[=TIMES]        its service takes messages, but the first TIMES answers never leave\n"
	      "  --delay PARTY=MS            whatever it says comes MS milliseconds later\n"
	      "  --down PARTY=HH:MM-HH:MM    from then till then, business time, it says nothing and its service is down\n"
	      "  --pace MS                   a minute of the day takes at least MS milliseconds\n"
	      "  --until HH:MM               ends when this minute is played, business time, without the day's results\n"
	      "  --follow                    does not move the hub's clock, but goes with it: somebody else moves it\n\n"
	      "  -h, --help; --version\n\n"
	      "Exit status: 0 the day was played; 1 it was not, stderr says why; 3 the hub refused the task;\n"
	      "64 wrong usage.\n", out);
}

enum {
	O_DISPATCH = 256, O_TRADING, O_AGGREGATOR, O_SINK, O_PKI, O_CLOCK, O_SEED, O_TRIAL, O_DATA, O_SENT, O_PATIENCE,
	O_SCALE, O_QUIET, O_VERSION, O_TRADING_SINK, O_PACE, O_FOLLOW, O_UNTIL, O_CAST
};

static int parse_number(const char *s, int digits, int64_t least, int64_t most, int64_t *value)
{
	int rc = decimal_parse(s, digits, value);

	return rc ? rc : *value < least || *value > most ? E_RANGE : 0;
}

static int parse_option(int option, const char *value, struct play_options *o)
{
	int64_t number = 0;
	int rc = 0;

	if (option >= O_CAST)
		return cast_take(&o->cast, (enum cast_option)(option - O_CAST), value);
	switch (option) {
	case O_DISPATCH: return cast_address(value, &o->dispatch);
	case O_TRADING: return cast_address(value, &o->trading);
	case O_AGGREGATOR: return cast_address(value, &o->aggregator);
	case O_SINK: return cast_address(value, &o->sink);
	case O_TRADING_SINK: return cast_address(value, &o->trading_sink);
	case O_PKI: o->pki = value; break;
	case O_CLOCK: o->clock = value; break;
	case O_TRIAL: o->trial_dir = value; break;
	case O_DATA: o->data_dir = value; break;
	case O_SENT: o->sent = value; break;
	case O_PATIENCE: return parse_number(value, 0, 1, 86400, &o->patience_s);
	case O_SCALE: return parse_number(value, 6, 1, 100000000, &o->bid_scale_ppm);
	case O_QUIET: o->quiet = true; break;
	case O_PACE: return parse_number(value, 0, 1, 3600000, &o->pace_ms);
	case O_FOLLOW: o->follow = true; break;
	case O_UNTIL: return cast_minute(value, &o->until);
	case O_SEED:
		rc = parse_number(value, 0, 0, INT64_MAX, &number);
		o->seed = (uint64_t)number;
		break;
	default: return E_FORMAT;
	}
	return rc;
}

/* What the parties that are played need. */
static const char *missing(const struct play_options *o)
{
	bool dispatch = !o->cast.part[CAST_DISPATCH].absent, trading = !o->cast.part[CAST_TRADING].absent, aggregator = false;

	for (int i = 0; i < WORLD_AGGREGATORS; i++)
		aggregator = aggregator || !o->cast.part[i].absent;
	return dispatch && !*o->dispatch.host ? "--hub-dispatch" : trading && !*o->trading.host ? "--hub-trading" :
	       aggregator && !*o->aggregator.host ? "--hub-aggregator" : dispatch && !*o->sink.host ? "--sink" : !o->pki ? "--pki" :
	       !o->clock ? "--clock" : NULL;
}

static int play(const struct play_options *o)
{
	const struct sigaction end = { .sa_handler = on_signal };

	if (missing(o)) {
		fprintf(stderr, "vgisim: %s is needed; see vgisim --help\n", missing(o));
		return EX_USAGE;
	}
	signal(SIGPIPE, SIG_IGN);
	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	log_set_level(LOG_LEVEL_ERROR);
	return (int)play_day(o);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "hub-dispatch", required_argument, NULL, O_DISPATCH },
		{ "hub-trading", required_argument, NULL, O_TRADING },
		{ "hub-aggregator", required_argument, NULL, O_AGGREGATOR },
		{ "sink", required_argument, NULL, O_SINK },
		{ "trading-sink", required_argument, NULL, O_TRADING_SINK },
		{ "pki", required_argument, NULL, O_PKI }, { "clock", required_argument, NULL, O_CLOCK },
		{ "seed", required_argument, NULL, O_SEED }, { "trial", required_argument, NULL, O_TRIAL },
		{ "data", required_argument, NULL, O_DATA }, { "sent", required_argument, NULL, O_SENT },
		{ "patience", required_argument, NULL, O_PATIENCE }, { "bid-scale", required_argument, NULL, O_SCALE },
		{ "without", required_argument, NULL, O_CAST + CAST_WITHOUT }, { "only", required_argument, NULL, O_CAST + CAST_ONLY },
		{ "callback", required_argument, NULL, O_CAST + CAST_CALLBACK },
		{ "refuse", required_argument, NULL, O_CAST + CAST_REFUSE }, { "lose", required_argument, NULL, O_CAST + CAST_LOSE },
		{ "delay", required_argument, NULL, O_CAST + CAST_DELAY }, { "down", required_argument, NULL, O_CAST + CAST_DOWN },
		{ "pace", required_argument, NULL, O_PACE }, { "follow", no_argument, NULL, O_FOLLOW },
		{ "until", required_argument, NULL, O_UNTIL },
		{ "quiet", no_argument, NULL, O_QUIET }, { "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, O_VERSION }, { 0 } };
	struct play_options o = { .trial_dir = VGI_DATADIR "/trial", .sent = "sent", .seed = 1, .patience_s = 120, .until = WORLD_MINUTES,
		.bid_scale_ppm = 1000000, .stop = &stop };
	int option, at;

	while ((option = getopt_long(argc, argv, "h", options, &at)) != -1) {
		if (option == 'h') {
			usage(stdout);
			return 0;
		}
		if (option == O_VERSION) {
			puts(PACKAGE_STRING);
			return 0;
		}
		if (option == '?')
			return EX_USAGE;
		if (parse_option(option, optarg, &o)) {
			fprintf(stderr, "vgisim: --%s does not take \"%s\"\n", options[at].name, optarg);
			return EX_USAGE;
		}
	}
	if (optind + 1 != argc || strcmp(argv[optind], "day") != 0) {
		usage(stderr);
		return EX_USAGE;
	}
	return play(&o);
}
