# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_channel.a
libvgi_channel_a_CPPFLAGS = $(AM_CPPFLAGS)
libvgi_channel_a_SOURCES = \
	src/channel/carrier.c src/channel/carrier.h \
	src/channel/drop.c src/channel/drop.h \
	src/channel/folders.h \
	src/channel/inbox.c src/channel/inbox.h \
	src/channel/idle.c src/channel/idle.h \
	src/channel/push.c src/channel/push.h \
	src/channel/rounds.c src/channel/rounds.h \
	src/channel/cover.c src/channel/cover.h \
	src/channel/sender.c src/channel/sender.h
