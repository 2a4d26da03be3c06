# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_model.a
libvgi_model_a_CPPFLAGS = $(AM_CPPFLAGS)
libvgi_model_a_SOURCES = src/model/value.h src/model/types.h src/model/messages.h src/model/report.h
libvgi_model_a_SOURCES += src/model/rules.c src/model/rules.h src/model/rules_table.c
libvgi_model_a_SOURCES += src/model/folder.c src/model/folder.h src/model/partners.c src/model/partners.h
libvgi_model_a_SOURCES += src/model/callbacks.c src/model/callbacks.h src/model/installation.c src/model/installation.h
