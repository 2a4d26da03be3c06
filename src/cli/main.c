/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* vgihub: administration of the hub, NOUN VERB. */
#include <signal.h>
#include "base/log.h"
#include "cli/command.h"

int main(int argc, char **argv)
{
	struct cli c = { .config_path = VGI_SYSCONFDIR "/vgihub.conf", .arena = arena_new(0) };
	const struct command *command = NULL;
	signal(SIGPIPE, SIG_IGN);
	log_set_level(LOG_LEVEL_ERROR);
	int code = command_parse(argc, argv, &c, &command);
	if (!code)
		code = command->run(&c);
	cli_done(&c);
	return code < 0 ? 0 : code;
}
