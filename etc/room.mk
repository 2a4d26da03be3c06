# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# The log's configuration; one that stands already is the operator's.
vgisysconfdir = $(sysconfdir)/vgihub
EXTRA_DIST += etc/log4crc
install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(vgisysconfdir)'
	test -f '$(DESTDIR)$(vgisysconfdir)/log4crc' || $(INSTALL_DATA) '$(srcdir)/etc/log4crc' '$(DESTDIR)$(vgisysconfdir)/log4crc'
uninstall-hook:
	! cmp -s '$(srcdir)/etc/log4crc' '$(DESTDIR)$(vgisysconfdir)/log4crc' || rm -f '$(DESTDIR)$(vgisysconfdir)/log4crc'

# A unit for systemd.
systemdsystemunitdir = $(prefix)/lib/systemd/system
nodist_systemdsystemunit_DATA = etc/vgihub.service
EXTRA_DIST += etc/vgihub.service.in
CLEANFILES += etc/vgihub.service
etc/vgihub.service: etc/vgihub.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) etc && sed -e 's,@sbindir[@],$(sbindir),g' -e 's,@docdir[@],$(docdir),g' '$(srcdir)/etc/vgihub.service.in' >$@.tmp && mv $@.tmp $@
EXTRA_DIST += etc/trial/mariadb.sh etc/trial/day.sh etc/trial/parts.sh etc/trial/process.sh etc/packages.tsv quickstart .ci/run

# Data of the trial day (sources and licences: etc/trial/data/README.md).
trialdatadir = $(pkgdatadir)/trial
dist_trialdata_DATA = etc/trial/data/stations.csv etc/trial/data/home-sessions.csv etc/trial/data/README.md
EXTRA_DIST += etc/trial/data/make.py
EXTRA_DIST += etc/trial/pki.sh

# Rule sets of markets.
rulesdir = $(sysconfdir)/vgihub/rules
dist_rules_DATA = etc/rules/sichuan-2023.rules etc/rules/threshold-80-120.rules

# What an operator reads, and the licence.
dist_doc_DATA = COPYING README.md README.zh.md doc/operator.md doc/integrator.md doc/market-rules.md doc/codes.md doc/conformance.md \
	doc/decisions.md doc/versions.md doc/flow.svg

# What these pages lead to.
internalsdir = $(docdir)/internals
dist_internals_DATA = doc/internals/baseline-settlement.md doc/internals/clock.md doc/internals/contracts-and-codecs.md \
	doc/internals/decomposition.md doc/internals/delivery.md doc/internals/documents.md doc/internals/identity.md \
	doc/internals/message-path.md doc/internals/network.md doc/internals/outbox.md doc/internals/protection.md \
	doc/internals/store.md doc/internals/telemetry.md doc/internals/trial-day.md doc/internals/ws-security.md
