/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "cli/command.h"
#include "cli/actions.h"

#define BIT(OPTION) (1u << OPTION_##OPTION)

const struct command commands[] = {
	{ "migrate", NULL, action_migrate, "", 0, 0,
	  "Brings the database to the schema of this program; may be repeated.", "将数据库升级到本程序所需的结构；可重复执行。" },
	{ "status", NULL, action_status, "", 0, 0,
	  "Database, schema, business time, what came in today and what waits to go out.", "数据库、结构版本、业务时间、今日收到及待发的消息。" },
	{ "principal", "add", action_principal_add, "NAME", BIT(ROLE) | BIT(CERT), BIT(ROLE) | BIT(CERT),
	  "Registers a party and the client certificate it shows.", "登记一个主体及其客户端证书。" },
	{ "principal", "list", action_principal_list, "", 0, 0,
	  "All registered parties, revoked ones too.", "列出所有主体，包括已吊销的。" },
	{ "principal", "revoke", action_principal_revoke, "NAME", 0, 0,
	  "Shuts a party out at once; its messages stay.", "立即吊销一个主体；其消息保留。" },
	{ "export", "day", action_export_day, "DATE FOLDER", BIT(PEERS), 0,
	  "Writes a settled business day as twelve CSV files (vgihub-day/1) in place of what FOLDER held; FOLDER/sent stays.",
	  "将已结算的业务日写成十二个 CSV 文件（vgihub-day/1），替换 FOLDER 原内容；FOLDER/sent 保留。" },
	{ "report", "day", action_report_day, "DATE", BIT(PEERS) | BIT(DROP), 0,
	  "A business day: curves, what was asked, done, earned and charged, needs, tracking, messages.",
	  "业务日报告：曲线、要求与完成、费用、需求满足、跟踪偏差、消息。" },
	{ "settlement", "compute", action_settlement_compute, "DATE", BIT(RULES) | BIT(OUT), BIT(RULES),
	  "Settles an assessed business day by another rule set, as CSV; nothing is stored.", "按另一规则集结算已评估的业务日，输出 CSV；不存储。" },
	{ "trace", NULL, action_trace, "ID", 0, 0,
	  "The whole life of a trace id, message id or task id: what came in, what went out, when each stage was reached.",
	  "一个跟踪标识、消息标识或任务标识的全过程：收到、发出及各阶段时间。" },
	{ "config", "check", action_config_check, "", 0, 0,
	  "Reads the installation and everything it names, and says what is wrong.", "读取安装配置及其引用的文件，指出错误。" },
	{ "config", "sample", action_config_sample, "", 0, 0,
	  "Prints a commented vgihub.conf with all keys.", "输出带注释的 vgihub.conf 样例，含全部配置项。" },
	{ "rules", "sample", action_rules_sample, "", 0, 0,
	  "Prints a commented rule set with all keys.", "输出带注释的规则集样例，含全部配置项。" },
	{ "completion", "bash", command_completion, "", 0, 0,
	  "Prints a completion script: source <(vgihub completion bash)", "输出 bash 补全脚本：source <(vgihub completion bash)" },
};
const size_t commands_n = sizeof commands / sizeof *commands;
