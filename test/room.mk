# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# C tests are cmocka programs named test/<room>/test_<subject>; everything reports by TAP, so that each case counts.
TEST_EXTENSIONS = .py
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
PY_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_COMPILER = $(PYTHON)
AM_TESTS_ENVIRONMENT = CMOCKA_MESSAGE_OUTPUT=TAP; export CMOCKA_MESSAGE_OUTPUT; \
	srcdir='$(abs_srcdir)'; export srcdir; builddir='$(abs_builddir)'; export builddir; \
	PYTHON='$(PYTHON)'; export PYTHON; CC='$(CC)'; export CC; DAY_CHECK='$(DAY_CHECK)'; export DAY_CHECK; TRIAL_DATA='$(TRIAL_DATA)'; export TRIAL_DATA; \
	PHP='$(PHP)'; NODE='$(NODE)'; NPM='$(NPM)'; JAVA='$(JAVA)'; JAVAC='$(JAVAC)'; JAXWS_TOOLS='$(JAXWS_TOOLS)'; \
	export PHP NODE NPM JAVA JAVAC JAXWS_TOOLS; \
	VGI_DATABASE_SYNC=no; export VGI_DATABASE_SYNC;
TEST_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/test $(CMOCKA_CFLAGS)
TEST_LIBS = $(CMOCKA_LIBS)

TESTS += test/tree/check_tree.py
EXTRA_DIST += test/tree/check_tree.py
TESTS += test/tree/check_docs.py
EXTRA_DIST += test/tree/check_docs.py
TESTS += test/tree/check_contracts.py
EXTRA_DIST += test/tree/check_contracts.py

include test/base/room.mk
include test/model/room.mk
include test/compute/room.mk
include test/codec/room.mk
include test/store/room.mk
include test/net/room.mk
include test/fuzz/room.mk
include test/security/room.mk
include test/handler/room.mk
include test/channel/room.mk
include test/endpoint/room.mk
include test/sim/room.mk
include test/cli/room.mk
include test/clients/room.mk
include test/day/room.mk
