# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
EXTRA_DIST += test/lib/tap.py test/lib/parts.py test/lib/client.py
TESTS += test/day/test_zeep.py
EXTRA_DIST += test/day/test_zeep.py
TESTS += test/day/test_bad_input.py
EXTRA_DIST += test/day/test_bad_input.py
TESTS += test/day/test_day.py
EXTRA_DIST += test/day/test_day.py
