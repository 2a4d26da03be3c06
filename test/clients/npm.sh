#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Installs what doc/integration/node needs, in the versions of its lock file, into DIR/node_modules; nothing to do if it is there.
#   npm.sh DIR
set -eu
from=$(cd "$(dirname "$0")/../../doc/integration/node" && pwd)
[ $# -eq 1 ] || { echo "usage: npm.sh DIR" >&2; exit 64; }
mkdir -p "$1"
cd "$1"
[ ! -d node_modules ] || ! cmp -s "$from/package-lock.json" package-lock.json || exit 0
cp "$from/package.json" package.json
"${NPM-npm}" --version >/dev/null 2>&1 || { echo "npm.sh: no npm here" >&2; exit 0; }
rm -rf node_modules
cp "$from/package-lock.json" new-lock.json
mv new-lock.json package-lock.json
"${NPM-npm}" ci --prefer-offline --ignore-scripts --no-audit --no-fund --loglevel=error || { rm -rf node_modules; exit 69; }
