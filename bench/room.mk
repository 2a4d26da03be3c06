# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_PROGRAMS += bench/bench_decompose
bench_bench_decompose_SOURCES = bench/bench_decompose.c
bench_bench_decompose_LDADD = $(LIBS_COMPUTE)
noinst_PROGRAMS += bench/bench_net
bench_bench_net_SOURCES = bench/bench_net.c
bench_bench_net_LDADD = $(LIBS_NET)
noinst_PROGRAMS += bench/bench_wss
bench_bench_wss_CPPFLAGS = $(AM_CPPFLAGS) $(OPENSSL_CFLAGS)
bench_bench_wss_SOURCES = bench/bench_wss.c
bench_bench_wss_LDADD = $(LIBS_CODEC)
noinst_PROGRAMS += bench/bench_hub
bench_bench_hub_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)
bench_bench_hub_SOURCES = bench/bench_hub.c \
	bench/limit.c bench/limit.h \
	bench/load.c bench/load.h \
	bench/messages.c bench/messages.h \
	bench/place.c bench/place.h
bench_bench_hub_LDADD = $(LIBS_PLAY)
noinst_PROGRAMS += bench/bench_slow
bench_bench_slow_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir) $(OPENSSL_CFLAGS)
bench_bench_slow_SOURCES = bench/bench_slow.c bench/messages.c bench/messages.h bench/place.c bench/place.h
bench_bench_slow_LDADD = $(LIBS_PLAY)
EXTRA_DIST += bench/run.sh bench/README.md \
	bench/peer_node/server.js bench/peer_node/npm.sh bench/peer_node/package.json bench/peer_node/package-lock.json

# All figures of bench/README.md; no part of check.
.PHONY: bench
bench: all
	$(SHELL) $(srcdir)/bench/run.sh --build .
