# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
TESTS += test/cli/test_vgihub.py
TESTS += test/cli/test_keys.py test/cli/test_doctor.py test/cli/test_documents.py
EXTRA_DIST += test/cli/test_vgihub.py test/cli/test_keys.py test/cli/test_doctor.py test/cli/test_documents.py

if HAVE_CMOCKA
check_PROGRAMS += test/cli/test_report_view
TESTS += test/cli/test_report_view
test_cli_test_report_view_SOURCES = test/cli/test_report_view.c src/cli/language.c src/cli/language.h src/cli/output.c src/cli/output.h \
	src/cli/cli.c src/cli/cli.h src/cli/report_chart.c src/cli/report_rows.c src/cli/report_view.c src/cli/report_view.h
test_cli_test_report_view_CPPFLAGS = $(TEST_CPPFLAGS) $(JANSSON_CFLAGS)
test_cli_test_report_view_LDADD = $(LIBS_STORE) $(LIBS_SECURITY) $(TEST_LIBS) $(JANSSON_LIBS)
endif
