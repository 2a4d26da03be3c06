/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The command table: help, usage, completion and what runs come from the same rows. */
#ifndef VGI_CLI_COMMAND_H
#define VGI_CLI_COMMAND_H
#include <stddef.h>
#include <stdio.h>
#include "cli/cli.h"

struct command {
	const char *noun, *verb;                /* verb NULL: the noun alone */
	int (*run)(struct cli *c);              /* exit code */
	const char *arguments;                  /* "DATE FOLDER", "" for none: as many words as there must be */
	unsigned allowed, required;             /* bits 1 << enum cli_option */
	const char *en, *zh;                    /* one sentence */
};

extern const struct command commands[];
extern const size_t commands_n;

/* The name of an option without "--", what its argument is called, and what it is for. */
const char *command_option_name(enum cli_option option);
/* 0 and the command, its arguments and options in *c; 64 (EX_USAGE) after a message; -1 if all is done (--help, --version). */
int command_parse(int argc, char **argv, struct cli *c, const struct command **command);
/* Help on one command, or on all (NULL), in the user's language. */
void command_help(FILE *out, const struct command *command);
int command_completion(struct cli *c);  /* prints a completion script for bash */
#endif
