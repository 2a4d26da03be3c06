# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Seeded mutations of real messages and files, a few seconds each. VGI_FUZZ_ROUNDS=1000000 VGI_FUZZ_SEED=7 goes further.
if HAVE_CMOCKA
check_PROGRAMS += test/fuzz/test_envelopes test/fuzz/test_texts
TESTS += test/fuzz/test_envelopes test/fuzz/test_texts
test_fuzz_test_envelopes_SOURCES = test/fuzz/test_envelopes.c test/fuzz/corpus.c test/fuzz/corpus.h
test_fuzz_test_envelopes_CPPFLAGS = $(TEST_CPPFLAGS)
test_fuzz_test_envelopes_LDADD = $(LIBS_CODEC) $(TEST_LIBS)
test_fuzz_test_texts_SOURCES = test/fuzz/test_texts.c test/fuzz/corpus.c test/fuzz/corpus.h
test_fuzz_test_texts_CPPFLAGS = $(TEST_CPPFLAGS)
test_fuzz_test_texts_LDADD = $(LIBS_NET) $(LIBS_DOCUMENT) $(LIBS_STORE) $(TEST_LIBS)
endif
