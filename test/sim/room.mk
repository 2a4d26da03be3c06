# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
EXTRA_DIST += test/sim/trial.h
if HAVE_CMOCKA
check_PROGRAMS += test/sim/test_world
TESTS += test/sim/test_world
test_sim_test_world_SOURCES = test/sim/test_world.c
test_sim_test_world_CPPFLAGS = $(TEST_CPPFLAGS)
test_sim_test_world_LDADD = $(LIBS_SIM) $(TEST_LIBS)
check_PROGRAMS += test/sim/test_physics
TESTS += test/sim/test_physics
test_sim_test_physics_SOURCES = test/sim/test_physics.c
test_sim_test_physics_CPPFLAGS = $(TEST_CPPFLAGS)
test_sim_test_physics_LDADD = $(LIBS_SIM) $(TEST_LIBS)
check_PROGRAMS += test/sim/test_record
TESTS += test/sim/test_record
test_sim_test_record_SOURCES = test/sim/test_record.c
test_sim_test_record_CPPFLAGS = $(TEST_CPPFLAGS)
test_sim_test_record_LDADD = $(LIBS_SIM) $(TEST_LIBS)
check_PROGRAMS += test/sim/test_sources
TESTS += test/sim/test_sources
test_sim_test_sources_SOURCES = test/sim/test_sources.c
test_sim_test_sources_CPPFLAGS = $(TEST_CPPFLAGS)
test_sim_test_sources_LDADD = $(LIBS_SIM) $(TEST_LIBS)
check_PROGRAMS += test/sim/test_play
TESTS += test/sim/test_play
test_sim_test_play_SOURCES = test/sim/test_play.c
test_sim_test_play_CPPFLAGS = $(TEST_CPPFLAGS)
test_sim_test_play_LDADD = $(LIBS_PLAY) $(TEST_LIBS)
check_PROGRAMS += test/sim/test_link
TESTS += test/sim/test_link
test_sim_test_link_SOURCES = test/sim/test_link.c test/security/pki.c test/security/pki.h
test_sim_test_link_CPPFLAGS = $(TEST_CPPFLAGS) $(OPENSSL_CFLAGS)
test_sim_test_link_LDADD = $(LIBS_PLAY) $(TEST_LIBS)
endif
