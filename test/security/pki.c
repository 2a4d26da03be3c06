/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include "security/pki.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[200];

static void die(const char *what)
{
	fprintf(stderr, "pki: %s\n", what);
	abort();
}

/* Runs a program, waits, returns its exit status; its output goes to stderr, because stdout belongs to TAP. */
static int run(char *const argv[])
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		dup2(2, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		die(argv[0]);
	return WEXITSTATUS(status);
}

static int run_script(const char *into, const char *name, const char *name2, const char *name3)
{
	const char *top = getenv("srcdir");
	char script[500];

	snprintf(script, sizeof script, "%s/etc/trial/pki.sh", top ? top : ".");
	return run((char *[]){ (char *)"sh", script, (char *)(uintptr_t)into, (char *)(uintptr_t)name,
			       (char *)(uintptr_t)name2, (char *)(uintptr_t)name3, NULL });
}

static void remove_folder(void)
{
	run((char *[]){ (char *)"rm", (char *)"-rf", folder, NULL });
}

void pki_make(void)
{
	const char *tmp = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%s/vgi-pki-XXXXXX", tmp ? tmp : "/tmp");
	if (!mkdtemp(folder))
		die("no temporary folder");
	atexit(remove_folder);
	if (run_script(folder, "hub", "a-1", "a-2") || run_script(pki_path("foreign"), "a-1", "hub", NULL))
		die("pki.sh");
}

int pki_add(const char *name)
{
	return run_script(folder, name, NULL, NULL);
}

const char *pki_path(const char *file)
{
	static _Thread_local char paths[32][300];
	static _Thread_local unsigned next;
	char *path = paths[next++ % 32];

	snprintf(path, sizeof paths[0], "%s/%s", folder, file);
	return path;
}

struct tls_files pki_files(const char *name)
{
	struct tls_files files = { NULL, NULL, pki_path("ca.pem"), NULL };
	char file[100];

	if (name) {
		snprintf(file, sizeof file, "%s.pem", name);
		files.certificate = pki_path(file);
		snprintf(file, sizeof file, "%s.key", name);
		files.key = pki_path(file);
	}
	return files;
}

struct tls *pki_server(const char *name)
{
	struct tls_files files = pki_files(name);
	struct tls_error error;
	struct tls *tls;

	if (tls_server_new(&files, &tls, &error))
		die(error.text);
	return tls;
}

struct tls *pki_client(const char *name)
{
	struct tls_files files = pki_files(name);
	struct tls_error error;
	struct tls *tls;

	if (tls_client_new(&files, &tls, &error))
		die(error.text);
	return tls;
}

struct tls *pki_foreign_client(void)
{
	return pki_client("foreign/a-1");
}
