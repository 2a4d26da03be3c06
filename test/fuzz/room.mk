# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Seeded mutations of real messages and files, a few seconds each. VGI_FUZZ_ROUNDS=1000000 VGI_FUZZ_SEED=7 goes further.
FUZZ_TARGETS_SOURCES = test/fuzz/targets.c test/fuzz/targets.h test/fuzz/messages.c test/fuzz/target_http.c test/fuzz/target_mtom.c \
	test/fuzz/target_soap.c test/fuzz/target_parcel.c \
	test/fuzz/target_wss.c test/codec/wss_case.c test/codec/wss_case.h
if HAVE_CMOCKA
check_PROGRAMS += test/fuzz/test_targets test/fuzz/test_texts
TESTS += test/fuzz/test_targets test/fuzz/test_texts
test_fuzz_test_targets_SOURCES = test/fuzz/test_targets.c test/fuzz/corpus.c test/fuzz/corpus.h $(FUZZ_TARGETS_SOURCES)
test_fuzz_test_targets_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS) $(XML_CFLAGS)
test_fuzz_test_targets_LDADD = libvgi_net.a $(LIBS_CODEC) $(ZLIB_LIBS) $(TEST_LIBS)
test_fuzz_test_texts_SOURCES = test/fuzz/test_texts.c test/fuzz/corpus.c test/fuzz/corpus.h
test_fuzz_test_texts_CPPFLAGS = $(TEST_CPPFLAGS)
test_fuzz_test_texts_LDADD = $(LIBS_NET) $(LIBS_DOCUMENT) $(LIBS_STORE) $(TEST_LIBS)
endif

# The same targets under libFuzzer, in a tree of their own: make fuzz [FUZZ_SECONDS=120] [FUZZ_TARGETS="http wss"].
EXTRA_PROGRAMS = test/fuzz/fuzz
test_fuzz_fuzz_SOURCES = test/fuzz/fuzz.c $(FUZZ_TARGETS_SOURCES)
test_fuzz_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/test $(OPENSSL_CFLAGS) $(XML_CFLAGS)
test_fuzz_fuzz_LDFLAGS = -fsanitize=fuzzer $(AM_LDFLAGS)
test_fuzz_fuzz_LDADD = libvgi_net.a $(LIBS_CODEC) $(ZLIB_LIBS)
EXTRA_DIST += test/fuzz/fuzz.sh
.PHONY: fuzz fuzz-program
fuzz-program: $(BUILT_SOURCES)
	$(MAKE) $(AM_MAKEFLAGS) test/fuzz/fuzz
fuzz:
	$(SHELL) $(srcdir)/test/fuzz/fuzz.sh $(srcdir) fuzz-tree
