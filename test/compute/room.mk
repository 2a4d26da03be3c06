# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
if HAVE_CMOCKA
check_PROGRAMS += test/compute/test_aggregate
TESTS += test/compute/test_aggregate
test_compute_test_aggregate_SOURCES = test/compute/test_aggregate.c
test_compute_test_aggregate_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_aggregate_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
endif
if HAVE_CMOCKA
check_PROGRAMS += test/compute/test_assess
TESTS += test/compute/test_assess
test_compute_test_assess_SOURCES = test/compute/test_assess.c
test_compute_test_assess_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_assess_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
endif
if HAVE_CMOCKA
check_PROGRAMS += test/compute/test_baseline
TESTS += test/compute/test_baseline
test_compute_test_baseline_SOURCES = test/compute/test_baseline.c
test_compute_test_baseline_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_baseline_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
endif
if HAVE_CMOCKA
check_PROGRAMS += test/compute/test_calendar
TESTS += test/compute/test_calendar
test_compute_test_calendar_SOURCES = test/compute/test_calendar.c
test_compute_test_calendar_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_calendar_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
endif
if HAVE_CMOCKA
check_PROGRAMS += test/compute/test_potential
TESTS += test/compute/test_potential
test_compute_test_potential_SOURCES = test/compute/test_potential.c
test_compute_test_potential_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_potential_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
endif
if HAVE_CMOCKA
check_PROGRAMS += test/compute/test_quality
TESTS += test/compute/test_quality
test_compute_test_quality_SOURCES = test/compute/test_quality.c
test_compute_test_quality_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_quality_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
endif
if HAVE_CMOCKA
check_PROGRAMS += test/compute/test_settle
TESTS += test/compute/test_settle
test_compute_test_settle_SOURCES = test/compute/test_settle.c
test_compute_test_settle_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_settle_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
endif
if HAVE_CMOCKA
check_PROGRAMS += test/compute/test_statistics
TESTS += test/compute/test_statistics
test_compute_test_statistics_SOURCES = test/compute/test_statistics.c
test_compute_test_statistics_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_statistics_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
endif

check_PROGRAMS += test/compute/probe
test_compute_probe_SOURCES = test/compute/probe.c
test_compute_probe_LDADD = $(LIBS_COMPUTE)
TESTS += test/compute/oracle_settle.py test/compute/oracle_baseline.py
EXTRA_DIST += test/compute/oracle_settle.py test/compute/oracle_baseline.py

if HAVE_CMOCKA
check_PROGRAMS += test/compute/test_decompose test/compute/test_decompose_exact test/compute/test_proportional
TESTS += test/compute/test_decompose test/compute/test_decompose_exact test/compute/test_proportional
test_compute_test_decompose_SOURCES = test/compute/test_decompose.c
test_compute_test_decompose_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_decompose_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
test_compute_test_decompose_exact_SOURCES = test/compute/test_decompose_exact.c
test_compute_test_decompose_exact_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_decompose_exact_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
test_compute_test_proportional_SOURCES = test/compute/test_proportional.c
test_compute_test_proportional_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_proportional_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
endif
check_PROGRAMS += test/compute/decompose_probe
test_compute_decompose_probe_SOURCES = test/compute/decompose_probe.c
test_compute_decompose_probe_LDADD = $(LIBS_COMPUTE)
TESTS += test/compute/oracle_decompose.py
EXTRA_DIST += test/compute/oracle_decompose.py
if HAVE_CMOCKA
check_PROGRAMS += test/compute/test_remainder
TESTS += test/compute/test_remainder
test_compute_test_remainder_SOURCES = test/compute/test_remainder.c
test_compute_test_remainder_CPPFLAGS = $(TEST_CPPFLAGS)
test_compute_test_remainder_LDADD = $(LIBS_COMPUTE) $(TEST_LIBS)
endif
