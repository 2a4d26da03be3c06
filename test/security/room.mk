# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
if HAVE_CMOCKA
check_PROGRAMS += test/security/test_certificate
TESTS += test/security/test_certificate
test_security_test_certificate_SOURCES = test/security/test_certificate.c test/security/pki.c test/security/pki.h
test_security_test_certificate_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_security_test_certificate_LDADD = $(LIBS_SECURITY) $(TEST_LIBS)
check_PROGRAMS += test/security/test_tls
TESTS += test/security/test_tls
test_security_test_tls_SOURCES = test/security/test_tls.c test/security/pki.c test/security/pki.h
test_security_test_tls_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_security_test_tls_LDADD = $(LIBS_SECURITY) $(TEST_LIBS)
endif
