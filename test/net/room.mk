# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
if HAVE_CMOCKA
check_PROGRAMS += test/net/test_http
TESTS += test/net/test_http
test_net_test_http_SOURCES = test/net/test_http.c test/net/bad_requests.c test/net/bad_requests.h
test_net_test_http_CPPFLAGS = $(TEST_CPPFLAGS)
test_net_test_http_LDADD = $(LIBS_NET) $(TEST_LIBS)
check_PROGRAMS += test/net/test_client
TESTS += test/net/test_client
test_net_test_client_SOURCES = test/net/test_client.c test/security/pki.c test/security/pki.h
test_net_test_client_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_net_test_client_LDADD = $(LIBS_NET) $(TEST_LIBS)
check_PROGRAMS += test/net/test_server
TESTS += test/net/test_server
test_net_test_server_SOURCES = test/net/test_server.c test/net/echo.c test/net/echo.h test/net/raw.c test/net/raw.h \
	test/net/bad_requests.c test/net/bad_requests.h test/security/pki.c test/security/pki.h
test_net_test_server_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_net_test_server_LDADD = $(LIBS_NET) $(TEST_LIBS)
check_PROGRAMS += test/net/test_server_limits
TESTS += test/net/test_server_limits
test_net_test_server_limits_SOURCES = test/net/test_server_limits.c test/net/echo.c test/net/echo.h test/net/raw.c test/net/raw.h \
	test/net/bad_requests.h test/security/pki.c test/security/pki.h
test_net_test_server_limits_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_net_test_server_limits_LDADD = $(LIBS_NET) $(TEST_LIBS)
check_PROGRAMS += test/net/test_park
TESTS += test/net/test_park
test_net_test_park_SOURCES = test/net/test_park.c test/net/echo.c test/net/echo.h test/net/raw.c test/net/raw.h \
	test/net/bad_requests.h test/security/pki.c test/security/pki.h
test_net_test_park_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_net_test_park_LDADD = $(LIBS_NET) $(TEST_LIBS)
check_PROGRAMS += test/net/test_gzip
TESTS += test/net/test_gzip
test_net_test_gzip_SOURCES = test/net/test_gzip.c test/net/echo.c test/net/echo.h test/net/raw.c test/net/raw.h \
	test/net/bad_requests.h test/security/pki.c test/security/pki.h
test_net_test_gzip_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS) $(ZLIB_CFLAGS)
test_net_test_gzip_LDADD = $(LIBS_NET) $(TEST_LIBS)
endif
