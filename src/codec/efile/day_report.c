/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "codec/efile/day_report.h"
#include "codec/efile/writer.h"

#define COUNT(C) (sizeof(C) / sizeof *(C))

static const char *window_name(enum window w)
{
	return w == WINDOW_SHAVE ? "shave" : w == WINDOW_FILL ? "fill" : "hold";
}

static void open_block(struct efile_writer *w, const struct day_report *r, const char *class_, const struct efile_column *c, size_t n)
{
	char date[16];
	efile_block(w, class_, r->hub, date_format(r->date, date), c, n);
}

static void put_time(struct efile_writer *w, int64_t ts_ms, int offset_min)
{
	char time[32];
	efile_text(w, time_format(ts_ms, offset_min, time));
}

static void put_day(struct efile_writer *w, const struct day_report *r)
{
	static const struct efile_column c[] = { { "dayClass", "日类型", NULL }, { "ruleSet", "规则集", NULL }, { "step", "时段长", "min" },
		{ "sessions", "充电会话", NULL }, { "platform", "平台合计", "CNY" }, { "lost", "丢失消息", NULL },
		{ "chainFrames", "处理链数据帧", NULL }, { "chainLongest", "处理链最长", "s" }, { "chainLimit", "处理链限值", "s" } };
	open_block(w, r, "Day", c, COUNT(c));
	efile_text(w, r->day_class);
	efile_text(w, r->rule_set);
	efile_decimal(w, r->step_min, 0);
	efile_decimal(w, r->sessions, 0);
	efile_decimal(w, r->platform_fen, 2);
	efile_decimal(w, r->lost, 0);
	efile_decimal(w, r->chain_frames, 0);
	efile_decimal(w, r->chain_longest_us, 6);
	efile_decimal(w, r->chain_limit_us, 6);
	efile_block_end(w);
}

static void put_tasks(struct efile_writer *w, const struct day_report *r)
{
	static const struct efile_column c[] = { { "task", "任务", NULL }, { "start", "开始", NULL }, { "plannedDeviation", "计划偏差", "kW" },
		{ "leastDeviation", "最小可能偏差", "kW" }, { "measuredDeviation", "实测偏差", "kW" },
		{ "proportionalDeviation", "按比例分配偏差", "kW" }, { "proportionalMissed", "按比例分配缺电量", "kWh" },
		{ "proportionalShort", "按比例分配缺电车辆", NULL } };
	open_block(w, r, "Task", c, COUNT(c));
	for (size_t i = 0; i < r->n_tasks; i++) {
		const struct report_task *t = &r->task[i];
		efile_text(w, t->task_id);
		put_time(w, t->start_ms, r->offset_min);
		efile_decimal(w, t->planned_deviation_w, 3);
		efile_decimal(w, t->least_deviation_w, 3);
		efile_decimal(w, t->measured_deviation_w, 3);
		efile_decimal(w, t->proportional_deviation_w, 3);
		efile_decimal(w, t->proportional_missed_wh, 3);
		efile_decimal(w, t->proportional_short, 0);
	}
	efile_block_end(w);
}

static void put_curve(struct efile_writer *w, const struct day_report *r)
{
	static const struct efile_column c[] = { { "end", "时段止", NULL }, { "window", "时段类型", NULL }, { "target", "目标", "kW" },
		{ "planned", "计划", "kW" }, { "baseline", "基线", "kW" }, { "measured", "实测", "kW" }, { "complete", "数据完整", NULL } };
	open_block(w, r, "Curve", c, COUNT(c));
	for (size_t i = 0; i < r->n_points; i++) {
		const struct report_point *p = &r->point[i];
		put_time(w, p->end_ms, r->offset_min);
		efile_text(w, window_name(p->window));
		efile_decimal(w, p->target_w, 3);
		efile_decimal(w, p->planned_w, 3);
		efile_decimal(w, p->baseline_w, 3);
		efile_decimal(w, p->measured_w, 3);
		efile_decimal(w, p->complete, 0);
	}
	efile_block_end(w);
}

