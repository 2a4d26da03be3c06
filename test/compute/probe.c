/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* probe (settle|baseline) SEED CASES: prints random cases with what the code makes of them, one JSON object a line, for
 * the oracles beside it, which compute the same from the rules' wording with decimals and fractions. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/error.h"
#include "base/rng.h"
#include "compute/assess.h"
#include "compute/baseline.h"
#include "compute/settle.h"

enum { MOST_N = 24, MOST_DAYS = 20 };

static void print_list(const char *name, const int64_t *v, size_t n)
{
	printf("\"%s\": [", name);
	for (size_t i = 0; i < n; i++)
		printf("%s%lld", i ? ", " : "", (long long)v[i]);
	printf("], ");
}

static int64_t pick(struct rng *rng, const int64_t *from, size_t n)
{
	return from[rng_below(rng, n)];
}
#define PICK(rng, ...) \
	pick(rng, (const int64_t[]){ __VA_ARGS__ }, sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))

/* -- settlement */

static struct rules_settlement draw_rules(struct rng *rng)
{
	struct rules_settlement r = { .settle_min = PICK(rng, 15, 30, 60), .min_ratio_ppm = PICK(rng, 0, 0, 800000, 333333),
		.floor_ratio_ppm = PICK(rng, 900000, 0, 800000, 950001), .penalty_factor_ppm = PICK(rng, 1100000, 0, 500000, 1234567),
		.segments = (size_t)rng_between(rng, 1, 4) };

	r.segment[0].share_ppm = PICK(rng, 1000000, 1000000, 0, 987654);
	for (size_t k = 1; k < r.segments; k++) {
		r.segment[k].from_ppm = r.segment[k - 1].from_ppm + PICK(rng, 1, 100000, 550000, 1100000, 333333);
		r.segment[k].share_ppm = PICK(rng, 500000, 0, 250000, 1000000, 123457);
	}
	if (rng_below(rng, 3) == 0) {
		r.min_ratio_ppm = 0;
		r.segments = 2;
		r.segment[0].share_ppm = RULES_PPM;
		r.segment[1] = (struct rules_segment){ 1100000, 500000 };
	}
	return r;
}

static void print_rules(const struct rules_settlement *r)
{
	int64_t from[RULES_SEGMENTS_MAX], share[RULES_SEGMENTS_MAX], cap = -1, above = -1;
	bool s = rules_type_s(r, &cap, &above);

	for (size_t k = 0; k < r->segments; k++) {
		from[k] = r->segment[k].from_ppm;
		share[k] = r->segment[k].share_ppm;
	}
	printf("\"settle_min\": %lld, \"min_ratio\": %lld, \"floor\": %lld, \"penalty\": %lld, \"s\": %s, "
	       "\"cap\": %lld, \"above\": %lld, ", (long long)r->settle_min, (long long)r->min_ratio_ppm,
	       (long long)r->floor_ratio_ppm, (long long)r->penalty_factor_ppm, s ? "true" : "false",
	       (long long)cap, (long long)above);
	print_list("from", from, r->segments);
	print_list("share", share, r->segments);
}

static void print_lines(const struct settle_line *line, size_t n, int64_t total)
{
	printf("\"lines\": [");
	for (size_t i = 0; i < n; i++)
		printf("%s[%zu, %d, %lld, %lld, %lld, %lld, %lld, %lld]", i ? ", " : "", line[i].period, line[i].sign,
		       (long long)line[i].asked_wh, (long long)line[i].delivered_wh, (long long)line[i].response_wh,
		       (long long)line[i].response_fen, (long long)line[i].shortfall_wh, (long long)line[i].shortfall_fen);
	printf("], \"total\": %lld}\n", (long long)total);
}

static int settle_case(struct rng *rng)
{
	struct rules_settlement rules = draw_rules(rng);
	int64_t price[MOST_N], asked[MOST_N], delivered[MOST_N], signs[MOST_N], total;
	int64_t scale = PICK(rng, 10, 1000, 1000000, 2000000000);
	int64_t shave = PICK(rng, 350000, 300000, 500, 123450), fill = PICK(rng, 40000, 10, 0, 99990);
	int8_t sign[MOST_N];
	struct settle_line line[MOST_N];
	struct settle_input in = { (size_t)rng_between(rng, 1, MOST_N), PICK(rng, 5, 15), sign, price, asked, delivered };
	size_t lines;
	int rc;

	for (size_t i = 0; i < in.n; i++) {
		sign[i] = (int8_t)rng_between(rng, ASSESS_SHAVE, ASSESS_FILL);
		signs[i] = sign[i];
		price[i] = sign[i] == ASSESS_SHAVE ? shave : fill;
		asked[i] = rng_below(rng, 6) ? rng_between(rng, 0, scale) : 0;
		delivered[i] = rng_between(rng, -scale / 4, scale * 3 / 2);
	}
	rc = settle_run(&rules, &in, line, &lines, &total);
	if (rc < 0 || lines > settle_most_lines(in.n, in.step_min, rules.settle_min))
		return E_INTERNAL;
	printf("{\"step\": %lld, ", (long long)in.step_min);
	print_rules(&rules);
	print_list("sign", signs, in.n);
	print_list("price", price, in.n);
	print_list("asked", asked, in.n);
	print_list("delivered", delivered, in.n);
	print_lines(line, lines, total);
	return 0;
}

