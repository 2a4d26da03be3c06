# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
if HAVE_CMOCKA
check_PROGRAMS += test/model/test_rules
TESTS += test/model/test_rules
test_model_test_rules_SOURCES = test/model/test_rules.c
test_model_test_rules_CPPFLAGS = $(TEST_CPPFLAGS)
test_model_test_rules_LDADD = $(LIBS_MODEL) $(TEST_LIBS)
endif
