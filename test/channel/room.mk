# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
if HAVE_CMOCKA
check_PROGRAMS += test/channel/test_sender
TESTS += test/channel/test_sender
test_channel_test_sender_SOURCES = test/channel/test_sender.c test/security/pki.c test/security/pki.h $(MARIADB_TEST_SOURCES)
test_channel_test_sender_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_channel_test_sender_LDADD = libvgi_channel.a $(LIBS_CODEC) $(LIBS_NET) $(LIBS_STORE) $(TEST_LIBS)
endif
