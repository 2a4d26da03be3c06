# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_base.a
libvgi_base_a_CPPFLAGS = $(AM_CPPFLAGS)
libvgi_base_a_SOURCES = \
	src/base/arena.c src/base/arena.h \
	src/base/book.c src/base/book.h \
	src/base/bytes.c src/base/bytes.h \
	src/base/clock.c src/base/clock.h \
	src/base/decimal.c src/base/decimal.h \
	src/base/diag.c src/base/diag.h \
	src/base/error.c src/base/error.h src/base/errors.def \
	src/base/log.c src/base/log.h \
	src/base/rng.c src/base/rng.h \
	src/base/settings.c src/base/settings.h \
	src/base/settings_sample.c \
	src/base/settings_value.c src/base/settings_value.h \
	src/base/timegrid.c src/base/timegrid.h
