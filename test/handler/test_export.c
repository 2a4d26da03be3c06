/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* The export of a small day: by the independent checker where it is there, by hand else; in place as a whole or not at all. */
#include "played_day.h"
#include <dirent.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "handler/export.h"
#include "handler/export_folder.h"
#include "lib/skip.h"

static struct export_error error;

static int make(struct export_documents *d, const char *peers)
{
	struct work w = played_work("06-11T12:05");
	return export_day(&w, played.date, peers, d, &error);
}

static const char *text_of(const struct export_documents *d, const char *name)
{
	for (size_t i = 0; i < EXPORT_FILES; i++)
		if (!strcmp(d->item[i].name, name))
			return d->item[i].text.p;
	fail_msg("no %s", name);
	return NULL;
}

static const char *path_of(const char *name) { return arena_printf(desk.arena, "%s/%s", mariadb_folder(), name); }

static void write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

/* Once, so that every test finds the day; the first test sees it before it is settled. */
static int begin(void **state)
{
	(void)state;
	desk_open("sichuan-2023");
	played_make();
	return 0;
}

static void test_unsettled_day_is_refused(void **state)
{
	struct export_documents d;
	(void)state;
	assert_string_equal(error_code(make(&d, NULL)), "nothing-there");
	assert_string_equal(error.text, "2026-06-10 has no settled task");
	export_done(&d);
	struct work w = played_work("06-11T12:05");
	assert_string_equal(error_code(export_day(&w, played.date + 1, NULL, &d, &error)), "nothing-there");
	export_done(&d);
	played_settle();
}

static void test_figures(void **state)
{
	struct export_documents d;
	(void)state;
	OK(make(&d, NULL));
	const char *day = text_of(&d, "day.csv");
	assert_non_null(strstr(day, "key,value\nformat,vgihub-day/1\nbusiness_date,2026-06-10\nday_class,workday\nstart,2026-06-10T12:00:00+08:00\n"
		"control_start,2026-06-10T18:00:00+08:00\nstep_min,15\nsteps,96\ntask_id,T-1\nsample_s,60\nmin_completeness,0.950000\n"
		"baseline_days,5\nbaseline_min_completeness,0.950000\nbaseline_keep_low,0.750000\nbaseline_keep_high,1.250000\n"
		"adjust_from,2026-06-10T15:00:00+08:00\nadjust_to,2026-06-10T17:00:00+08:00\nadjust_min,1.000000\nadjust_max,1.000000\n"
		"settle_min,60\ncap_ratio,1.100000\nabove_share,0.500000\nfloor_ratio,0.900000\npenalty_factor,1.100000\nplanned_deviation_kw,"));
	assert_string_equal(text_of(&d, "ledger.csv"), "kind,id,parent,limit_kw\naggregator,A,,\naggregator,B,,\nstation,A-s,A,9.000\n"
		"station,B-s,B,14.000\npile,A-1,A-s,7.000\npile,A-2,A-s,7.000\npile,B-1,B-s,7.000\npile,B-2,B-s,7.000\n");
	const char *sessions = text_of(&d, "sessions.csv");
	assert_non_null(strstr(sessions, "\ns1,A-1,2026-06-10T17:00:00+08:00,2026-06-11T07:07:00+08:00,22.000,7.000,7.000,"));
	assert_non_null(strstr(sessions, "\ns4,B-1,2026-06-10T17:30:00+08:00,2026-06-10T19:00:00+08:00,15.000,7.000,3.500,10.500,10.500,10.500,short\n"));
	assert_non_null(strstr(sessions, "\ns5,B-2,2026-06-10T22:00:00+08:00,2026-06-11T06:30:00+08:00,18.000,6.000,0.000,18.000,18.000,18.000,unknown\n"));
	assert_non_null(strstr(text_of(&d, "measured.csv"), "\nB-1,2026-06-10T17:45:00+08:00,15,15,7.000\n"));
	assert_non_null(strstr(text_of(&d, "measured.csv"), "\nB-1,2026-06-11T00:15:00+08:00,15,10,0.000\n"));
	assert_non_null(strstr(text_of(&d, "history.csv"), "\nA,2026-06-03,workday,0,0.989583,1,1,1.104\n"));
	assert_non_null(strstr(text_of(&d, "history.csv"), "\nA,2026-06-04,workday,1,1.000000,0,1,"));
	assert_non_null(strstr(text_of(&d, "history.csv"), "\nB,2026-06-05,other,0,1.000000,0,96,"));
	assert_non_null(strstr(text_of(&d, "history.csv"), "\nB,2026-06-08,workday,0,1.000000,0,96,"));
	assert_non_null(strstr(text_of(&d, "target.csv"), ",hold,"));
	export_done(&d);
}

