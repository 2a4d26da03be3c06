# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Against a real MariaDB that each program starts for itself (test/lib/mariadb.h).
MARIADB_TEST_SOURCES = test/lib/mariadb.c test/lib/mariadb.h
STORE_TEST_CPPFLAGS = $(TEST_CPPFLAGS) $(MARIADB_CFLAGS)

TESTS += test/store/test_mariadb.sh
EXTRA_DIST += test/store/test_mariadb.sh

if HAVE_CMOCKA
STORE_TESTS = test/store/test_db test/store/test_db_lost test/store/test_db_tls test/store/test_migrate test/store/test_journal test/store/test_outbox test/store/test_parties test/store/test_spool
check_PROGRAMS += $(STORE_TESTS)
TESTS += $(STORE_TESTS)

test_store_test_db_SOURCES = test/store/test_db.c $(MARIADB_TEST_SOURCES)
test_store_test_db_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
test_store_test_db_LDADD = $(LIBS_STORE) $(TEST_LIBS)

test_store_test_db_lost_SOURCES = test/store/test_db_lost.c $(MARIADB_TEST_SOURCES)
test_store_test_db_lost_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
test_store_test_db_lost_LDADD = $(LIBS_STORE) $(TEST_LIBS)

test_store_test_db_tls_SOURCES = test/store/test_db_tls.c $(MARIADB_TEST_SOURCES)
test_store_test_db_tls_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
test_store_test_db_tls_LDADD = $(LIBS_STORE) $(TEST_LIBS)

test_store_test_migrate_SOURCES = test/store/test_migrate.c $(MARIADB_TEST_SOURCES)
test_store_test_migrate_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
test_store_test_migrate_LDADD = $(LIBS_STORE) $(TEST_LIBS)

test_store_test_journal_SOURCES = test/store/test_journal.c $(MARIADB_TEST_SOURCES)
test_store_test_journal_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
test_store_test_journal_LDADD = $(LIBS_STORE) $(TEST_LIBS)

test_store_test_outbox_SOURCES = test/store/test_outbox.c $(MARIADB_TEST_SOURCES)
test_store_test_outbox_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
test_store_test_outbox_LDADD = $(LIBS_STORE) $(TEST_LIBS)

test_store_test_parties_SOURCES = test/store/test_parties.c $(MARIADB_TEST_SOURCES)
test_store_test_parties_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
test_store_test_parties_LDADD = $(LIBS_STORE) $(TEST_LIBS)

test_store_test_spool_SOURCES = test/store/test_spool.c
test_store_test_spool_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
test_store_test_spool_LDADD = $(LIBS_STORE) $(TEST_LIBS)
endif
