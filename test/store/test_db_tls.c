/* SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception */
/* A database reached by TCP: always TLS, and only with a certificate that the given CA signed for the given name. The
 * test lets a thread pass TCP connections on to the server's unix socket; TLS goes through it from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "base/error.h"
#include "lib/mariadb.h"

static int listener;
static unsigned port;

static void pass(int client, int server)
{
	struct pollfd p[2] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
	char buf[65536];

	while (poll(p, 2, -1) > 0) {
		for (int i = 0; i < 2; i++) {
			ssize_t n = p[i].revents != 0 ? recv(p[i].fd, buf, sizeof buf, 0) : -2;

			if (n == -2)
				continue;
			if (n <= 0 || send(p[1 - i].fd, buf, (size_t)n, MSG_NOSIGNAL) != n)
				return;
		}
	}
}

static void *serve(void *nothing)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int client;

	snprintf(to.sun_path, sizeof to.sun_path, "%s", mariadb_target()->socket);
	while ((client = accept(listener, NULL, NULL)) >= 0) {
		int server = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (connect(server, (struct sockaddr *)&to, sizeof to) == 0)
			pass(client, server);
		close(server);
		close(client);
	}
	return nothing;
}

/* Two CAs that sign for themselves: the server's, good for "localhost" only, and a stranger. */
static void make_certificates(void)
{
	char command[2048];

	snprintf(command, sizeof command,
		"cd '%s' && exec 2>/dev/null && for ca in good other; do openssl req -x509 -newkey ec -pkeyopt"
		" ec_paramgen_curve:P-256 -nodes"
		" -subj /CN=localhost -addext subjectAltName=DNS:localhost -days 2 -keyout $ca.key -out $ca.pem || exit"
		" 1; done;"
		" chmod 644 good.key good.pem other.pem; chmod 711 .", mariadb_folder());
	assert_int_equal(system(command), 0);
}

static int start(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	socklen_t n = sizeof at;
	static pthread_t thread;
	struct db *db;

	make_certificates();
	mariadb_options("--ssl-cert=%s/good.pem\n--ssl-key=%s/good.key\n");
	db = mariadb_connect();
	static const char user[] = "CREATE USER hub@'%'", grant[] = "GRANT ALL ON vgihub.* TO hub@'%'";
	assert_int_equal(db_run(db, user, sizeof user - 1), 0);
	assert_int_equal(db_run(db, grant, sizeof grant - 1), 0);
	db_close(db);
	listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(listen(listener, 8), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &n), 0);
	port = ntohs(at.sin_port);
	*state = &thread;
	return pthread_create(&thread, NULL, serve, NULL);
}

static int stop(void **state)
{
	shutdown(listener, SHUT_RDWR);
	pthread_join(*(pthread_t *)*state, NULL);
	return close(listener);
}

static int open_as(const char *host, const char *ca, struct db **db)
{
	static char path[512];
	struct db_target t = { .host = host, .port = port, .user = "hub", .database = "vgihub", .tls_ca = path };

	snprintf(path, sizeof path, "%s/%s", mariadb_folder(), ca);
	return db_open(&t, db);
}

static void right_ca_and_name(void **state)
{
	struct db_rows *rows = NULL;
	struct db *db = NULL;
	int64_t n;

	(void)state;
	assert_int_equal(open_as("localhost", "good.pem", &db), 0);
	assert_int_equal(db_query(db, "SELECT VARIABLE_VALUE FROM information_schema.SESSION_STATUS WHERE VARIABLE_NAME"
				  " = 'SSL_VERSION'",
		DB_NO_ARGS, &rows), 0);
	assert_int_equal(db_next(rows), 1);
	assert_int_equal(strncmp(db_text(rows, 0), "TLSv1.", 6), 0);
	db_rows_done(rows);
	for (int i = 0; i < 3; i++) {   /* an idle TLS connection is not taken for a dead one */
		assert_int_equal(db_ensure(db), 0);
		assert_int_equal(db_query_int(db, "SELECT VARIABLE_VALUE + 0 > 0 FROM information_schema.SESSION_STATUS"
			" WHERE VARIABLE_NAME = 'COM_STMT_PREPARE'", DB_NO_ARGS, &n), 0);
		assert_int_equal(n, 1);
	}
	db_close(db);
}

static void unknown_ca(void **state)
{
	struct db *db = NULL;

	(void)state;
	assert_int_equal(open_as("localhost", "other.pem", &db), E_STORE_AWAY);
	assert_null(db);
}

static void other_name(void **state)
{
	struct db *db = NULL;

	(void)state;
	assert_int_equal(open_as("127.0.0.1", "good.pem", &db), E_STORE_AWAY);
	assert_null(db);
}

static void missing_ca(void **state)
{
	struct db *db = NULL;

	(void)state;
	assert_true(open_as("localhost", "nowhere.pem", &db) < 0);
	assert_null(db);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right_ca_and_name), cmocka_unit_test(unknown_ca), cmocka_unit_test(other_name),
		cmocka_unit_test(missing_ca),
	};

	return cmocka_run_group_tests(tests, start, stop);
}
