# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
TESTS += test/cli/test_vgihub.py
EXTRA_DIST += test/cli/test_vgihub.py