/* What is given up afterwards was there on the day: the files are the same. What has no part in it stays out. */
static void test_retired_afterwards(void **state)
{
	struct export_documents before, after;

	(void)state;
	OK(make(&before, NULL));
	OK(db_exec(desk.db, "UPDATE pile SET state = 3 WHERE pile_id IN ('A-1', 'B-2')", DB_NO_ARGS));
	OK(db_exec(desk.db, "UPDATE station SET state = 3 WHERE station_id = 'A-s'", DB_NO_ARGS));
	OK(db_exec(desk.db, "INSERT INTO pile (pile_id, station_no, kind, rated_w, connectors, state, seq) SELECT 'A-old', station_no, 0, 7000,"
		" 1, 3, 1 FROM station WHERE station_id = 'A-s'", DB_NO_ARGS));
	OK(make(&after, NULL));
	for (size_t i = 0; i < EXPORT_FILES; i++)
		assert_string_equal(after.item[i].text.p, before.item[i].text.p);
	OK(db_exec(desk.db, "UPDATE pile SET state = 0", DB_NO_ARGS));
	OK(db_exec(desk.db, "UPDATE station SET state = 0", DB_NO_ARGS));
	OK(db_exec(desk.db, "DELETE FROM pile WHERE pile_id = 'A-old'", DB_NO_ARGS));
	export_done(&before);
	export_done(&after);
}

static void test_messages(void **state)
{
	struct export_documents d;
	char want[1024];
	(void)state;
	OK(make(&d, NULL));
	snprintf(want, sizeof want, "peer,direction,operation,sent,accepted,rejected,acked,items_sent,items_stored\n"
		"A,in,ReportFrame,1,1,0,1,%lld,%lld\nA,in,ReportLedger,1,1,0,1,2,2\nA,in,ReportSessions,1,1,0,1,3,3\n"
		"A,out,Control,1,1,0,1,%lld,%lld\nB,in,ReportFrame,1,1,0,1,%lld,%lld\nB,in,ReportSessions,1,1,0,1,2,2\n"
		"B,out,Control,1,1,0,1,%lld,%lld\ntrading,in,SubmitMeterData,1,1,0,1,96,96\n",
		(long long)played.frames[0], (long long)played.frames[0], (long long)played.points[0], (long long)played.points[0],
		(long long)played.frames[1], (long long)played.frames[1], (long long)played.points[1], (long long)played.points[1]);
	assert_string_equal(text_of(&d, "messages.csv"), want);
	export_done(&d);
}

#define PEERS_HEADER "peer,direction,operation,sent,accepted,rejected,acked,items_sent,items_stored\n"

static void test_peers_counts(void **state)
{
	struct export_documents d;
	const char *folder = path_of("peers"), *file = path_of("peers/messages.csv");
	(void)state;
	mkdir(folder, 0700);
	write_text(file, PEERS_HEADER "A,in,ReportSessions,5,,,4,9,\nA,out,Control,,2,1,,,17\nC,in,ReportSessions,1,,,1,1,\n");
	OK(make(&d, folder));
	assert_non_null(strstr(text_of(&d, "messages.csv"), "\nA,in,ReportSessions,5,1,0,4,9,3\n"));
	assert_non_null(strstr(text_of(&d, "messages.csv"), arena_printf(desk.arena, "\nA,out,Control,1,2,1,1,%lld,17\n", (long long)played.points[0])));
	assert_null(strstr(text_of(&d, "messages.csv"), "\nC,"));
	export_done(&d);
	static const char *const wrong[] = { "", "peer\n", PEERS_HEADER "A,in,ReportSessions,5,,,4\n", PEERS_HEADER "A,in,ReportSessions,x,,,4,9,\n",
		PEERS_HEADER "A,in,ReportSessions,-1,,,4,9,\n", PEERS_HEADER "A,up,ReportSessions,1,,,4,9,\n", PEERS_HEADER "A,in,R,1,,,4,9,,7\n" };
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		write_text(file, wrong[i]);
		assert_string_equal(error_code(make(&d, folder)), "format");
		assert_non_null(strstr(error.text, "messages.csv:"));
		export_done(&d);
	}
	assert_string_equal(error_code(make(&d, path_of("nowhere"))), "input-output");
	export_done(&d);
}

static void test_same_bytes_again(void **state)
{
	struct export_documents a, b;
	(void)state;
	OK(make(&a, NULL));
	desk.hub.settle_ms += 1;
	OK(make(&b, NULL));
	desk.hub.settle_ms -= 1;
	for (size_t i = 0; i < EXPORT_FILES; i++) {
		assert_int_equal(a.item[i].text.n, b.item[i].text.n);
		assert_memory_equal(a.item[i].text.p, b.item[i].text.p, a.item[i].text.n);
	}
	export_done(&a);
	export_done(&b);
}

static void test_other_rules_are_refused(void **state)
{
	struct export_documents d;
	struct rules other, shipped = desk.rules;
	struct settings_error why;
	(void)state;
	OK(rules_load(arena_printf(desk.arena, "%s/etc/rules/threshold-80-120.rules", mariadb_source()), &other, &why));
	desk.hub.rules = &other;
	assert_string_equal(error_code(make(&d, NULL)), "configuration");
	assert_non_null(strstr(error.text, "not of the type"));
	export_done(&d);
	desk.rules.version = (char[]){ "2" };
	desk.hub.rules = &desk.rules;
	assert_string_equal(error_code(make(&d, NULL)), "configuration");
	assert_non_null(strstr(error.text, "settled by rule set sichuan-2023-1"));
	export_done(&d);
	desk.rules = shipped;
	rules_done(&other);
}

