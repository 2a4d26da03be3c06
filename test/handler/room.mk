# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception

# Market, meter readings, forecast
EXTRA_DIST += test/handler/desk.h test/handler/meters.h
if HAVE_CMOCKA
check_PROGRAMS += test/handler/test_market test/handler/test_meter test/handler/test_forecast test/handler/test_potential
TESTS += test/handler/test_market test/handler/test_meter test/handler/test_forecast test/handler/test_potential
test_handler_test_market_SOURCES = test/handler/test_market.c $(MARIADB_TEST_SOURCES)
test_handler_test_market_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_market_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_meter_SOURCES = test/handler/test_meter.c $(MARIADB_TEST_SOURCES)
test_handler_test_meter_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_meter_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_forecast_SOURCES = test/handler/test_forecast.c $(MARIADB_TEST_SOURCES)
test_handler_test_forecast_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_forecast_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_potential_SOURCES = test/handler/test_potential.c $(MARIADB_TEST_SOURCES)
test_handler_test_potential_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_potential_LDADD = $(LIBS_HANDLER) $(LIBS_SIM) $(TEST_LIBS)
endif

# Ledger, sessions, capability, telemetry
EXTRA_DIST += test/handler/frames.h test/handler/small_ledger.h
if HAVE_CMOCKA
check_PROGRAMS += test/handler/test_registry test/handler/test_sessions test/handler/test_capability test/handler/test_telemetry test/handler/test_interval test/handler/test_totals
TESTS += test/handler/test_registry test/handler/test_sessions test/handler/test_capability test/handler/test_telemetry test/handler/test_interval test/handler/test_totals
test_handler_test_registry_SOURCES = test/handler/test_registry.c $(MARIADB_TEST_SOURCES)
test_handler_test_registry_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_registry_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_sessions_SOURCES = test/handler/test_sessions.c $(MARIADB_TEST_SOURCES)
test_handler_test_sessions_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_sessions_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_capability_SOURCES = test/handler/test_capability.c $(MARIADB_TEST_SOURCES)
test_handler_test_capability_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_capability_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
check_PROGRAMS += test/handler/test_protect
TESTS += test/handler/test_protect
test_handler_test_protect_SOURCES = test/handler/test_protect.c $(MARIADB_TEST_SOURCES)
test_handler_test_protect_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_protect_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_telemetry_SOURCES = test/handler/test_telemetry.c $(MARIADB_TEST_SOURCES)
test_handler_test_telemetry_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_telemetry_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_interval_SOURCES = test/handler/test_interval.c $(MARIADB_TEST_SOURCES)
test_handler_test_interval_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_interval_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_totals_SOURCES = test/handler/test_totals.c $(MARIADB_TEST_SOURCES)
test_handler_test_totals_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_totals_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
check_PROGRAMS += test/handler/test_ordering
TESTS += test/handler/test_ordering
test_handler_test_ordering_SOURCES = test/handler/test_ordering.c $(MARIADB_TEST_SOURCES)
test_handler_test_ordering_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_ordering_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
endif

# Dispatch, control, assessment, settlement
EXTRA_DIST += test/handler/mini_day.h test/handler/mini_task.h test/handler/parties.h test/handler/settled_day.h
if HAVE_CMOCKA
check_PROGRAMS += test/handler/test_delivery test/handler/test_takeover test/handler/test_cancel test/handler/test_dispatch test/handler/test_start test/handler/test_control test/handler/test_settlement test/handler/test_assessment
TESTS += test/handler/test_delivery test/handler/test_takeover test/handler/test_cancel test/handler/test_dispatch test/handler/test_start test/handler/test_control test/handler/test_settlement test/handler/test_assessment
test_handler_test_delivery_SOURCES = test/handler/test_delivery.c $(MARIADB_TEST_SOURCES)
test_handler_test_delivery_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_delivery_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_takeover_SOURCES = test/handler/test_takeover.c $(MARIADB_TEST_SOURCES)
test_handler_test_takeover_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_takeover_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_cancel_SOURCES = test/handler/test_cancel.c $(MARIADB_TEST_SOURCES)
test_handler_test_cancel_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_cancel_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_dispatch_SOURCES = test/handler/test_dispatch.c $(MARIADB_TEST_SOURCES)
test_handler_test_dispatch_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_dispatch_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_start_SOURCES = test/handler/test_start.c $(MARIADB_TEST_SOURCES)
test_handler_test_start_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_start_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_control_SOURCES = test/handler/test_control.c $(MARIADB_TEST_SOURCES)
test_handler_test_control_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_control_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_settlement_SOURCES = test/handler/test_settlement.c $(MARIADB_TEST_SOURCES)
test_handler_test_settlement_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_settlement_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_assessment_SOURCES = test/handler/test_assessment.c $(MARIADB_TEST_SOURCES)
test_handler_test_assessment_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_assessment_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
endif

# Export and report of a day
EXTRA_DIST += test/handler/played_day.h
if HAVE_CMOCKA
check_PROGRAMS += test/handler/test_export test/handler/test_export_tasks test/handler/test_report
TESTS += test/handler/test_export test/handler/test_export_tasks test/handler/test_report
test_handler_test_export_SOURCES = test/handler/test_export.c $(MARIADB_TEST_SOURCES)
test_handler_test_export_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_export_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_export_tasks_SOURCES = test/handler/test_export_tasks.c $(MARIADB_TEST_SOURCES)
test_handler_test_export_tasks_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_export_tasks_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_report_SOURCES = test/handler/test_report.c $(MARIADB_TEST_SOURCES)
test_handler_test_report_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_report_LDADD = $(LIBS_HANDLER) $(LIBS_DOCUMENT) $(TEST_LIBS)
endif

# Operating state, plans, batteries; what dispatch and the trading platform ask and are told
EXTRA_DIST += test/handler/peers.h test/handler/reports.h test/handler/words.h
if HAVE_CMOCKA
check_PROGRAMS += test/handler/test_operation test/handler/test_plan test/handler/test_battery test/handler/test_resources test/handler/test_recall test/handler/test_alarm test/handler/test_declare test/handler/test_told
TESTS += test/handler/test_operation test/handler/test_plan test/handler/test_battery test/handler/test_resources test/handler/test_recall test/handler/test_alarm test/handler/test_declare test/handler/test_told
test_handler_test_operation_SOURCES = test/handler/test_operation.c $(MARIADB_TEST_SOURCES)
test_handler_test_operation_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_operation_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_plan_SOURCES = test/handler/test_plan.c $(MARIADB_TEST_SOURCES)
test_handler_test_plan_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_plan_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_battery_SOURCES = test/handler/test_battery.c $(MARIADB_TEST_SOURCES)
test_handler_test_battery_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_battery_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_resources_SOURCES = test/handler/test_resources.c $(MARIADB_TEST_SOURCES)
test_handler_test_resources_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_resources_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_recall_SOURCES = test/handler/test_recall.c $(MARIADB_TEST_SOURCES)
test_handler_test_recall_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_recall_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_alarm_SOURCES = test/handler/test_alarm.c $(MARIADB_TEST_SOURCES)
test_handler_test_alarm_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_alarm_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_declare_SOURCES = test/handler/test_declare.c $(MARIADB_TEST_SOURCES)
test_handler_test_declare_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_declare_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_told_SOURCES = test/handler/test_told.c $(MARIADB_TEST_SOURCES)
test_handler_test_told_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_told_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
endif
