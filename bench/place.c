/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "bench/place.h"
#include "security/tls.h"

enum { AGGREGATOR_LISTENER = 2 };
static const char *const aggregators[PLACE_AGGREGATORS] = { "A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8" };

const char *place_aggregator(int index) { return aggregators[index]; }

int place_cores(void) { return (int)sysconf(_SC_NPROCESSORS_ONLN); }

static int join(char out[PLACE_PATH], const char *dir, const char *name)
{
	return snprintf(out, PLACE_PATH, "%s/%s", dir, name) < PLACE_PATH ? 0 : E_TOO_LARGE;
}

static int read_number(const char *dir, const char *name, int *number)
{
	char path[PLACE_PATH];
	struct bytes text = { .most = 64 };
	int rc = join(path, dir, name);

	if (!rc)
		rc = bytes_read_file(&text, path);
	if (!rc && (sscanf(text.p, "%d", number) != 1 || *number <= 0))
		rc = E_FORMAT;
	if (rc)
		fprintf(stderr, "bench_hub: %s/%s: %s\n", dir, name, error_text_en(rc));
	bytes_done(&text);
	return rc;
}

static int open_tls(struct place *p, int i)
{
	char certificate[PLACE_PATH], key[PLACE_PATH], trust[PLACE_PATH], name[16];
	struct tls_error why = { "" };
	int rc;

	snprintf(name, sizeof(name), "%s.pem", aggregators[i]);
	rc = join(certificate, p->pki, name);
	snprintf(name, sizeof(name), "%s.key", aggregators[i]);
	if (!rc)
		rc = join(key, p->pki, name);
	if (!rc)
		rc = join(trust, p->pki, "ca.pem");
	if (!rc)
		rc = tls_client_new(&(struct tls_files){ .certificate = certificate, .key = key, .trust = trust }, &p->tls[i], &why);
	if (rc)
		fprintf(stderr, "bench_hub: %s\n", *why.text ? why.text : error_text_en(rc));
	return rc;
}

int place_open(const char *dir, struct place *p)
{
	char db[PLACE_PATH];
	int hub = 0, database = 0, rc;

	memset(p, 0, sizeof(*p));
	rc = snprintf(p->dir, sizeof(p->dir), "%s", dir) < (int)sizeof(p->dir) ? join(p->pki, dir, "pki") : E_TOO_LARGE;
	if (!rc)
		rc = join(p->clock, dir, "clock");
	if (!rc)
		rc = join(db, dir, "db");
	if (!rc)
		rc = read_number(dir, "ports", &p->base_port);
	if (!rc)
		rc = read_number(dir, "vgihubd.pid", &hub);
	if (!rc)
		rc = read_number(db, "pid", &database);
	p->port = p->base_port + AGGREGATOR_LISTENER;
	p->server = "vgihubd";
	p->process[0] = hub;
	p->processes = 1;
	p->database = database;
	for (int i = 0; i < PLACE_AGGREGATORS && !rc; i++)
		rc = open_tls(p, i);
	if (rc)
		place_done(p);
	return rc;
}

static int read_processes(const char *path, struct place *p)
{
	FILE *f = fopen(path, "re");
	int pid;

	if (!f)
		return E_IO;
	for (p->processes = 0; p->processes < PLACE_PROCESSES && fscanf(f, "%d", &pid) == 1;)
		p->process[p->processes++] = pid;
	fclose(f);
	return p->processes ? 0 : E_FORMAT;
}

int place_turn_to_peer(struct place *p)
{
	char dir[PLACE_PATH], pids[PLACE_PATH];
	int rc = join(dir, p->dir, "peer");

	if (!rc)
		rc = join(pids, dir, "pids");
	if (!rc)
		rc = read_number(dir, "port", &p->port);
	if (!rc)
		rc = read_processes(pids, p);
	if (rc)
		fprintf(stderr, "bench_hub: the peer: %s\n", error_text_en(rc));
	p->server = "the peer";
	return rc;
}

void place_done(struct place *p)
{
	for (int i = 0; i < PLACE_AGGREGATORS; i++)
		tls_free(p->tls[i]);
	memset(p, 0, sizeof(*p));
}

/* ---- cost */

static int64_t ticks_us(int64_t ticks) { return ticks * 1000000 / sysconf(_SC_CLK_TCK); }

/* Fields 14 and 15 of /proc/PID/stat; the name before them may hold anything but ends with the last bracket. */
static int64_t process_us(pid_t pid)
{
	char path[64], text[1024];
	int64_t user = 0, system = 0;
	const char *rest;
	FILE *f;
	size_t n;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	f = fopen(path, "re");
	if (!f)
		return 0;
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	rest = strrchr(text, ')');
	if (!rest || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %" SCNd64 " %" SCNd64, &user, &system) != 2)
		return 0;
	return ticks_us(user + system);
}

/* Of all cores and everybody: user, nice, system, irq, softirq. */
static int64_t machine_us(void)
{
	int64_t user = 0, nice_ = 0, system = 0, irq = 0, soft = 0;
	FILE *f = fopen("/proc/stat", "re");

	if (!f)
		return 0;
	if (fscanf(f, "cpu %" SCNd64 " %" SCNd64 " %" SCNd64 " %*d %*d %" SCNd64 " %" SCNd64, &user, &nice_, &system, &irq,
		   &soft) != 5)
		user = nice_ = system = irq = soft = 0;
	fclose(f);
	return ticks_us(user + nice_ + system + irq + soft);
}

void place_cost(const struct place *p, struct place_cost *cost)
{
	int64_t server_us = 0;

	for (int i = 0; i < p->processes; i++)
		server_us += process_us(p->process[i]);
	*cost = (struct place_cost){ server_us, process_us(p->database), clock_process_cpu_us(), machine_us(), clock_monotonic_us() };
}

struct place_cost place_spent(const struct place_cost *from, const struct place_cost *to)
{
	return (struct place_cost){ to->server_us - from->server_us, to->database_us - from->database_us, to->own_us - from->own_us,
		to->machine_us - from->machine_us, to->wall_us - from->wall_us };
}
