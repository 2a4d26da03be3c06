# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_PROGRAMS += bench/bench_decompose
bench_bench_decompose_SOURCES = bench/bench_decompose.c
bench_bench_decompose_LDADD = $(LIBS_COMPUTE)
noinst_PROGRAMS += bench/bench_net
bench_bench_net_SOURCES = bench/bench_net.c
bench_bench_net_LDADD = $(LIBS_NET)
