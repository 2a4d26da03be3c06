/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* What a command of vgihub is given: its arguments, and installation, rules and database on demand. One thread. */
#ifndef VGI_CLI_CLI_H
#define VGI_CLI_CLI_H
#include <stdbool.h>
#include "base/arena.h"
#include "model/installation.h"
#include "model/rules.h"
#include "store/db.h"

struct command;
struct vault;

/* Options of single commands; the table with their names stands in command.c. */
enum cli_option { OPTION_ROLE, OPTION_CERT, OPTION_PEERS, OPTION_DROP, OPTION_RULES, OPTION_OUT, OPTION_SAN, OPTION_SIGNATURE, OPTION_ENCRYPTION, OPTIONS };

struct cli {
	const char *config_path;
	bool json, quiet;
	const char *option[OPTIONS];            /* NULL: not given */
	const char *const *argument; int n_arguments;
	struct arena *arena;                    /* of the whole run */
	struct installation in; bool in_loaded;
	struct rules rules; bool rules_loaded;
	struct db_target target;
	struct db *db;
	struct vault *vault;
};

/* Each makes what it names ready, once. 0, or an exit code after a message on standard error. */
int cli_installation(struct cli *c);
int cli_rules(struct cli *c);           /* of the installation */
int cli_database(struct cli *c);        /* connected; the schema is not looked at */
int cli_schema(struct cli *c);          /* connected, and the schema is this program's */
int cli_vault(struct cli *c);           /* the key file; refused if none is configured */
void cli_done(struct cli *c);

/* The exit code for a result of this project, without a word: the contract of `vgihub --help`. */
int cli_exit_code(int rc);
/* Says "vgihub: WHAT: why" on standard error unless rc is 0; returns the exit code. */
int cli_fail(int rc, const char *what);
/* The same with a text of one's own, for wrong arguments and files; returns code. */
int cli_refuse(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* What was done, on standard error; nothing with --quiet. */
void cli_note(const struct cli *c, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A date argument "2026-06-10". 0 or EX_USAGE after a message. */
int cli_date(const char *text, int32_t *date);
/* Business time: in a trial where the database says it stands, else the machine's. 0 or an exit code. */
int cli_now(struct cli *c, int64_t *now_ms);
#endif
