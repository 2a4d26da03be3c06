# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
EXTRA_DIST += test/lib/tsan.supp test/lib/skip.h test/lib/tap.py test/lib/parts.py test/lib/client.py test/lib/peer.py
TESTS += test/day/test_zeep.py
EXTRA_DIST += test/day/test_zeep.py
TESTS += test/day/test_wss.py
EXTRA_DIST += test/day/test_wss.py
TESTS += test/day/test_bad_input.py
EXTRA_DIST += test/day/test_bad_input.py
TESTS += test/day/test_ordering.py
EXTRA_DIST += test/day/test_ordering.py
TESTS += test/day/test_day.py
EXTRA_DIST += test/day/test_day.py
TESTS += test/day/test_identity.py
EXTRA_DIST += test/day/test_identity.py
TESTS += test/day/test_hostile.py
EXTRA_DIST += test/day/test_hostile.py
TESTS += test/day/test_isolation.py
EXTRA_DIST += test/day/test_isolation.py
TESTS += test/day/test_reload.py
EXTRA_DIST += test/day/test_reload.py
TESTS += test/day/test_delivery.py
EXTRA_DIST += test/day/test_delivery.py
TESTS += test/day/test_mock.py
EXTRA_DIST += test/day/test_mock.py
TESTS += test/day/test_peers.py
EXTRA_DIST += test/day/test_peers.py
TESTS += test/day/test_outage.py
EXTRA_DIST += test/day/test_outage.py
TESTS += test/day/test_outage_signed.py
EXTRA_DIST += test/day/test_outage_signed.py
TESTS += test/day/test_outage_kills.py
EXTRA_DIST += test/day/test_outage_kills.py
EXTRA_DIST += test/day/test_kills.py

# Slow suites: three seeds, ten kills, forty while the database is away, the day under sanitizers, the tarball.
check-long: all
	VGI_SEEDS="1 2 3" $(MAKE) $(AM_MAKEFLAGS) check TESTS=test/day/test_day.py
	$(MAKE) $(AM_MAKEFLAGS) check TESTS=test/day/test_kills.py
	VGI_SEED=2 VGI_KILLS=40 $(MAKE) $(AM_MAKEFLAGS) check TESTS=test/day/test_outage_kills.py
	rm -rf sanitized && $(MKDIR_P) sanitized && cd sanitized && top=`cd .. && cd $(srcdir) && pwd` && \
	  "$$top/configure" --quiet --enable-werror --enable-sanitizers --with-day-check='$(DAY_CHECK)' --with-trial-data='$(TRIAL_DATA)' && \
	  $(MAKE) $(AM_MAKEFLAGS) check
	$(MAKE) $(AM_MAKEFLAGS) distcheck
.PHONY: check-long
