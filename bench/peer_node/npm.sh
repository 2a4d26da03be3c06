#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Installs what the peer needs, in the versions of its lock file, and the peer itself into DIR; nothing to fetch if it is there.
#   npm.sh DIR      exit 77: no node or npm here, or nothing to fetch from
set -eu
from=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 1 ] || { echo "usage: npm.sh DIR" >&2; exit 64; }
for tool in node "${NPM-npm}"; do
	"$tool" --version >/dev/null 2>&1 || { echo "npm.sh: no $tool here: the peer is not measured" >&2; exit 77; }
done
mkdir -p "$1"
cd "$1"
cp "$from/server.js" "$from/package.json" .
[ ! -d node_modules ] || ! cmp -s "$from/package-lock.json" package-lock.json || exit 0
rm -rf node_modules
cp "$from/package-lock.json" package-lock.json
"${NPM-npm}" ci --prefer-offline --ignore-scripts --no-audit --no-fund --loglevel=error || {
	rm -rf node_modules
	echo "npm.sh: the packages could not be fetched: the peer is not measured" >&2
	exit 77
}
