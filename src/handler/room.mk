# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
noinst_LIBRARIES += libvgi_handler.a
libvgi_handler_a_CPPFLAGS = $(AM_CPPFLAGS)
libvgi_handler_a_SOURCES = src/handler/work.h \
	src/handler/alarm.c src/handler/alarm.h \
	src/handler/hub_book.c src/handler/hub_book.h \
	src/handler/ledger_request.c src/handler/ledger_request.h \
	src/handler/message_status.c src/handler/message_status.h

libvgi_handler_a_SOURCES += \
	src/handler/protect.c src/handler/protect.h \
	src/handler/protect_rotate.c \
	src/handler/registry.c src/handler/registry.h \
	src/handler/registry_capability.c \
	src/handler/registry_check.c src/handler/registry_check.h \
	src/handler/registry_common.c src/handler/registry_common.h \
	src/handler/registry_sessions.c \
	src/handler/telemetry.c src/handler/telemetry.h \
	src/handler/telemetry_interval.c \
	src/handler/telemetry_past.c src/handler/telemetry_past.h \
	src/handler/telemetry_push.c

libvgi_handler_a_SOURCES += \
	src/handler/forecast.c src/handler/forecast.h \
	src/handler/forecast_potential.c \
	src/handler/market.c src/handler/market.h \
	src/handler/meter.c src/handler/meter.h

libvgi_handler_a_SOURCES += \
	src/handler/day.c src/handler/day.h \
	src/handler/day_messages.c src/handler/day_messages.h \
	src/handler/export.c src/handler/export.h \
	src/handler/export_csv.c src/handler/export_csv.h \
	src/handler/export_curves.c \
	src/handler/export_folder.c src/handler/export_folder.h \
	src/handler/export_inputs.c \
	src/handler/export_internal.h \
	src/handler/export_messages.c \
	src/handler/export_results.c \
	src/handler/export_revisions.c \
	src/handler/export_tasks.c \
	src/handler/p7.c src/handler/p7.h \
	src/handler/report.c src/handler/report.h \
	src/handler/report_messages.c \
	src/handler/report_parts.c src/handler/report_parts.h

libvgi_handler_a_SOURCES += \
	src/handler/assessment.c src/handler/assessment.h \
	src/handler/callback.c src/handler/callback.h \
	src/handler/control.c src/handler/control.h \
	src/handler/control_follow.c \
	src/handler/control_send.c src/handler/control_send.h \
	src/handler/dispatch.c src/handler/dispatch.h \
	src/handler/dispatch_cancel.c \
	src/handler/dispatch_control.c src/handler/dispatch_control.h \
	src/handler/dispatch_feasible.c src/handler/dispatch_feasible.h \
	src/handler/dispatch_plan.c src/handler/dispatch_plan.h \
	src/handler/dispatch_revise.c \
	src/handler/dispatch_start.c \
	src/handler/message_id.c src/handler/message_id.h \
	src/handler/parking.c src/handler/parking.h \
	src/handler/progress.c src/handler/progress.h \
	src/handler/push.c src/handler/push.h \
	src/handler/series.c src/handler/series.h \
	src/handler/session_energy.c src/handler/session_energy.h \
	src/handler/settlement.c src/handler/settlement.h \
	src/handler/settlement_statement.c src/handler/settlement_statement.h \
	src/handler/response.c src/handler/response.h

libvgi_handler_a_SOURCES += \
	src/handler/battery.c src/handler/battery.h \
	src/handler/market_bid.c src/handler/market_internal.h \
	src/handler/metered.c src/handler/metered.h \
	src/handler/operation.c src/handler/operation.h src/handler/operation_query.c \
	src/handler/plan.c src/handler/plan.h src/handler/plan_push.c \
	src/handler/potential_push.c src/handler/potential_push.h \
	src/handler/recall.c src/handler/recall.h \
	src/handler/resources.c src/handler/resources.h \
	src/handler/upload.c src/handler/upload.h
