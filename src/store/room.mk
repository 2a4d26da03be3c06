# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_store.a
libvgi_store_a_CPPFLAGS = $(AM_CPPFLAGS) $(MARIADB_CFLAGS)
libvgi_store_a_SOURCES = \
	src/store/business_clock.c src/store/business_clock.h \
	src/store/content.c src/store/content.h \
	src/store/db.c src/store/db.h src/store/db_internal.h \
	src/store/asked.c src/store/asked.h \
	src/store/db_bulk.c \
	src/store/db_cache.c \
	src/store/db_error.c \
	src/store/db_note.c \
	src/store/db_stmt.c \
	src/store/event.c src/store/event.h \
	src/store/job.c src/store/job.h \
	src/store/journal.c src/store/journal.h \
	src/store/journal_write.c \
	src/store/migrate.c src/store/migrate.h \
	src/store/migrate_split.c \
	src/store/outbox.c src/store/outbox.h \
	src/store/outbox_hand.c \
	src/store/outbox_read.c \
	src/store/parked.c src/store/parked.h \
	src/store/peer_state.c src/store/peer_state.h \
	src/store/protected.c src/store/protected.h \
	src/store/server.c src/store/server.h \
	src/store/principal.c src/store/principal.h \
	src/store/principal_book.c \
	src/store/signature.c src/store/signature.h \
	src/store/replayed.c src/store/replayed.h \
	src/store/spool.c src/store/spool.h src/store/spool_internal.h \
	src/store/spool_aside.c src/store/spool_file.c src/store/spool_index.c \
	src/store/security_event.c src/store/security_event.h \
	src/store/text.c src/store/text.h

# Migrations, in order; vgihub migrate and vgihubd read them from here.
sqldir = $(pkgdatadir)/sql
dist_sql_DATA = schemas/sql/001_base.sql schemas/sql/002_day.sql schemas/sql/003_protection.sql schemas/sql/004_identity.sql \
	schemas/sql/005_delivery.sql schemas/sql/006_journal_number.sql schemas/sql/007_parked.sql schemas/sql/008_signatures.sql \
	schemas/sql/009_operation.sql schemas/sql/010_replay.sql \
	schemas/sql/011_fallback.sql schemas/sql/012_peers.sql schemas/sql/013_history.sql \
	schemas/sql/014_content.sql schemas/sql/015_totals.sql schemas/sql/016_event_time.sql \
	schemas/sql/017_answered.sql schemas/sql/018_event_reference.sql

libvgi_store_a_SOURCES += \
	src/store/capability.c src/store/capability.h \
	src/store/curve.c src/store/curve.h \
	src/store/ledger.c src/store/ledger.h \
	src/store/ledger_cache.c \
	src/store/ledger_write.c \
	src/store/minute.c src/store/minute.h \
	src/store/session.c src/store/session.h \
	src/store/standing.c src/store/standing.h \
	src/store/telemetry.c src/store/telemetry.h \
	src/store/telemetry_interval.c

libvgi_store_a_SOURCES += \
	src/store/baseline.c src/store/baseline.h \
	src/store/bid.c src/store/bid.h \
	src/store/clearing.c src/store/clearing.h \
	src/store/meter.c src/store/meter.h \
	src/store/notice.c src/store/notice.h \
	src/store/potential.c src/store/potential.h

libvgi_store_a_SOURCES += \
	src/store/exchange.c src/store/exchange.h \
	src/store/overview.c src/store/overview.h \
	src/store/said.c src/store/said.h \
	src/store/trace.c src/store/trace.h

libvgi_store_a_SOURCES += \
	src/store/assessment.c src/store/assessment.h \
	src/store/control.c src/store/control.h \
	src/store/revision.c src/store/revision.h \
	src/store/schedule.c src/store/schedule.h \
	src/store/settlement.c src/store/settlement.h \
	src/store/task.c src/store/task.h

libvgi_store_a_SOURCES += \
	src/store/battery.c src/store/battery.h \
	src/store/ledger_static.c src/store/ledger_static.h \
	src/store/operating.c src/store/operating.h \
	src/store/plan.c src/store/plan.h \
	src/store/upload.c src/store/upload.h
