# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Endpoint, scheduler and senders in memory against a real database, without sockets.
if HAVE_CMOCKA
check_PROGRAMS += test/endpoint/test_serve test/endpoint/test_background
TESTS += test/endpoint/test_serve test/endpoint/test_background
LIBS_ENDPOINT = libvgi_endpoint.a libvgi_channel.a $(LIBS_HANDLER) $(LIBS_CODEC) $(LIBS_NET) $(LIBS_STORE)
test_endpoint_test_serve_SOURCES = test/endpoint/test_serve.c $(MARIADB_TEST_SOURCES)
test_endpoint_test_serve_CPPFLAGS = $(TEST_CPPFLAGS)
test_endpoint_test_serve_LDADD = $(LIBS_ENDPOINT) $(TEST_LIBS)
test_endpoint_test_background_SOURCES = test/endpoint/test_background.c src/daemon/scheduler.c $(MARIADB_TEST_SOURCES)
test_endpoint_test_background_CPPFLAGS = $(TEST_CPPFLAGS)
test_endpoint_test_background_LDADD = $(LIBS_ENDPOINT) $(TEST_LIBS)
check_PROGRAMS += test/endpoint/test_history
TESTS += test/endpoint/test_history
test_endpoint_test_history_SOURCES = test/endpoint/test_history.c $(MARIADB_TEST_SOURCES)
test_endpoint_test_history_CPPFLAGS = $(TEST_CPPFLAGS)
test_endpoint_test_history_LDADD = $(LIBS_ENDPOINT) $(TEST_LIBS)
check_PROGRAMS += test/endpoint/test_limits test/endpoint/test_roles test/endpoint/test_seen
TESTS += test/endpoint/test_limits test/endpoint/test_roles test/endpoint/test_seen
test_endpoint_test_limits_SOURCES = test/endpoint/test_limits.c
test_endpoint_test_limits_CPPFLAGS = $(TEST_CPPFLAGS)
test_endpoint_test_limits_LDADD = $(LIBS_ENDPOINT) $(TEST_LIBS)
test_endpoint_test_seen_SOURCES = test/endpoint/test_seen.c
test_endpoint_test_seen_CPPFLAGS = $(TEST_CPPFLAGS)
test_endpoint_test_seen_LDADD = $(LIBS_ENDPOINT) $(TEST_LIBS)
test_endpoint_test_roles_SOURCES = test/endpoint/test_roles.c $(MARIADB_TEST_SOURCES)
test_endpoint_test_roles_CPPFLAGS = $(TEST_CPPFLAGS)
test_endpoint_test_roles_LDADD = $(LIBS_ENDPOINT) $(TEST_LIBS)
check_PROGRAMS += test/endpoint/test_cover
TESTS += test/endpoint/test_cover
test_endpoint_test_cover_SOURCES = test/endpoint/test_cover.c test/codec/wss_case.c test/codec/wss_case.h $(MARIADB_TEST_SOURCES)
test_endpoint_test_cover_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS) $(XML_CFLAGS)
test_endpoint_test_cover_LDADD = libvgi_channel.a $(LIBS_CODEC) $(LIBS_NET) $(LIBS_STORE) $(LIBS_SECURITY) $(TEST_LIBS)
endif
