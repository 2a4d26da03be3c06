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
check_PROGRAMS += test/security/test_suite
TESTS += test/security/test_suite
test_security_test_suite_SOURCES = test/security/test_suite.c
test_security_test_suite_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_security_test_suite_LDADD = $(LIBS_SECURITY) $(TEST_LIBS)
check_PROGRAMS += test/security/test_seal
TESTS += test/security/test_seal
test_security_test_seal_SOURCES = test/security/test_seal.c
test_security_test_seal_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_security_test_seal_LDADD = $(LIBS_SECURITY) $(TEST_LIBS)
check_PROGRAMS += test/security/test_revocation
TESTS += test/security/test_revocation
test_security_test_revocation_SOURCES = test/security/test_revocation.c test/security/pki.c test/security/pki.h
test_security_test_revocation_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_security_test_revocation_LDADD = $(LIBS_SECURITY) $(TEST_LIBS)
check_PROGRAMS += test/security/test_cms
TESTS += test/security/test_cms
test_security_test_cms_SOURCES = test/security/test_cms.c test/security/pki.c test/security/pki.h
test_security_test_cms_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_security_test_cms_LDADD = $(LIBS_SECURITY) $(TEST_LIBS)
check_PROGRAMS += test/security/test_parcel
TESTS += test/security/test_parcel
test_security_test_parcel_SOURCES = test/security/test_parcel.c test/security/pki.c test/security/pki.h
test_security_test_parcel_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_security_test_parcel_LDADD = $(LIBS_SECURITY) $(TEST_LIBS)
endif