static void put_aggregators(struct efile_writer *w, const struct day_report *r)
{
	static const struct efile_column c[] = { { "aggregator", "聚合商", NULL }, { "asked", "要求电量", "kWh" }, { "delivered", "完成电量", "kWh" },
		{ "response", "响应费用", "CNY" }, { "shortfall", "缺额费用", "CNY" }, { "total", "合计", "CNY" },
		{ "validIntervals", "有效时段", NULL }, { "intervals", "时段数", NULL }, { "sessions", "充电会话", NULL }, { "met", "满足需求", NULL } };
	open_block(w, r, "Aggregator", c, COUNT(c));
	for (size_t i = 0; i < r->n_aggregators; i++) {
		const struct report_aggregator *a = &r->aggregator[i];
		efile_text(w, a->id);
		efile_decimal(w, a->asked_wh, 3);
		efile_decimal(w, a->delivered_wh, 3);
		efile_decimal(w, a->response_fen, 2);
		efile_decimal(w, a->shortfall_fen, 2);
		efile_decimal(w, a->total_fen, 2);
		efile_decimal(w, a->valid_intervals, 0);
		efile_decimal(w, a->intervals, 0);
		efile_decimal(w, a->sessions, 0);
		efile_decimal(w, a->met, 0);
	}
	efile_block_end(w);
}

static void put_needs(struct efile_writer *w, const struct day_report *r)
{
	static const struct efile_column outcome[] = { { "outcome", "结果", NULL }, { "sessions", "充电会话", NULL } };
	static const struct efile_column unmet[] = { { "session", "充电会话", NULL }, { "aggregator", "聚合商", NULL }, { "station", "场站", NULL },
		{ "need", "需求电量", "kWh" }, { "reachable", "可达电量", "kWh" }, { "delivered", "实充电量", "kWh" }, { "reason", "原因", NULL } };
	open_block(w, r, "Needs", outcome, COUNT(outcome));
	for (int i = 0; i < REPORT_REASONS; i++) {
		efile_text(w, report_reason_name((enum report_reason)i));
		efile_decimal(w, r->outcome[i], 0);
	}
	efile_block_end(w);
	open_block(w, r, "Unmet", unmet, COUNT(unmet));
	for (size_t i = 0; i < r->n_unmet; i++) {
		const struct report_unmet *u = &r->unmet[i];
		efile_text(w, u->session_id);
		efile_text(w, u->aggregator_id);
		efile_text(w, u->station_id);
		efile_decimal(w, u->need_wh, 3);
		efile_decimal(w, u->reachable_wh, 3);
		efile_decimal(w, u->delivered_wh, 3);
		efile_text(w, report_reason_name(u->reason));
	}
	efile_block_end(w);
}

static void put_messages(struct efile_writer *w, const struct day_report *r)
{
	static const struct efile_column c[] = { { "operation", "操作", NULL }, { "direction", "方向", NULL }, { "messages", "消息", NULL },
		{ "rejected", "拒绝", NULL }, { "waiting", "待应答", NULL }, { "lost", "丢失", NULL }, { "timed", "计时", NULL },
		{ "median", "中位", "s" }, { "p99", "P99", "s" }, { "longest", "最长", "s" } };
	open_block(w, r, "Message", c, COUNT(c));
	for (size_t i = 0; i < r->n_operations; i++) {
		const struct report_operation *o = &r->operation[i];
		efile_text(w, o->operation);
		efile_text(w, o->inward ? "in" : "out");
		efile_decimal(w, o->messages, 0);
		efile_decimal(w, o->rejected, 0);
		efile_decimal(w, o->waiting, 0);
		efile_decimal(w, o->lost, 0);
		efile_decimal(w, o->timed, 0);
		efile_decimal(w, o->timed ? o->median_us : VALUE_NONE, 6);
		efile_decimal(w, o->timed ? o->p99_us : VALUE_NONE, 6);
		efile_decimal(w, o->timed ? o->longest_us : VALUE_NONE, 6);
	}
	efile_block_end(w);
}

int efile_day_report(const struct day_report *r, struct bytes *out)
{
	struct efile_writer w;
	efile_begin(&w, out, r->hub, "DayReport", r->made_ms, r->offset_min);
	put_day(&w, r);
	put_tasks(&w, r);
	put_curve(&w, r);
	put_aggregators(&w, r);
	put_needs(&w, r);
	put_messages(&w, r);
	return w.rc;
}
