# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception

# Market, meter readings, forecast
EXTRA_DIST += test/handler/desk.h
if HAVE_CMOCKA
check_PROGRAMS += test/handler/test_market test/handler/test_meter test/handler/test_forecast
TESTS += test/handler/test_market test/handler/test_meter test/handler/test_forecast
test_handler_test_market_SOURCES = test/handler/test_market.c $(MARIADB_TEST_SOURCES)
test_handler_test_market_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_market_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_meter_SOURCES = test/handler/test_meter.c $(MARIADB_TEST_SOURCES)
test_handler_test_meter_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_meter_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_forecast_SOURCES = test/handler/test_forecast.c $(MARIADB_TEST_SOURCES)
test_handler_test_forecast_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_forecast_LDADD = $(LIBS_HANDLER) $(LIBS_SIM) $(TEST_LIBS)
endif

# Ledger, sessions, capability, telemetry
if HAVE_CMOCKA
check_PROGRAMS += test/handler/test_registry test/handler/test_telemetry
TESTS += test/handler/test_registry test/handler/test_telemetry
test_handler_test_registry_SOURCES = test/handler/test_registry.c $(MARIADB_TEST_SOURCES)
test_handler_test_registry_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_registry_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
check_PROGRAMS += test/handler/test_protect
TESTS += test/handler/test_protect
test_handler_test_protect_SOURCES = test/handler/test_protect.c $(MARIADB_TEST_SOURCES)
test_handler_test_protect_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_protect_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_telemetry_SOURCES = test/handler/test_telemetry.c $(MARIADB_TEST_SOURCES)
test_handler_test_telemetry_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_telemetry_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
check_PROGRAMS += test/handler/test_ordering
TESTS += test/handler/test_ordering
test_handler_test_ordering_SOURCES = test/handler/test_ordering.c $(MARIADB_TEST_SOURCES)
test_handler_test_ordering_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_ordering_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
endif

# Dispatch, control, assessment, settlement
EXTRA_DIST += test/handler/mini_day.h
if HAVE_CMOCKA
check_PROGRAMS += test/handler/test_delivery test/handler/test_dispatch test/handler/test_settlement
TESTS += test/handler/test_delivery test/handler/test_dispatch test/handler/test_settlement
test_handler_test_delivery_SOURCES = test/handler/test_delivery.c $(MARIADB_TEST_SOURCES)
test_handler_test_delivery_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_delivery_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_dispatch_SOURCES = test/handler/test_dispatch.c $(MARIADB_TEST_SOURCES)
test_handler_test_dispatch_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_dispatch_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
test_handler_test_settlement_SOURCES = test/handler/test_settlement.c $(MARIADB_TEST_SOURCES)
test_handler_test_settlement_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_settlement_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
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
EXTRA_DIST += test/handler/words.h test/handler/peers.h
if HAVE_CMOCKA
check_PROGRAMS += test/handler/test_operation test/handler/test_resources test/handler/test_recall test/handler/test_alarm test/handler/test_declare test/handler/test_told
TESTS += test/handler/test_operation test/handler/test_resources test/handler/test_recall test/handler/test_alarm test/handler/test_declare test/handler/test_told
test_handler_test_operation_SOURCES = test/handler/test_operation.c $(MARIADB_TEST_SOURCES)
test_handler_test_operation_CPPFLAGS = $(TEST_CPPFLAGS)
test_handler_test_operation_LDADD = $(LIBS_HANDLER) $(TEST_LIBS)
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