/* -- baseline */

static void draw_days(struct rng *rng, struct baseline_day *day, int64_t (*load)[MOST_N], size_t n_days, size_t n)
{
	int64_t scale = PICK(rng, 4, 100, 1000000);

	for (size_t d = 0; d < n_days; d++) {
		int64_t level = scale * PICK(rng, 3, 4, 4, 4, 5, 6);

		day[d] = (struct baseline_day){ .date = 20000 + (int32_t)((d * 7) % MOST_DAYS), .event = rng_below(rng, 8) == 0,
			.day_class = (enum day_class)(rng_below(rng, 3) == 0), .stored = PICK(rng, 96, 96, 96, 92, 91, 90), .due = 96,
			.load_w = load[d] };
		for (size_t i = 0; i < n; i++)
			load[d][i] = level + rng_between(rng, -scale / 3, scale / 3);
	}
}

static void print_days(const struct baseline_day *day, size_t n_days, size_t n)
{
	printf("\"days\": [");
	for (size_t d = 0; d < n_days; d++) {
		printf("%s{\"date\": %d, \"class\": %d, \"event\": %d, \"stored\": %lld, \"due\": %lld, ", d ? ", " : "",
		       (int)day[d].date, (int)day[d].day_class, day[d].event, (long long)day[d].stored, (long long)day[d].due);
		print_list("load", day[d].load_w, n);
		printf("\"\": 0}");
	}
	printf("], ");
}

static void baseline_case(struct rng *rng)
{
	struct rules_baseline rules = { .days = rng_between(rng, 1, 6),
		.min_completeness_ppm = PICK(rng, 950000, 940000, 958333),
		.keep_low_ppm = PICK(rng, 750000, 900000), .keep_high_ppm = PICK(rng, 1250000, 1100000),
		.adjust_min_ppm = PICK(rng, 800000, 1000000, 0), .adjust_max_ppm = PICK(rng, 1200000, 1000000, 3000000) };
	size_t n = (size_t)rng_between(rng, 1, 8), n_days = (size_t)rng_between(rng, 0, MOST_DAYS);
	int64_t load[MOST_DAYS][MOST_N], measured_w[MOST_N], valid_as[MOST_N], mean[MOST_N], baseline[MOST_N], mark[MOST_DAYS];
	bool valid[MOST_N], used[MOST_DAYS];
	struct baseline_day day[MOST_DAYS];
	struct baseline_measured measured = { measured_w, valid, rng_below(rng, n + 1), n };
	struct baseline_result result = { used, mean, baseline, 0 };
	int rc;

	draw_days(rng, day, load, n_days, n);
	for (size_t i = 0; i < n; i++) {
		valid[i] = rng_below(rng, 4) > 0;
		valid_as[i] = valid[i];
		measured_w[i] = n_days ? load[0][i] * rng_between(rng, 700, 1300) / 1000 : 0;
	}
	rc = baseline_run(&rules, DAY_CLASS_WORKDAY, day, n_days, n, &measured, &result);
	printf("{\"keep_days\": %lld, \"complete\": %lld, \"low\": %lld, \"high\": %lld, \"least\": %lld, \"most\": %lld, "
	       "\"first\": %zu, ", (long long)rules.days, (long long)rules.min_completeness_ppm,
	       (long long)rules.keep_low_ppm, (long long)rules.keep_high_ppm, (long long)rules.adjust_min_ppm,
	       (long long)rules.adjust_max_ppm, measured.first);
	print_days(day, n_days, n);
	print_list("measured", measured_w, n);
	print_list("valid", valid_as, n);
	for (size_t d = 0; d < n_days; d++)
		mark[d] = rc == 0 && used[d];
	print_list("used", mark, n_days);
	print_list("mean", mean, rc == 0 ? n : 0);
	print_list("baseline", baseline, rc == 0 ? n : 0);
	printf("\"result\": \"%s\", \"factor\": %lld}\n", error_code(rc), (long long)(rc == 0 ? result.factor_ppm : 0));
}

int main(int argc, char **argv)
{
	struct rng rng;
	long cases = argc == 4 ? strtol(argv[3], NULL, 10) : 0;

	if (cases <= 0) {
		fprintf(stderr, "usage: probe (settle|baseline) SEED CASES\n");
		return 64;
	}
	rng_seed_named(&rng, strtoull(argv[2], NULL, 10), argv[1]);
	for (long i = 0; i < cases; i++) {
		if (strcmp(argv[1], "baseline") == 0)
			baseline_case(&rng);
		else if (settle_case(&rng) < 0)
			return 70;
	}
	return 0;
}
