/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "cli/report_view.h"
#include "cli/language.h"
#include "cli/output.h"

enum { UNMET_SHOWN = 10, TEXT = 24 };

static void title(FILE *out, const struct report_style *s, const char *en, const char *zh)
{
	fprintf(out, "\n%s%s%s\n", s->colour ? "\033[1m" : "", language_say(en, zh), s->colour ? "\033[0m" : "");
}

static const char *number(int64_t v, int digits, char buf[TEXT])
{
	if (is_none(v))
		return "-";
	decimal_format(v, digits, buf);
	return buf;
}

static void put_tracking(FILE *out, const struct day_report *r)
{
	char a[TEXT], b[TEXT], c[TEXT];
	for (size_t i = 0; i < r->n_tasks; i++) {
		const struct report_task *t = &r->task[i];
		fprintf(out, language_say("  Task %s: deviation from the target (weighted rms) %s kW planned, %s kW measured; no schedule can be below %s kW.\n",
			"  任务 %s：对目标的加权均方根偏差，计划 %s kW，实测 %s kW；任何计划都不可能低于 %s kW。\n"), t->task_id,
			number(t->planned_deviation_w, 3, a), number(t->measured_deviation_w, 3, b), number(t->least_deviation_w, 3, c));
		fprintf(out, language_say("  A proportional split (proportional to each vehicle's at-once power) would have deviated by %s kW, delivered %s kWh too "
			"little and left %s vehicles short.\n",
			"  若按即时功率比例分配（proportional），偏差为 %s kW，少充 %s kWh，%s 辆车未充足。\n"),
			number(t->proportional_deviation_w, 3, a), number(t->proportional_missed_wh, 3, b), number(t->proportional_short, 0, c));
	}
}

static const char *reason_text(enum report_reason r)
{
	static const char *const en[REPORT_REASONS] = { "met", "unreachable: the stay is too short", "unreachable: the station's limit",
		"planned, but the aggregator did not follow", "unknown: samples of the stay are missing" };
	static const char *const zh[REPORT_REASONS] = { "满足", "不可达：停留过短", "不可达：场站限值", "已计划，聚合商未执行", "未知：停留期间采样缺失" };
	return language_say(en[r], zh[r]);
}

static void put_needs(FILE *out, const struct day_report *r)
{
	for (int i = 0; i < REPORT_REASONS; i++)
		fprintf(out, "  %6lld  %s\n", (long long)r->outcome[i], reason_text((enum report_reason)i));
	json_t *rows = report_unmet_rows(r, UNMET_SHOWN, true);
	long long unreachable = (long long)(r->outcome[REPORT_STAY_TOO_SHORT] + r->outcome[REPORT_STATION_LIMIT]);
	if (json_array_size(rows)) {
		fputc('\n', out);
		output_table(out, rows, 2);
		if (unreachable > UNMET_SHOWN)
			fprintf(out, language_say("  … %lld more unreachable ones in the documents and in --json\n", "  … 其余 %lld 个不可达需求见文件或 --json\n"),
				unreachable - UNMET_SHOWN);
	}
	json_decref(rows);
}

static void put_messages(FILE *out, const struct day_report *r)
{
	char a[TEXT], b[TEXT];
	json_t *rows = report_operation_rows(r);
	output_table(out, rows, 2);
	json_decref(rows);
	fprintf(out, language_say("  Longest aggregator -> hub time (P7): %s s of %s s allowed, over %lld frames. Lost: %lld\n",
		"  聚合商至平台最长处理时间（P7）：%s 秒（限值 %s 秒），共 %lld 帧。丢失：%lld\n"),
		number(decimal_div(r->chain_longest_us, 1000), 3, a), number(decimal_div(r->chain_limit_us, 1000), 3, b),
		(long long)r->chain_frames, (long long)r->lost);
}

void report_print(FILE *out, const struct day_report *r, const struct report_style *style)
{
	char date[16], total[TEXT];
	date_format(r->date, date);
	fprintf(out, language_say("%s, %s, rules %s\n", "%s，%s，规则集 %s\n"), date, r->day_class, r->rule_set ? r->rule_set : "-");
	title(out, style, "Target, planned, measured", "目标、计划、实测");
	report_chart(out, r, style);
	title(out, style, "Tracking", "跟踪");
	put_tracking(out, r);
	title(out, style, "Aggregators", "聚合商");
	json_t *rows = report_aggregator_rows(r);
	output_table(out, rows, 2);
	json_decref(rows);
	fprintf(out, language_say("  platform %s CNY\n", "  平台 %s 元\n"), number(r->platform_fen, 2, total));
	title(out, style, "Vehicles' needs", "车辆需求");
	put_needs(out, r);
	title(out, style, "Messages", "消息");
	put_messages(out, r);
}