/* ---- the folder */

static int entries(const char *folder)
{
	DIR *d = opendir(folder);
	int n = 0;
	assert_non_null(d);
	for (struct dirent *e; (e = readdir(d));)
		n += e->d_name[0] != '.';
	closedir(d);
	return n;
}

static void test_checker(void **state)
{
	struct export_documents d;
	const char *checker = getenv("DAY_CHECK"), *folder = path_of("checked");
	(void)state;
	if (!checker || access(checker, R_OK))
		SKIP_TEST("the day checker is not there");
	OK(make(&d, NULL));
	OK(export_write(folder, &d, &error));
	export_done(&d);
	pid_t pid = fork();
	if (!pid) {
		dup2(STDERR_FILENO, STDOUT_FILENO);
		execl("/usr/bin/python3", "python3", checker, folder, (char *)NULL);
		_exit(127);
	}
	int status;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void test_folder_is_replaced(void **state)
{
	struct export_documents d;
	const char *folder = path_of("out"), *stale = path_of("out.new-1999999999"), *day = path_of("out/day.csv");
	(void)state;
	OK(make(&d, NULL));
	OK(export_write(folder, &d, &error));
	assert_int_equal(entries(folder), EXPORT_FILES);
	/* again, over an older export with the peers' record in it, beside what a killed export left */
	write_text(day, "old");
	assert_int_equal(mkdir(path_of("out/sent"), 0700), 0);
	assert_int_equal(mkdir(path_of("out/sent/deep"), 0700), 0);
	write_text(path_of("out/sent/deep/x"), "kept");
	assert_int_equal(mkdir(stale, 0700), 0);
	write_text(path_of("out.new-1999999999/day.csv"), "half");
	OK(export_write(arena_printf(desk.arena, "%s/", folder), &d, &error));
	assert_int_equal(entries(folder), EXPORT_FILES + 1);
	assert_int_equal(access(stale, F_OK), -1);
	struct bytes b = BYTES_INIT;
	OK(bytes_read_file(&b, day));
	assert_string_equal(b.p, text_of(&d, "day.csv"));
	OK(bytes_read_file(&b, path_of("out/sent/deep/x")));
	assert_string_equal(b.p, "kept");
	bytes_done(&b);
	export_done(&d);
}

/* Killed at any instant, what stands there is whole: all of the old export or all of the new one, and the peers' record. */
static void test_killed_export_leaves_no_half(void **state)
{
	struct export_documents d;
	const char *folder = path_of("killed");
	struct bytes b = BYTES_INIT;
	(void)state;
	OK(make(&d, NULL));
	OK(export_write(folder, &d, &error));
	assert_int_equal(mkdir(path_of("killed/sent"), 0700), 0);
	write_text(path_of("killed/sent/x"), "kept");
	for (int i = 0; i < 40; i++) {
		pid_t pid = fork();
		if (!pid) {
			export_write(folder, &d, &error);
			_exit(0);
		}
		usleep((useconds_t)(i * 500));
		kill(pid, SIGKILL);
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		assert_int_equal(entries(folder), EXPORT_FILES + 1);
		for (size_t k = 0; k < EXPORT_FILES; k++) {
			OK(bytes_read_file(&b, arena_printf(desk.arena, "%s/%s", folder, d.item[k].name)));
			assert_string_equal(b.p, d.item[k].text.p);
		}
		OK(bytes_read_file(&b, path_of("killed/sent/x")));
		assert_string_equal(b.p, "kept");
	}
	OK(export_write(folder, &d, &error));
	assert_int_equal(entries(folder), EXPORT_FILES + 1);
	bytes_done(&b);
	export_done(&d);
}

static void test_foreign_folder_stays(void **state)
{
	struct export_documents d;
	const char *folder = path_of("home");
	(void)state;
	OK(make(&d, NULL));
	assert_int_equal(mkdir(folder, 0700), 0);
	write_text(path_of("home/diary"), "mine");
	assert_string_equal(error_code(export_write(folder, &d, &error)), "configuration");
	assert_non_null(strstr(error.text, "diary"));
	assert_int_equal(entries(folder), 1);
	assert_string_equal(error_code(export_write(path_of("no/where"), &d, &error)), "input-output");
	export_done(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unsettled_day_is_refused), cmocka_unit_test(test_figures), cmocka_unit_test(test_retired_afterwards), cmocka_unit_test(test_messages),
		cmocka_unit_test(test_peers_counts), cmocka_unit_test(test_same_bytes_again), cmocka_unit_test(test_other_rules_are_refused),
		cmocka_unit_test(test_checker), cmocka_unit_test(test_folder_is_replaced),
		cmocka_unit_test(test_killed_export_leaves_no_half), cmocka_unit_test(test_foreign_folder_stays) };
	return cmocka_run_group_tests_name("export", tests, begin, desk_tear_down);
}
