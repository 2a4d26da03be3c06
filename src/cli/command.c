/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "cli/command.h"
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include "base/error.h"
#include "cli/language.h"
#include "config.h"

static const struct { const char *name, *argument, *en, *zh; } options[OPTIONS] = {
	[OPTION_ROLE] = { "role", "ROLE", "dispatch, trading, aggregator, operator, auditor or regulator",
			  "dispatch、trading、aggregator、operator、auditor 或 regulator" },
	[OPTION_CERT] = { "cert", "FILE", "PEM of the party's client certificate", "该主体客户端证书（PEM）" },
	[OPTION_PEERS] = { "peers", "FOLDER", "the other sides' own record, whose messages.csv has their counts",
			   "对方自己的记录，其中 messages.csv 含对方的计数" },
	[OPTION_DROP] = { "drop", "FOLDER", "also write the report there as E-file and XML", "同时在此目录写出 E 文件和 XML 报告" },
	[OPTION_RULES] = { "rules", "FILE", "rule set to settle by", "用于结算的规则集" },
	[OPTION_SAN] = { "san", "NAME", "alternative name its certificates must carry, e.g. URI:urn:vgi:principal:A1",
			 "其证书必须包含的备用名称，例如 URI:urn:vgi:principal:A1" },
	[OPTION_SIGNATURE] = { "signature", "WHEN", "never, control (what binds somebody) or always", "never、control（有约束力的消息）或 always" },
	[OPTION_ENCRYPTION] = { "encryption", "WHEN", "never, personal (contacts, vehicles, plans) or always",
				"never、personal（联系人、车辆、策略）或 always" },
	[OPTION_OUT] = { "out", "FILE", "write there, not to standard output", "写入该文件而非标准输出" },
};

const char *command_option_name(enum cli_option option) { return options[option].name; }

/* ---- help */

static void put_usage(FILE *out, const struct command *c)
{
	fprintf(out, "vgihub %s", c->noun);
	if (c->verb)
		fprintf(out, " %s", c->verb);
	if (*c->arguments)
		fprintf(out, " %s", c->arguments);
	for (int i = 0; i < OPTIONS; i++)
		if (c->required & 1u << i)
			fprintf(out, " --%s %s", options[i].name, options[i].argument);
		else if (c->allowed & 1u << i)
			fprintf(out, " [--%s %s]", options[i].name, options[i].argument);
	fputc('\n', out);
}

static void help_global(FILE *out)
{
	fputs(language_say(
		"Options of every command:\n"
		"  -c, --config FILE  installation (default " VGI_SYSCONFDIR "/vgihub.conf)\n"
		"      --json         data as JSON\n"
		"  -q, --quiet        no remarks on standard error, errors only\n"
		"  -h, --help         help, of all or of one command\n"
		"      --version      version\n\n"
		"Data goes to standard output, everything else to standard error. Exit codes:\n"
		"   0  done                           73  output could not be made\n"
		"  64  wrong command or argument      74  file or device failed\n"
		"  65  input is wrong                 75  database away, try again\n"
		"  66  not there                      77  not allowed\n"
		"  69  the peer does not answer       78  configuration or schema is wrong\n"
		"  70  defect of this program\n",
		"所有命令通用的选项：\n"
		"  -c, --config FILE  安装配置（默认 " VGI_SYSCONFDIR "/vgihub.conf）\n"
		"      --json         以 JSON 输出数据\n"
		"  -q, --quiet        标准错误只输出错误\n"
		"  -h, --help         帮助，全部或单个命令\n"
		"      --version      版本\n\n"
		"数据写到标准输出，其余写到标准错误。退出码：\n"
		"   0  完成                           73  无法生成输出\n"
		"  64  命令或参数错误                 74  文件或设备故障\n"
		"  65  输入有误                       75  数据库不可用，请重试\n"
		"  66  不存在                         77  不允许\n"
		"  69  对方无应答                     78  配置或结构版本错误\n"
		"  70  程序缺陷\n"), out);
}

