# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
EXTRA_DIST += etc/log4crc
EXTRA_DIST += etc/trial/mariadb.sh
