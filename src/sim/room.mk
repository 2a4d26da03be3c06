# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# The day as it is drawn and lived, and above it the part that plays it over SOAP. Another party: links neither handler nor
# store nor compute.
LIBS_SIM = libvgi_sim.a $(LIBS_BASE) $(CSV_LIBS)
LIBS_PLAY = libvgi_sim.a $(LIBS_CODEC) $(LIBS_NET) $(CSV_LIBS)
noinst_LIBRARIES += libvgi_sim.a
libvgi_sim_a_CPPFLAGS = $(AM_CPPFLAGS)
libvgi_sim_a_SOURCES = \
	src/sim/cast.c src/sim/cast.h \
	src/sim/counts.c src/sim/counts.h \
	src/sim/crew.c src/sim/crew.h \
	src/sim/draw_history.c src/sim/draw_history.h \
	src/sim/draw_ledger.c src/sim/draw_ledger.h \
	src/sim/draw_sessions.c src/sim/draw_sessions.h \
	src/sim/estimate.c src/sim/estimate.h \
	src/sim/items.c src/sim/items.h \
	src/sim/link.c src/sim/link.h \
	src/sim/message.c src/sim/message.h \
	src/sim/message_market.c \
	src/sim/physics.c src/sim/physics.h \
	src/sim/plan.c src/sim/plan.h \
	src/sim/play.c src/sim/play.h \
	src/sim/play_aggregator.c \
	src/sim/play_attend.c \
	src/sim/play_office.c \
	src/sim/play_stage.c \
	src/sim/play_summary.c \
	src/sim/progress.c src/sim/progress.h \
	src/sim/record.c src/sim/record.h \
	src/sim/scene.h \
	src/sim/sink.c src/sim/sink.h \
	src/sim/sources.c src/sim/sources.h \
	src/sim/table.c src/sim/table.h \
	src/sim/timekeeper.c src/sim/timekeeper.h \
	src/sim/world.c src/sim/world.h

bin_PROGRAMS += src/sim/vgisim
src_sim_vgisim_CPPFLAGS = $(AM_CPPFLAGS)
src_sim_vgisim_SOURCES = src/sim/main.c
src_sim_vgisim_LDADD = $(LIBS_PLAY)
