# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Against a real MariaDB that each program starts for itself (test/lib/mariadb.h).
MARIADB_TEST_SOURCES = test/lib/mariadb.c test/lib/mariadb.h
STORE_TEST_CPPFLAGS = $(TEST_CPPFLAGS) $(MARIADB_CFLAGS)

if HAVE_CMOCKA
check_PROGRAMS += test/store/test_db test/store/test_migrate
TESTS += test/store/test_db test/store/test_migrate

test_store_test_db_SOURCES = test/store/test_db.c $(MARIADB_TEST_SOURCES)
test_store_test_db_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
test_store_test_db_LDADD = $(LIBS_STORE) $(TEST_LIBS)

test_store_test_migrate_SOURCES = test/store/test_migrate.c $(MARIADB_TEST_SOURCES)
test_store_test_migrate_CPPFLAGS = $(STORE_TEST_CPPFLAGS)
test_store_test_migrate_LDADD = $(LIBS_STORE) $(TEST_LIBS)
endif
