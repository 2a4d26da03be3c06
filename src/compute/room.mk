# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_compute.a
libvgi_compute_a_CPPFLAGS = $(AM_CPPFLAGS)
libvgi_compute_a_SOURCES =
