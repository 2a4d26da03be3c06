# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_endpoint.a
libvgi_endpoint_a_CPPFLAGS = $(AM_CPPFLAGS) $(XML_CFLAGS)
libvgi_endpoint_a_SOURCES = \
	src/endpoint/acknowledge.c src/endpoint/acknowledge.h \
	src/endpoint/answer.c \
	src/endpoint/answered.c src/endpoint/answered.h \
	src/endpoint/bindings.c src/endpoint/bindings.h src/endpoint/bindings.def \
	src/endpoint/capabilities.c src/endpoint/capabilities.h \
	src/endpoint/contract.c src/endpoint/contract.h \
	src/endpoint/decode.c \
	src/endpoint/history.c src/endpoint/history.h \
	src/endpoint/identify.c \
	src/endpoint/limits.c src/endpoint/limits.h \
	src/endpoint/outgoing.c src/endpoint/outgoing.h \
	src/endpoint/passage.h \
	src/endpoint/receive.c \
	src/endpoint/replay.c src/endpoint/replay.h \
	src/endpoint/secure.c src/endpoint/secure.h \
	src/endpoint/seen.c src/endpoint/seen.h \
	src/endpoint/serve.c src/endpoint/serve.h \
	src/endpoint/transact.c
