# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
if HAVE_CMOCKA
check_PROGRAMS += test/codec/test_envelope
TESTS += test/codec/test_envelope
test_codec_test_envelope_SOURCES = test/codec/test_envelope.c
test_codec_test_envelope_CPPFLAGS = $(TEST_CPPFLAGS)
test_codec_test_envelope_LDADD = $(LIBS_CODEC) $(TEST_LIBS)
endif

if HAVE_CMOCKA
check_PROGRAMS += test/codec/test_guard_memory
TESTS += test/codec/test_guard_memory
test_codec_test_guard_memory_SOURCES = test/codec/test_guard_memory.c
test_codec_test_guard_memory_CPPFLAGS = $(TEST_CPPFLAGS) $(XML_CFLAGS)
test_codec_test_guard_memory_LDADD = $(LIBS_CODEC) $(TEST_LIBS)
endif

if HAVE_CMOCKA
check_PROGRAMS += test/codec/test_efile
TESTS += test/codec/test_efile
test_codec_test_efile_SOURCES = test/codec/test_efile.c
test_codec_test_efile_CPPFLAGS = $(TEST_CPPFLAGS) $(XML_CFLAGS)
test_codec_test_efile_LDADD = $(LIBS_DOCUMENT) $(TEST_LIBS)
endif

if HAVE_CMOCKA
check_PROGRAMS += test/codec/test_wss test/codec/test_wss_hostile
TESTS += test/codec/test_wss test/codec/test_wss_hostile
test_codec_test_wss_SOURCES = test/codec/test_wss.c test/codec/wss_case.c test/codec/wss_case.h
test_codec_test_wss_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS) $(XML_CFLAGS)
test_codec_test_wss_LDADD = $(LIBS_CODEC) $(TEST_LIBS)
test_codec_test_wss_hostile_SOURCES = test/codec/test_wss_hostile.c test/codec/wss_case.c test/codec/wss_case.h
test_codec_test_wss_hostile_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS) $(XML_CFLAGS)
test_codec_test_wss_hostile_LDADD = $(LIBS_CODEC) $(TEST_LIBS)
endif

if HAVE_CMOCKA
check_PROGRAMS += test/codec/test_samples
TESTS += test/codec/test_samples test/codec/test_random.py
test_codec_test_samples_SOURCES = test/codec/test_samples.c
test_codec_test_samples_CPPFLAGS = $(TEST_CPPFLAGS)
test_codec_test_samples_LDADD = $(LIBS_CODEC) $(TEST_LIBS)
endif
EXTRA_DIST += test/codec/test_random.py

if HAVE_CMOCKA
check_PROGRAMS += test/codec/test_mtom
TESTS += test/codec/test_mtom
test_codec_test_mtom_SOURCES = test/codec/test_mtom.c
test_codec_test_mtom_CPPFLAGS = $(TEST_CPPFLAGS)
test_codec_test_mtom_LDADD = $(LIBS_CODEC) $(TEST_LIBS)
endif
