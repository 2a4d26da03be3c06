# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_compute.a
libvgi_compute_a_CPPFLAGS = $(AM_CPPFLAGS)
libvgi_compute_a_SOURCES =
libvgi_compute_a_SOURCES += \
	src/compute/aggregate.c src/compute/aggregate.h \
	src/compute/assess.c src/compute/assess.h \
	src/compute/baseline.c src/compute/baseline.h \
	src/compute/calendar.c src/compute/calendar.h \
	src/compute/potential.c src/compute/potential.h \
	src/compute/quality.c src/compute/quality.h \
	src/compute/settle.c src/compute/settle.h \
	src/compute/statistics.c src/compute/statistics.h
libvgi_compute_a_SOURCES += \
	src/compute/balance.c src/compute/balance.h \
	src/compute/decompose.c src/compute/decompose_bound.c src/compute/decompose_certify.c src/compute/decompose.h \
	src/compute/fill.c src/compute/fill.h \
	src/compute/flow.c src/compute/flow_serve.c src/compute/flow.h \
	src/compute/level.c src/compute/level.h
libvgi_compute_a_SOURCES += src/compute/proportional.c src/compute/proportional.h
libvgi_compute_a_SOURCES += src/compute/remainder.c src/compute/remainder.h
