/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* vgihubd: the hub's daemon. Stays in the foreground; SIGHUP reads its configuration anew, SIGTERM or SIGINT
 * drains and ends it. */
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include "base/error.h"
#include "base/log.h"
#include "config.h"
#include "daemon/hub.h"

static void usage(FILE *out)
{
	fputs("Usage: vgihubd [-c FILE] [--check] [--help] [--version]\n"
	      "Serves dispatch system, trading platform and load aggregators.\n\n"
	      "  -c, --config FILE   installation (default " VGI_SYSCONFDIR "/vgihub.conf)\n"
	      "      --check         read the configuration, say what is wrong with it, and end\n"
	      "  -h, --help          this text\n"
	      "      --version       version\n\n"
	      "SIGHUP: read the configuration, certificates and revocation lists anew.\n"
	      "SIGTERM and SIGINT: take no new messages, finish those that have begun, end.\n", out);
}

static int exit_status(int rc)
{
	return rc == E_STORE_AWAY ? EX_TEMPFAIL : rc == E_MEMORY ? EX_OSERR : EX_CONFIG;
}

static void reload(struct daemon_hub *hub)
{
	struct hub_error error = { "" };
	log_notice("reloading", "signal=%d", SIGHUP);
	if (daemon_hub_reload(hub, &error))
		log_error("reload-refused", "%s: what was before stays in force", error.text);
	else
		log_notice("reloaded", "configuration, certificates, trust and revocation lists");
}

/* Each connection is an open file: as many as whoever started the daemon allows at most. Nothing here uses select(). */
static void raise_open_files(void)
{
	struct rlimit files;
	if (getrlimit(RLIMIT_NOFILE, &files))
		return;
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

/* Ends when told to; signals are blocked in all threads and taken here. */
static void wait_for_end(struct daemon_hub *hub, const sigset_t *signals)
{
	int sig = 0;
	while (sigwait(signals, &sig) || sig == SIGHUP)
		if (sig == SIGHUP)
			reload(hub);
	log_notice("stopping", "signal=%d", sig);
}

static int serve(const char *path, bool check_only)
{
	struct hub_error error = { "" };
	struct daemon_hub *hub = NULL;
	sigset_t signals;
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	signal(SIGPIPE, SIG_IGN);
	pthread_sigmask(SIG_BLOCK, &signals, NULL);
	prctl(PR_SET_DUMPABLE, 0);
	raise_open_files();
	int rc = check_only ? daemon_hub_check(path, &error) : daemon_hub_start(path, &hub, &error);
	if (rc) {
		fprintf(stderr, "vgihubd: %s\n", error.text);
		return exit_status(rc);
	}
	if (check_only)
		return 0;
	wait_for_end(hub, &signals);
	daemon_hub_stop(hub);
	return 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "config", required_argument, NULL, 'c' }, { "check", no_argument, NULL, 'k' },
		{ "help", no_argument, NULL, 'h' }, { "version", no_argument, NULL, 'v' }, { 0 } };
	const char *path = VGI_SYSCONFDIR "/vgihub.conf";
	bool check_only = false;
	int o;
	while ((o = getopt_long(argc, argv, "c:h", options, NULL)) != -1)
		switch (o) {
		case 'c': path = optarg; break;
		case 'k': check_only = true; break;
		case 'h': usage(stdout); return 0;
		case 'v': puts(PACKAGE_STRING); return 0;
		default: usage(stderr); return EX_USAGE;
		}
	if (optind < argc) {
		usage(stderr);
		return EX_USAGE;
	}
	return serve(path, check_only);
}
