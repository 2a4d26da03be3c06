/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The settings of a rule file. */
#include "model/rules.h"

enum { YEAR_MIN = 525600, TEN = 10 * RULES_PPM };

#define TEXT(key, field, fallback, help) \
	{ "rules", key, SETTING_TEXT, offsetof(struct rules, field), fallback, 1, 200, 0, NULL, "", help }
#define WHOLE(section, key, field, fallback, min, max, unit, help) \
	{ section, key, SETTING_INT, offsetof(struct rules, field), fallback, min, max, 0, NULL, unit, help }
#define RATIO(section, key, field, fallback, min, max, help) \
	{ section, key, SETTING_DECIMAL, offsetof(struct rules, field), fallback, min, max, 6, NULL, "", help }
#define CLOCK(section, key, field, fallback, help) \
	{ section, key, SETTING_TIME, offsetof(struct rules, field), fallback, 0, 0, 0, NULL, "hh:mm", help }
#define LIST(section, key, field, fallback, min, max, help) \
	{ section, key, SETTING_LIST, offsetof(struct rules, field), fallback, min, max, 0, NULL, "", help }

const struct setting rules_settings[] = {
	TEXT("name", name, NULL, "Name of the rule set, as statements carry it."),
	TEXT("version", version, NULL, "Version of the rule set; a correction is a new version."),
	TEXT("region", region, NULL, "Region or market in which it is in force."),
	TEXT("source", source, "-", "Document the numbers are taken from."),

	CLOCK("calendar", "day_start", calendar.day_start_min, "12:00", "Local time at which a business day begins."),
	WHOLE("calendar", "step", calendar.step_min, "15", 5, 15, "min", "Length of an interval: 5 or 15."),
	{ "calendar", "zone", SETTING_OFFSET, offsetof(struct rules, calendar.offset_min), "+08:00", 0, 0, 0, NULL,
		"±hh:mm", "Local time's offset from UTC; there is no summer time." },
	LIST("calendar", "workdays", calendar.workdays_text, "Mon, Tue, Wed, Thu", 0, 7,
		"Weekdays on which a business day of class workday begins; all else is other."),
	LIST("calendar", "holidays", calendar.holiday_text, "", 0, 400,
			"Business dates of class other whatever their weekday."),
	LIST("calendar", "makeup", calendar.makeup_text, "", 0, 400,
			"Business dates of class workday whatever their weekday."),
	LIST("calendar", "events", calendar.event_text, "", 0, 400,
			"Business dates on which load was called: never in a baseline."),

	WHOLE("telemetry", "sample", telemetry.sample_s, "60", 1, 300, "s",
			"Period of a pile's samples; must divide the interval."),
	RATIO("telemetry", "min_completeness", telemetry.min_completeness_ppm, "0.95", 0, RULES_PPM,
		"Share of an interval's samples below which the interval does not count."),
	WHOLE("telemetry", "oldest", telemetry.oldest_s, "86400", 1, 31536000, "s", "A sample may lie so far back."),
	WHOLE("telemetry", "ahead", telemetry.ahead_s, "60", 0, 86400, "s", "A sample may lie so far ahead."),
	WHOLE("telemetry", "late", telemetry.late_s, "180", 1, 86400, "s", "An older sample is coded as late."),
	WHOLE("telemetry", "history_oldest", telemetry.history_oldest_days, "400", 1, 4000, "d",
			"A historical meter value may lie so far back."),
	WHOLE("telemetry", "plan_ahead", telemetry.plan_ahead_days, "40", 1, 400, "d",
			"Sessions, tasks and notices may lie so far ahead."),

	WHOLE("baseline", "days", baseline.days, "5", 1, 60, "d", "How many like days are averaged at most."),
	RATIO("baseline", "min_completeness", baseline.min_completeness_ppm, "0.95", 0, RULES_PPM,
		"Share of a day's meter values below which the day is left out."),
	RATIO("baseline", "keep_low", baseline.keep_low_ppm, "0.75", 0, RULES_PPM,
		"Days with less energy than this times the eligible days' mean are dropped."),
	RATIO("baseline", "keep_high", baseline.keep_high_ppm, "1.25", RULES_PPM, TEN,
		"Days with more energy than this times the eligible days' mean are dropped."),
	CLOCK("baseline", "adjust_from", baseline.adjust_from_min, "15:00",
			"Begin of the span the same-day factor is taken from."),
	CLOCK("baseline", "adjust_to", baseline.adjust_to_min, "17:00", "End of that span."),
	RATIO("baseline", "adjust_min", baseline.adjust_min_ppm, "1", 0, RULES_PPM,
			"Least same-day factor; least = most = 1: none."),
	RATIO("baseline", "adjust_max", baseline.adjust_max_ppm, "1", RULES_PPM, TEN, "Greatest same-day factor."),

	WHOLE("settlement", "period", settlement.settle_min, "60", 5, 1440, "min", "Length of a settlement period."),
	RATIO("settlement", "min_ratio", settlement.min_ratio_ppm, "0", 0, TEN,
		"Delivered energy below this times the asked: nothing is recognised."),
	LIST("settlement", "response", settlement.segment_text, NULL, 1, RULES_SEGMENTS_MAX,
		"Table of from:share, rising from 0: of delivered energy above from × asked this share is recognised."),
	RATIO("settlement", "floor_ratio", settlement.floor_ratio_ppm, NULL, 0, TEN,
		"What recognised energy lacks to this times the asked is shortfall."),
	RATIO("settlement", "penalty_factor", settlement.penalty_factor_ppm, NULL, 0, TEN,
		"Times the cleared price: charged for shortfall; 0 for none."),

	RATIO("quality", "refuse_above", quality.refuse_above_ppm, "1.2", RULES_PPM, TEN,
		"Times the rating: a sample above is refused; between the rating and this it is kept and coded."),
	RATIO("quality", "zero_drift", quality.zero_drift_ppm, "0.002", 0, RULES_PPM,
			"Times the rating: a value nearer to 0 is taken for 0."),
	WHOLE("quality", "ramp", quality.ramp_s, "60", 1, 3600, "s",
			"Time a pile needs from 0 to its rating at its rated ramp."),
	RATIO("quality", "jump_margin", quality.jump_margin_ppm, "1.2", RULES_PPM, TEN,
		"Times rated ramp times the time passed: a steeper step outside 0 to rating is suspect."),
	WHOLE("quality", "jump_accept", quality.jump_accept, "3", 1, 100, "samples",
			"Suspect samples in a row that agree are believed."),
	RATIO("quality", "jump_band", quality.jump_band_ppm, "0.05", 0, RULES_PPM,
			"Times the rating: suspect samples this near agree."),

	RATIO("potential", "flexible", potential.flexible_ppm, "0.75", 0, RULES_PPM,
			"Share of the load that can be put off."),
	WHOLE("potential", "reach", potential.reach_min, "1080", 5, YEAR_MIN, "min",
			"After this time no vehicle is taken to be still there."),
	WHOLE("potential", "sustain", potential.sustain_min, "360", 5, 1440, "min", "Added load must be held so long."),
	RATIO("potential", "quantile", potential.quantile_ppm, "0.1", 0, RULES_PPM,
		"Quantile of the like days' loads that counts for what can be added."),
};
const size_t rules_settings_n = sizeof rules_settings / sizeof *rules_settings;
