/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "cli/output.h"
#include <string.h>
#include <sysexits.h>
#include "base/decimal.h"
#include "base/timegrid.h"
#include "model/value.h"
#include "cli/language.h"

enum { CELL = 512, LABEL = 96 };

/* Keys whose Chinese name is known; any other is shown as it is. */
static const struct { const char *key, *zh; } names[] = {
	{ "account", "账户" }, { "accepted", "接受" }, { "active", "有效" }, { "address", "地址" }, { "at", "时间" }, { "detail", "说明" },
	{ "expires", "到期时间" }, { "kind", "类别" }, { "last", "最后一次" }, { "n", "次数" }, { "principal", "主体" }, { "san", "备用名称" },
	{ "aggregator", "聚合商" }, { "aggregators", "聚合商" },
	{ "answered", "应答时间" }, { "applied", "本次应用" }, { "asked_kwh", "要求电量(kWh)" }, { "attempts", "次数" }, { "business_day", "业务日" },
	{ "business_time", "业务时间" }, { "certificate", "证书指纹" }, { "channel", "通道" }, { "checked", "校验时间" }, { "count", "数量" },
	{ "created", "创建时间" }, { "database", "数据库" }, { "delivered", "送达时间" }, { "delivered_kwh", "完成电量(kWh)" },
	{ "direction", "方向" }, { "ended", "已结束" }, { "encryption", "加密" }, { "error", "错误" }, { "first_sent", "首次发送" }, { "in_force", "有效" }, { "incoming", "收到" }, { "known", "获知时间" }, { "kw", "功率(kW)" }, { "kwh", "电量(kWh)" }, { "percent", "百分比" }, { "filtered_kw", "滤波后(kW)" }, { "quality", "质量码" }, { "revision", "版本" },
	{ "items", "条目" }, { "items_stored", "已存条目" }, { "longest_s", "最长(秒)" }, { "median_s", "中位(秒)" }, { "message", "消息" },
	{ "lost", "丢失" }, { "messages_today", "今日消息" }, { "met", "满足" }, { "name", "名称" }, { "need_kwh", "需求(kWh)" }, { "operation", "操作" }, { "outbox_waiting", "待发消息" },
	{ "outgoing", "发出" }, { "p99_s", "P99(秒)" }, { "partly", "部分接受" }, { "peer", "对方" }, { "piles", "充电桩" }, { "pool", "连接池" },
	{ "principals", "主体" }, { "reachable_kwh", "可达(kWh)" }, { "reason", "原因" }, { "received", "接收时间" }, { "rejected", "拒绝" }, { "response_cny", "响应费用(元)" }, { "revoked", "已吊销" },
	{ "role", "角色" }, { "schema_version", "结构版本" }, { "session", "会话" }, { "sessions", "充电会话" }, { "settled", "已结算" },
	{ "signature", "签名" }, { "shortfall_cny", "缺额费用(元)" }, { "started", "已开始" }, { "spool_aside", "搁置报文" }, { "station", "场站" }, { "stations", "场站" }, { "status", "状态" }, { "stored", "存储时间" },
	{ "task", "任务" }, { "tasks", "任务" }, { "total_cny", "合计(元)" }, { "trace", "跟踪" }, { "trial", "试验模式" }, { "valid_intervals", "有效时段" }, { "waiting", "待应答" },
};

const char *output_label(const char *key, char *buf, size_t size)
{
	for (size_t i = 0; language_chinese() && i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i].key, key))
			return names[i].zh;
	snprintf(buf, size, "%s", key);
	for (char *p = buf; *p; p++)
		if (*p == '_')
			*p = ' ';
	return buf;
}

