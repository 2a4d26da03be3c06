#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# A private MariaDB for trials and tests: own data directory, one unix socket in a folder only its owner (and root) may
# enter, no TCP port. Usage: mariadb.sh start|stop|kill|status DIR
#   start   makes DIR and the data directory if needed, starts the server, waits until it answers, makes database vgihub
#   stop    clean shutdown; kill: SIGKILL, as a crash. Both wait until the process is gone; fine if none runs
#   status  prints pid and socket; exit 0 running, 3 not running
# Leaves in DIR: socket (the path of the socket, one line), pid, mariadbd.log, data/. Started as root, the server runs as
# user mysql (or nobody); if that user cannot enter DIR, data and log lie in a folder under ${TMPDIR:-/tmp} that DIR/place
# names, so give TMPDIR where that folder is cleared. DIR/options, if it is there: more server options, one a line. Every action may be repeated; start after kill recovers the data.
# VGI_DATABASE_SYNC=no: leaves writing to the disk to the kernel. Nothing is lost by a kill, all by a loss of power: for tests.
set -eu

PATH=$PATH:/usr/sbin:/sbin:/usr/libexec:/usr/local/sbin:/usr/local/bin
export PATH
umask 077
. "$(dirname "$0")/process.sh"

fail() { echo "mariadb.sh: $*" >&2; exit 1; }

[ $# -eq 2 ] || { echo "usage: $0 start|stop|kill|status DIR" >&2; exit 64; }
action=$1
case $2 in /*) dir=$2 ;; *) dir=$(pwd)/$2 ;; esac

# A zombie has an empty command line, a stranger that got the same number another one.
alive() {
	[ -s "$dir/pid" ] || return 1
	pid=$(cat "$dir/pid")
	[ -r "/proc/$pid/cmdline" ] || return 1
	tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null | grep -qxF -e "--datadir=$(place)/data"
}

place() { if [ -s "$dir/place" ]; then cat "$dir/place"; else echo "$dir"; fi; }

# end SIGNAL: nothing to do if no server of ours runs
end() {
	if alive; then
		kill "-$1" "$pid"
		ends "$pid" 300 || fail "process $pid does not end; see $(place)/mariadbd.log"
	fi
	rm -f "$dir/pid"
}

# The user the server runs as: empty for the caller.
choose_user() {
	user=
	[ "$(id -u)" -eq 0 ] || return 0
	for user in mysql nobody; do
		if id "$user" >/dev/null 2>&1; then return 0; fi
	done
	fail "running as root, and there is neither a user mysql nor nobody to run the server"
}

# Where data and log lie: DIR, unless the server's user cannot enter it.
choose_place() {
	if [ -s "$dir/place" ] && [ -d "$(cat "$dir/place")" ]; then return 0; fi
	rm -f "$dir/place"
	[ -n "$user" ] || return 0
	chmod 711 "$dir"
	if setpriv --reuid="$user" --regid="$(id -g "$user")" --clear-groups test -x "$dir" 2>/dev/null; then return 0; fi
	made=$(mktemp -d "${TMPDIR:-/tmp}/vgihub-db.XXXXXX")
	chmod 711 "$made"
	echo "$made" >"$dir/place"
}

# Socket paths end at 107 bytes; a long DIR gets a folder elsewhere.
choose_socket() {
	if [ -s "$dir/socket" ]; then
		socket=$(cat "$dir/socket")
		if [ -d "${socket%/*}" ]; then return 0; fi
	fi
	home=$(place)/run
	if [ ${#home} -gt 95 ]; then home=$(mktemp -d "${TMPDIR:-/tmp}/vgihub.XXXXXX"); else mkdir -p "$home"; fi
	chmod 700 "$home"
	[ -z "$user" ] || chown "$user" "$home"
	socket=$home/s
	[ ${#socket} -le 100 ] || fail "no short folder for the socket: set TMPDIR"
	echo "$socket" >"$dir/socket"
}

# Made aside and renamed, so that an interrupted attempt is not taken for a data directory.
install_data() {
	if [ -d "$where/data/mysql" ]; then return 0; fi
	rm -rf "$where/data" "$where/data.new"
	mkdir "$where/data.new"
	[ -z "$user" ] || chown "$user" "$where/data.new"
	temporary
	mariadb-install-db --no-defaults --datadir="$where/data.new" ${user:+--user="$user"} --tmpdir="$where/tmp" \
		--auth-root-authentication-method=normal --skip-test-db --skip-name-resolve \
		--innodb-log-file-size=128M >"$dir/install.log" 2>&1 ||
		{ cat "$dir/install.log" >&2; fail "mariadb-install-db failed"; }
	mv "$where/data.new" "$where/data"
}

# A server clears its folder for temporary tables when it starts: never the one of another server.
temporary() {
	mkdir -p "$where/tmp"
	[ -z "$user" ] || chown "$user" "$where/tmp"
}

launch() {
	temporary
	: >>"$where/mariadbd.log"
	[ -z "$user" ] || chown "$user" "$where/mariadbd.log"
	rm -f "$socket"
	set --
	[ "${VGI_DATABASE_SYNC-}" != no ] || set -- --innodb-flush-method=nosync
	if [ -f "$dir/options" ]; then
		while IFS= read -r option; do set -- "$@" "$option"; done <"$dir/options"
	fi
	# --datadir must stay as alive() looks for it.
	setsid mariadbd --no-defaults --datadir="$where/data" --socket="$socket" ${user:+--user="$user"} \
		--tmpdir="$where/tmp" --pid-file="$where/data/mariadbd.pid" --log-error="$where/mariadbd.log" \
		--skip-networking --skip-name-resolve --character-set-server=utf8mb4 --collation-server=utf8mb4_bin \
		--innodb-flush-log-at-trx-commit=1 --innodb-buffer-pool-size=256M --innodb-log-file-size=128M \
		--performance-schema=OFF --max-connections=100 --max-allowed-packet=64M "$@" \
		</dev/null >/dev/null 2>&1 &
	echo $! >"$dir/pid.new"
	mv "$dir/pid.new" "$dir/pid"
}

sql() { mariadb --no-defaults --protocol=socket --socket="$socket" --user=root --batch --execute="$1"; }

wait_ready() {
	until_s=$(($(date +%s) + 300))
	server=$(cat "$dir/pid")
	until sql 'SELECT 1' >/dev/null 2>&1; do
		if gone "$server"; then
			tail -n 20 "$where/mariadbd.log" >&2
			fail "the server ended while starting; its last words are above, all of them in $where/mariadbd.log"
		fi
		[ "$(date +%s)" -lt $until_s ] || fail "the server does not answer at $socket; see $where/mariadbd.log"
		sleep 0.05
	done
}

start() {
	command -v mariadbd >/dev/null || fail "mariadbd is missing: install mariadb-server"
	mkdir -p "$dir"
	choose_user
	choose_place
	where=$(place)
	choose_socket
	if ! alive; then
		install_data
		launch
	fi
	wait_ready
	sql 'CREATE DATABASE IF NOT EXISTS vgihub CHARACTER SET utf8mb4 COLLATE utf8mb4_bin'
}

case $action in
start)	start ;;
stop)	end TERM ;;
kill)	end KILL ;;
status)	if ! alive; then echo "not running"; exit 3; fi
	echo "running pid=$pid socket=$(cat "$dir/socket")" ;;
*)	fail "unknown action $action: start, stop, kill or status" ;;
esac
