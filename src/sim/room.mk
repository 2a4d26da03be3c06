# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# The day as it is drawn and lived; the part that plays it over SOAP comes on top.
LIBS_SIM = libvgi_sim.a $(LIBS_BASE) $(CSV_LIBS)
noinst_LIBRARIES += libvgi_sim.a
libvgi_sim_a_CPPFLAGS = $(AM_CPPFLAGS)
libvgi_sim_a_SOURCES = \
	src/sim/draw_history.c src/sim/draw_history.h \
	src/sim/draw_ledger.c src/sim/draw_ledger.h \
	src/sim/draw_sessions.c src/sim/draw_sessions.h \
	src/sim/estimate.c src/sim/estimate.h \
	src/sim/physics.c src/sim/physics.h \
	src/sim/record.c src/sim/record.h \
	src/sim/sources.c src/sim/sources.h \
	src/sim/table.c src/sim/table.h \
	src/sim/world.c src/sim/world.h