void command_help(FILE *out, const struct command *command)
{
	for (size_t i = 0; i < commands_n; i++) {
		const struct command *c = &commands[i];
		if (command && command != c)
			continue;
		fputs(command ? language_say("Usage: ", "用法：") : "  ", out);
		put_usage(out, c);
		fprintf(out, "%s%s\n", command ? "" : "      ", language_say(c->en, c->zh));
	}
	fputc('\n', out);
	for (int i = 0; command && i < OPTIONS; i++)
		if (command->allowed & 1u << i)
			fprintf(out, "      --%s %s\n                     %s\n", options[i].name, options[i].argument,
				language_say(options[i].en, options[i].zh));
	help_global(out);
}

static void help_all(FILE *out)
{
	fputs(language_say("Usage: vgihub NOUN [VERB] [ARGUMENT...] [OPTION...]\nAdministration of the hub.\n\n",
			   "用法：vgihub 名词 [动词] [参数...] [选项...]\n平台管理命令。\n\n"), out);
	command_help(out, NULL);
}

/* ---- parsing */

static int count_words(const char *s)
{
	int n = 0;
	for (; *s; s += strcspn(s, " "), s += strspn(s, " "))
		n++;
	return n;
}

/* The row for the words given, and how many of them name it. A noun that needs a verb has no row without one. */
static const struct command *find(int n, char *const *word, int *taken)
{
	for (size_t i = 0; n > 0 && i < commands_n; i++) {
		const struct command *c = &commands[i];
		*taken = c->verb ? 2 : 1;
		if (!strcmp(c->noun, word[0]) && (!c->verb || (n > 1 && !strcmp(c->verb, word[1]))))
			return c;
	}
	return NULL;
}

static int complain(const struct command *c, const char *what, const char *which)
{
	fprintf(stderr, "vgihub: %s%s%s\n", what, *which ? ": " : "", which);
	fputs(language_say("Usage: ", "用法："), stderr);
	if (c)
		put_usage(stderr, c);
	else
		fputs(language_say("vgihub NOUN [VERB] …; vgihub --help lists them\n", "vgihub 名词 [动词] …；vgihub --help 列出全部\n"), stderr);
	return EX_USAGE;
}

/* A noun that is known gets the usage of all its verbs. */
static int complain_of_words(int n, char *const *word)
{
	bool known = false;
	for (size_t i = 0; n > 0 && i < commands_n; i++)
		known |= !strcmp(commands[i].noun, word[0]);
	if (!known)
		return complain(NULL, n ? language_say("no such command", "没有此命令") : language_say("no command given", "未给出命令"),
				n ? word[0] : "");
	fprintf(stderr, "vgihub: %s: %s%s%s\n", n > 1 ? language_say("no such command", "没有此命令") : language_say("verb missing", "缺少动词"),
		word[0], n > 1 ? " " : "", n > 1 ? word[1] : "");
	for (size_t i = 0; i < commands_n; i++)
		if (!strcmp(commands[i].noun, word[0])) {
			fputs(language_say("Usage: ", "用法："), stderr);
			put_usage(stderr, &commands[i]);
		}
	return EX_USAGE;
}

static int check_options(const struct cli *c, const struct command *command)
{
	for (int i = 0; i < OPTIONS; i++) {
		if (c->option[i] && !(command->allowed & 1u << i))
			return complain(command, language_say("this command has no such option", "该命令没有此选项"), options[i].name);
		if (!c->option[i] && command->required & 1u << i)
			return complain(command, language_say("option missing", "缺少选项"), options[i].name);
	}
	return 0;
}

enum { GLOBAL = 256, CONFIG = 'c', QUIET = 'q', HELP = 'h', JSON = GLOBAL, SHOW_VERSION };

static void make_long_options(struct option *to)
{
	static const struct option global[] = { { "config", required_argument, NULL, CONFIG }, { "json", no_argument, NULL, JSON },
		{ "quiet", no_argument, NULL, QUIET }, { "help", no_argument, NULL, HELP }, { "version", no_argument, NULL, SHOW_VERSION } };
	memcpy(to, global, sizeof global);
	to += sizeof global / sizeof *global;
	for (int i = 0; i < OPTIONS; i++)
		*to++ = (struct option){ options[i].name, required_argument, NULL, SHOW_VERSION + 1 + i };
	*to = (struct option){ 0 };
}

