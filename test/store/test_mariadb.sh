#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# etc/trial/mariadb.sh: repeated actions, data over a kill, exit codes, long folders, folders the server's user cannot enter.
set -u
script=${srcdir:-.}/etc/trial/mariadb.sh
top=$(mktemp -d "${TMPDIR:-/tmp}/vgitest.XXXXXX") || exit 1
chmod 711 "$top"
near=$top/near
deep=$top/$(printf '%0120d' 0)
closed=$top/closed
trap 'for d in "$near" "$deep" "$closed"; do sh "$script" kill "$d"; [ ! -s "$d/place" ] || rm -rf "$(cat "$d/place")"; done >/dev/null 2>&1
	s=$(cat "$deep/socket" 2>/dev/null) && rm -rf "${s%/*}"; rm -rf "$top"' EXIT

n=0
t() {
	n=$((n + 1))
	what=$1
	shift
	if "$@" >"$top/log" 2>&1; then echo "ok $n - $what"; else echo "not ok $n - $what"; sed 's/^/# /' "$top/log"; fi
}
exits() { want=$1; shift; "$@"; [ $? -eq "$want" ]; }
sql() { mariadb --no-defaults --protocol=socket --socket="$(cat "$1/socket")" --user=root --batch --skip-column-names --execute="$2" vgihub; }
pid_of() { cat "$1/pid"; }
same_pid() { before=$(pid_of "$near"); sh "$script" start "$near" && [ "$(pid_of "$near")" = "$before" ]; }
holds() { [ "$(sql "$near" 'SELECT COUNT(*) FROM t')" -eq "$1" ]; }
unprivileged() { [ "$(id -u)" -ne 0 ] || [ "$(stat -c %u "/proc/$(pid_of "$near")")" -ne 0 ]; }
no_port() { [ "$(sql "$near" 'SELECT @@skip_networking')" = 1 ]; }
short() { s=$(cat "$1/socket") && [ ${#s} -le 100 ] && [ "$(stat -c %a "${s%/*}")" = 700 ]; }
crash() { kill -9 "$(pid_of "$near")"; while [ -d "/proc/$(pid_of "$near")" ] && ! grep -q '^State:.*Z' "/proc/$(pid_of "$near")/status"; do sleep 0.05; done; }

t 'usage' exits 64 sh "$script" start
t 'unknown action' exits 1 sh "$script" restart "$near"
t 'status before the first start' exits 3 sh "$script" status "$near"
t 'stop without a server' sh "$script" stop "$near"
t 'start' sh "$script" start "$near"
t 'status of a running one' sh "$script" status "$near"
t 'runs unprivileged' unprivileged
t 'data under the folder' test ! -e "$near/place"
t 'socket in a closed folder' short "$near"
t 'no TCP port' no_port
t 'start again keeps the server' same_pid
t 'table' sql "$near" 'CREATE TABLE t (i INT) ENGINE=InnoDB; INSERT INTO t VALUES (1), (2)'
t 'kill' sh "$script" kill "$near"
t 'status after kill' exits 3 sh "$script" status "$near"
t 'start after kill' sh "$script" start "$near"
t 'data is there' holds 2
t 'crash without the script' crash
t 'start after a crash' sh "$script" start "$near"
t 'data is there again' holds 2
t 'stop' sh "$script" stop "$near"
t 'status after stop' exits 3 sh "$script" status "$near"
t 'stop again' sh "$script" stop "$near"
t 'start in a long folder' sh "$script" start "$deep"
t 'its socket is short' short "$deep"
t 'and it stops' sh "$script" stop "$deep"
mkdir "$closed"
chmod 700 "$top"
t 'start where the user of the server cannot enter' sh "$script" start "$closed"
t 'and it answers' sql "$closed" 'SELECT 1'
t 'restart there' sh "$script" kill "$closed"
t 'finds the same place' sh "$script" start "$closed"
echo "1..$n"
