# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_PROGRAMS += bench/bench_decompose
bench_bench_decompose_SOURCES = bench/bench_decompose.c
bench_bench_decompose_LDADD = $(LIBS_COMPUTE)
