# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
EXTRA_DIST += etc/log4crc
EXTRA_DIST += etc/trial/mariadb.sh etc/trial/day.sh etc/trial/parts.sh etc/packages.tsv quickstart .ci/run

# Data of the trial day (sources and licences: etc/trial/data/README.md).
trialdatadir = $(pkgdatadir)/trial
dist_trialdata_DATA = etc/trial/data/stations.csv etc/trial/data/home-sessions.csv etc/trial/data/README.md
EXTRA_DIST += etc/trial/data/make.py
EXTRA_DIST += etc/trial/pki.sh

# Rule sets of markets.
rulesdir = $(sysconfdir)/vgihub/rules
dist_rules_DATA = etc/rules/sichuan-2023.rules etc/rules/threshold-80-120.rules
