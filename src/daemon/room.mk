# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
sbin_PROGRAMS += src/daemon/vgihubd
src_daemon_vgihubd_CPPFLAGS = $(AM_CPPFLAGS)
src_daemon_vgihubd_SOURCES = \
	src/daemon/callers.c src/daemon/callers.h \
	src/daemon/documents.c src/daemon/documents.h \
	src/daemon/front.c src/daemon/front.h \
	src/daemon/hub.c src/daemon/hub.h src/daemon/hub_parts.h \
	src/daemon/main.c \
	src/daemon/reload.c \
	src/daemon/scheduler.c src/daemon/scheduler.h \
	src/daemon/trial.c src/daemon/trial.h \
	src/daemon/watch.c src/daemon/watch.h \
	src/daemon/zones.c src/daemon/zones.h
src_daemon_vgihubd_LDADD = libvgi_endpoint.a libvgi_handler.a libvgi_channel.a $(LIBS_CODEC) $(LIBS_NET) $(LIBS_COMPUTE) $(LIBS_STORE)
