# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_net.a
libvgi_net_a_CPPFLAGS = $(AM_CPPFLAGS) $(EVENT_CFLAGS) $(OPENSSL_CFLAGS) $(ZLIB_CFLAGS)
libvgi_net_a_SOURCES = \
	src/net/address.c src/net/address.h \
	src/net/client.c src/net/client.h \
	src/net/connection.c src/net/connection.h src/net/connection_internal.h \
	src/net/connection_answer.c \
	src/net/gzip.c src/net/gzip.h \
	src/net/http.c src/net/http.h \
	src/net/http_head.c src/net/http_head.h \
	src/net/loop.c src/net/loop.h \
	src/net/park.c src/net/park.h \
	src/net/peers.c src/net/peers.h \
	src/net/reply.c src/net/reply.h \
	src/net/server.c src/net/server.h \
	src/net/work.c src/net/work.h
