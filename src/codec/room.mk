# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_codec.a
libvgi_codec_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(builddir)/generated -I$(srcdir)/generated $(GSOAP_CFLAGS) $(XML_CFLAGS) $(OPENSSL_CFLAGS)
libvgi_codec_a_SOURCES = \
	src/codec/soap/diagnostic.c src/codec/soap/diagnostic.h \
	src/codec/soap/envelope.c src/codec/soap/envelope.h \
	src/codec/soap/fault.c src/codec/soap/fault.h \
	src/codec/soap/guard.c src/codec/soap/guard.h \
	src/codec/soap/operation.c src/codec/soap/operation.h src/codec/soap/operations.def
