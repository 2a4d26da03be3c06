# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_store.a
libvgi_store_a_CPPFLAGS = $(AM_CPPFLAGS) $(MARIADB_CFLAGS)
libvgi_store_a_SOURCES =
