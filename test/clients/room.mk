# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Client stacks that are not ours play one story, by the samples of doc/integration.
EXTRA_DIST += test/clients/stack.py test/clients/story.py test/clients/npm.sh
TESTS += test/clients/test_codes.py test/clients/test_gsoap.py test/clients/test_java.py test/clients/test_node.py test/clients/test_php.py test/clients/test_zeep.py
EXTRA_DIST += test/clients/test_codes.py test/clients/test_gsoap.py test/clients/test_java.py test/clients/test_node.py test/clients/test_php.py test/clients/test_zeep.py