/* Options anywhere; -1: --version was asked for. */
static int read_options(int argc, char **argv, struct cli *c, bool *help)
{
	struct option longs[OPTIONS + 8];
	int o;
	make_long_options(longs);
	optind = opterr = 0;
	while ((o = getopt_long(argc, argv, "c:qh", longs, NULL)) != -1)
		switch (o) {
		case CONFIG: c->config_path = optarg; break;
		case JSON: c->json = true; break;
		case QUIET: c->quiet = true; break;
		case HELP: *help = true; break;
		case SHOW_VERSION: puts(PACKAGE_STRING); return -1;
		case '?': return complain(NULL, language_say("unknown option or missing argument", "未知选项或缺少参数"), argv[optind - 1]);
		default: c->option[o - SHOW_VERSION - 1] = optarg;
		}
	return 0;
}

int command_parse(int argc, char **argv, struct cli *c, const struct command **command)
{
	bool help = false;
	int taken = 0, rc = read_options(argc, argv, c, &help);
	if (rc)
		return rc;
	int n = argc - optind;
	const struct command *found = find(n, argv + optind, &taken);
	if (help || (n > 0 && !strcmp(argv[optind], "help"))) {
		if (found)
			command_help(stdout, found);
		else
			help_all(stdout);
		return -1;
	}
	if (!found)
		return complain_of_words(n, argv + optind);
	c->argument = (const char *const *)argv + optind + taken;
	c->n_arguments = n - taken;
	*command = found;
	if (c->n_arguments != count_words(found->arguments))
		return complain(found, language_say("wrong number of arguments", "参数个数不符"), "");
	return check_options(c, found);
}

/* ---- completion */

static void complete_verbs(const char *noun)
{
	printf("\t%s) words=\"", noun);
	for (size_t i = 0; i < commands_n; i++)
		if (!strcmp(commands[i].noun, noun) && commands[i].verb)
			printf("%s ", commands[i].verb);
	puts("\" ;;");
}

int command_completion(struct cli *c)
{
	(void)c;
	puts("# bash completion for vgihub; made by: vgihub completion bash\n_vgihub()\n{\n\tlocal words=\"\"\n\tcase \"$COMP_CWORD\" in");
	fputs("\t1) words=\"", stdout);
	for (size_t i = 0; i < commands_n; i++)
		if (!i || strcmp(commands[i].noun, commands[i - 1].noun))
			printf("%s ", commands[i].noun);
	puts("\" ;;\n\t2) case \"${COMP_WORDS[1]}\" in");
	for (size_t i = 0; i < commands_n; i++)
		if (commands[i].verb && (!i || strcmp(commands[i].noun, commands[i - 1].noun)))
			complete_verbs(commands[i].noun);
	puts("\tesac ;;\n\tesac\n\tcase \"${COMP_WORDS[*]:1:2}\" in");
	for (size_t i = 0; i < commands_n; i++) {
		const char *noun = commands[i].noun, *blank = commands[i].verb ? " " : "", *verb = commands[i].verb ? commands[i].verb : "";
		printf("\t\"%s%s%s\"|\"%s%s%s \"*) words+=\" ", noun, blank, verb, noun, blank, verb);
		for (int k = 0; k < OPTIONS; k++)
			if (commands[i].allowed & 1u << k)
				printf("--%s ", options[k].name);
		puts("\" ;;");
	}
	puts("\tesac\n\twords+=\" --config --json --quiet --help\"\n"
	     "\tCOMPREPLY=($(compgen -W \"$words\" -- \"${COMP_WORDS[COMP_CWORD]}\"))\n"
	     "\tcase \"${COMP_WORDS[COMP_CWORD]}\" in -*) ;; *)\n"
	     "\t\t[ ${#COMPREPLY[@]} -gt 0 ] || COMPREPLY=($(compgen -f -- \"${COMP_WORDS[COMP_CWORD]}\")) ;;\n\tesac\n}\n"
	     "complete -o filenames -F _vgihub vgihub");
	return 0;
}
