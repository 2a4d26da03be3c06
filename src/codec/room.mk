# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_codec.a
libvgi_codec_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(builddir)/generated -I$(srcdir)/generated $(GSOAP_CFLAGS) $(XML_CFLAGS) $(OPENSSL_CFLAGS)
libvgi_codec_a_SOURCES = \
	src/codec/soap/diagnostic.c src/codec/soap/diagnostic.h \
	src/codec/soap/envelope.c src/codec/soap/envelope.h \
	src/codec/soap/fault.c src/codec/soap/fault.h \
	src/codec/soap/guard.c src/codec/soap/guard.h \
	src/codec/soap/mtom.c src/codec/soap/mtom.h \
	src/codec/soap/operation.c src/codec/soap/operation.h src/codec/soap/operations.def \
	src/codec/soap/scan.c src/codec/soap/scan.h
libvgi_codec_a_SOURCES += \
	src/codec/efile/day_report.c src/codec/efile/day_report.h \
	src/codec/efile/parser.c src/codec/efile/parser.h \
	src/codec/efile/text.c src/codec/efile/text.h \
	src/codec/efile/writer.c src/codec/efile/writer.h \
	src/codec/xml/day_report.c src/codec/xml/day_report.h
libvgi_codec_a_SOURCES += \
	src/codec/wss/algorithm.c src/codec/wss/canon.c src/codec/wss/cipher.c src/codec/wss/close.c src/codec/wss/open.c \
	src/codec/wss/parts.h src/codec/wss/tree.c src/codec/wss/verify.c src/codec/wss/wss.h
dist_pkgschema_DATA += schemas/vgi-report.xsd
efiledocdir = $(docdir)/efile
dist_efiledoc_DATA = schemas/efile/day-report.md
