/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/error.h"
#include "lib/mariadb.h"
#include "store/migrate.h"

static char folder[256], socket_path[256];
static struct db_target target;
static int alive_fd = -1;       /* the watcher reads its other end: closed when this program ends */
static pid_t watcher;

static void give_up(const char *what)
{
	fprintf(stderr, "mariadb for tests: %s\n", what);
	abort();
}

const char *mariadb_source(void)
{
	const char *source = getenv("srcdir");

	return source != NULL ? source : ".";
}

/* execs mariadb.sh with stdout on stderr's place: stdout belongs to TAP. */
static void exec_script(const char *action)
{
	char script[512];

	snprintf(script, sizeof script, "%s/etc/trial/mariadb.sh", mariadb_source());
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execl("/bin/sh", "sh", script, action, folder, (char *)NULL);
	_exit(127);
}

static int run_script(const char *action)
{
	pid_t pid = fork();
	int status = -1;

	if (pid == 0)
		exec_script(action);
	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		continue;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Holds none of the program's files open, so that whoever waits for their end is not kept waiting. */
static void watch(int fd)
{
	char c;
	int null = open("/dev/null", O_RDWR);
	pid_t pid;

	setsid();
	for (int i = 0; i < 3; i++)
		dup2(null, i);
	while (read(fd, &c, 1) < 0 && errno == EINTR)
		continue;
	run_script("kill");
	pid = fork();
	if (pid == 0) {
		/* the socket's and the data's folder may lie elsewhere, see mariadb.sh */
		execl("/bin/sh", "sh", "-c", "for f in place socket; do [ ! -s \"$0/$f\" ] || p=$(cat \"$0/$f\"); "
		      "case ${p-} in */vgihub-db.*/run/s|*/vgihub.*/s) rm -rf \"${p%/*}\" ;; "
		      "*/vgihub-db.*) rm -rf \"$p\" ;; esac; "
		      "done; rm -rf \"$0\"", folder, (char *)NULL);
		_exit(127);
	}
	if (pid > 0)
		waitpid(pid, NULL, 0);
	_exit(0);
}

static void start_watcher(void)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC) < 0)
		give_up("no pipe");
	watcher = fork();
	if (watcher < 0)
		give_up("no process");
	if (watcher == 0) {
		close(fd[1]);
		watch(fd[0]);
	}
	close(fd[0]);
	alive_fd = fd[1];
}

static void finish(void)
{
	close(alive_fd);
	waitpid(watcher, NULL, 0);
}

static void read_socket_path(void)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/socket", folder);
	f = fopen(path, "re");
	if (f == NULL || fgets(socket_path, sizeof socket_path, f) == NULL)
		give_up("no socket");
	fclose(f);
	socket_path[strcspn(socket_path, "\n")] = '\0';
}

void mariadb_start(void)
{
	if (run_script("start") != 0)
		give_up("it does not start");
}

void mariadb_kill(void)
{
	if (run_script("kill") != 0)
		give_up("it does not end");
}

static void make_folder(void)
{
	const char *tmp = getenv("TMPDIR");

	if (folder[0] != '\0')
		return;
	snprintf(folder, sizeof folder, "%s/vgitest.XXXXXX", tmp != NULL && *tmp != '\0' ? tmp : "/tmp");
	if (mkdtemp(folder) == NULL)
		give_up("no folder");
	start_watcher();
	atexit(finish);
}

void mariadb_options(const char *format)
{
	char path[512];
	FILE *f;

	make_folder();
	snprintf(path, sizeof path, "%s/options", folder);
	f = fopen(path, "we");
	if (f == NULL)
		give_up("no options");
	for (const char *s = format; *s != '\0'; s++) {
		if (s[0] == '%' && s[1] == 's') {
			fputs(folder, f);
			s++;
		} else {
			fputc(*s, f);
		}
	}
	fclose(f);
}

const struct db_target *mariadb_target(void)
{
	if (target.database != NULL)
		return &target;
	make_folder();
	mariadb_start();
	read_socket_path();
	target = (struct db_target){ .socket = socket_path, .user = "root", .database = "vgihub" };
	return &target;
}

const char *mariadb_folder(void)
{
	make_folder();
	return folder;
}

struct db *mariadb_connect(void)
{
	struct db *db = NULL;

	if (db_open(mariadb_target(), &db) != 0)
		give_up("no connection");
	return db;
}

void mariadb_empty(void)
{
	struct db_target server = *mariadb_target();
	struct db *db = NULL;
	static const char drop[] = "DROP DATABASE IF EXISTS vgihub";
	static const char make[] = "CREATE DATABASE vgihub CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";

	server.database = "mysql";
	if (db_open(&server, &db) != 0 || db_run(db, drop, sizeof drop - 1) != 0 ||
	    db_run(db, make, sizeof make - 1) != 0)
		give_up("database vgihub cannot be made anew");
	db_close(db);
}

void mariadb_migrated(void)
{
	char path[512];

	mariadb_empty();
	struct db *db = mariadb_connect();
	snprintf(path, sizeof path, "%s/schemas/sql", mariadb_source());
	if (migrate_run(db, path, NULL) != 0)
		give_up("the migrations fail");
	db_close(db);
}