static const char *cell(const json_t *v, char buf[CELL])
{
	if (json_is_string(v))
		return json_string_value(v);
	if (json_is_integer(v))
		snprintf(buf, CELL, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else
		snprintf(buf, CELL, "%s", json_is_boolean(v) ? language_say(json_is_true(v) ? "yes" : "no", json_is_true(v) ? "是" : "否") : "-");
	return buf;
}

static void put_padded(FILE *out, const char *text, size_t width, bool right)
{
	size_t have = language_width(text);
	int pad = have < width ? (int)(width - have) : 0;
	if (right)
		fprintf(out, "%*s%s", pad, "", text);
	else
		fprintf(out, "%s%*s", text, pad, "");
}

/* Numbers, and decimals that are texts, stand to the right. */
static bool is_number(const json_t *v)
{
	const char *s = json_string_value(v);
	return json_is_integer(v) || (s && *s && strspn(s, "-0123456789.") == strlen(s));
}

struct column { const char *key; char label[LABEL]; size_t width; bool right; };

static size_t measure(const json_t *rows, struct column *columns, size_t most)
{
	size_t n = 0, i;
	char buf[CELL];
	const char *key;
	json_t *row, *v;
	json_object_foreach(json_array_get(rows, 0), key, v) {
		struct column *c = &columns[n];
		if (n == most)
			break;
		c->key = key;
		c->right = true;
		snprintf(c->label, sizeof c->label, "%s", output_label(key, buf, sizeof buf));
		c->width = language_width(c->label);
		json_array_foreach(rows, i, row) {
			const json_t *at = json_object_get(row, key);
			size_t width = language_width(cell(at, buf));
			c->width = width > c->width ? width : c->width;
			c->right = c->right && (is_number(at) || json_is_null(at));
		}
		n++;
	}
	return n;
}

static void put_row(FILE *out, const json_t *row, const struct column *columns, size_t n, int indent)
{
	char buf[CELL];
	fprintf(out, "%*s", indent, "");
	for (size_t k = 0; k < n; k++) {
		const char *text = row ? cell(json_object_get(row, columns[k].key), buf) : columns[k].label;
		if (k + 1 == n && !columns[k].right)
			fputs(text, out);
		else
			put_padded(out, text, columns[k].width, columns[k].right);
		fputs(k + 1 < n ? "  " : "\n", out);
	}
}

void output_table(FILE *out, const json_t *rows, int indent)
{
	struct column columns[24];
	size_t n = json_array_size(rows) ? measure(rows, columns, sizeof columns / sizeof *columns) : 0, i;
	json_t *row;
	if (!n)
		return;
	put_row(out, NULL, columns, n, indent);
	json_array_foreach(rows, i, row)
		put_row(out, row, columns, n, indent);
}

static void put_object(FILE *out, const json_t *object, int indent)
{
	char buf[CELL], label[LABEL];
	size_t width = 0;
	const char *key;
	json_t *v;
	json_object_foreach((json_t *)object, key, v) {
		size_t w = language_width(output_label(key, label, sizeof label));
		width = w > width ? w : width;
	}
	json_object_foreach((json_t *)object, key, v) {
		bool nested = json_is_object(v) || json_is_array(v);
		fprintf(out, "%*s", indent, "");
		put_padded(out, output_label(key, label, sizeof label), nested ? 0 : width, false);
		if (nested)
			fputc('\n', out);
		if (json_is_object(v))
			put_object(out, v, indent + 2);
		else if (json_is_array(v))
			output_table(out, v, indent + 2);
		else
			fprintf(out, "  %s\n", cell(v, buf));
	}
}

int output_document(const struct cli *c, json_t *document)
{
	if (!document)
		return cli_refuse(EX_SOFTWARE, "out of memory");
	if (c->json)
		json_dumpf(document, stdout, JSON_INDENT(2));
	else if (json_is_array(document))
		output_table(stdout, document, 0);
	else
		put_object(stdout, document, 0);
	if (c->json)
		putchar('\n');
	json_decref(document);
	return fflush(stdout) || ferror(stdout) ? cli_refuse(EX_IOERR, "standard output could not be written") : 0;
}

json_t *output_time_us(int64_t us)
{
	char second[32], text[48];
	if (is_none(us))
		return json_null();
	int64_t rest = us % 1000000;
	time_format((us - rest) / 1000, 0, second);
	snprintf(text, sizeof text, "%.19s.%06lldZ", second, (long long)rest);
	return json_string(text);
}

json_t *output_time_ms(int64_t ms, int offset_min)
{
	char text[32];
	return ms == TIME_NONE ? json_null() : json_string(time_format(ms, offset_min, text));
}

json_t *output_text(const char *text)
{
	return text ? json_string(text) : json_null();
}

json_t *output_integer(int64_t v)
{
	return is_none(v) ? json_null() : json_integer(v);
}

json_t *output_decimal(int64_t v, int digits)
{
	char text[24];
	if (is_none(v))
		return json_null();
	decimal_format(v, digits, text);
	return json_string(text);
}
