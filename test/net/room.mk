# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
if HAVE_CMOCKA
check_PROGRAMS += test/net/test_server
TESTS += test/net/test_server
test_net_test_server_SOURCES = test/net/test_server.c test/net/rig.c test/net/rig.h
test_net_test_server_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_net_test_server_LDADD = $(LIBS_NET) $(TEST_LIBS)
endif
