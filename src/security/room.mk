# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_security.a
libvgi_security_a_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
libvgi_security_a_SOURCES = src/security/digest.c src/security/digest.h src/security/role.c src/security/role.h
libvgi_security_a_SOURCES += src/security/certificate.c src/security/certificate.h src/security/tls.c src/security/tls.h
libvgi_security_a_SOURCES += src/security/suite.c src/security/suite.h src/security/keyfile.c src/security/keyfile.h
libvgi_security_a_SOURCES += src/security/seal.c src/security/seal.h src/security/vault.c src/security/vault.h src/security/pseudonym.c
libvgi_security_a_SOURCES += src/security/tls_zone.c src/security/tls_zone.h
libvgi_security_a_SOURCES += src/security/tls_verify.c src/security/tls_verify.h
libvgi_security_a_SOURCES += src/security/revocation.c src/security/revocation.h src/security/revocation_read.c src/security/revocation_set.h
libvgi_security_a_SOURCES += src/security/cms.c src/security/cms.h src/security/cms_files.h
libvgi_security_a_SOURCES += src/security/parcel.c src/security/parcel.h
libvgi_security_a_SOURCES += src/security/machine.c src/security/machine.h
libvgi_security_a_SOURCES += src/security/message_key.c src/security/message_key.h
