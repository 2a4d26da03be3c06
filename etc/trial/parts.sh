# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# The parts of a trial, for scripts that source this with top, here, build, place and rules set: start_parts, stop_parts,
# start_database, start_daemon, play, vgihub (the administration command with its configuration). VGI_TRIAL_PEER= (empty) makes a
# hub that pushes to nobody; VGI_TRIAL_MORE is text for its configuration; VGI_TRIAL_RETRY_MS: the outbox's first_retry_ms;
# VGI_TRIAL_LEASE_S: its lease_s, short for those who kill the daemon, long for those who count how often something is sent.
. "$here/process.sh"
vgihub() { "$build/src/cli/vgihub" -c "$place/vgihub.conf" "$@"; }

# Six ports in a row are one trial's while a link says so: the first, and the trial's place, which is gone when the trial is.
claims=${TMPDIR:-/tmp}/vgihub-ports.$(id -u)
claim() {
	mkdir -p -m 700 "$claims"
	{ [ ! -L "$claims" ] && [ -O "$claims" ]; } || { echo "$claims is somebody else's: set TMPDIR" >&2; exit 1; }
	(
		flock 9
		owner=$(readlink "$claims/$1" || true)
		[ "$owner" != "$place" ] && [ -d "$owner" ] && exit 1
		ln -sfn "$place" "$claims/$1"
	) 9>"$claims/lock"
}

# The first of six ports in a row that nobody listens on nor is about to, below the range the kernel takes for outgoing connections.
free_ports() {
	base=$((16000 + $$ % 1500 * 8))
	while :; do
		free=yes
		for i in 0 1 2 3 4 5; do
			hex=$(printf ':%04X' $((base + i)))
			! awk '{ print $2, $4 }' /proc/net/tcp | grep -q "$hex 0A" || free=
		done
		[ -z "$free" ] || ! claim "$base" || break
		base=$((base + 8))
		[ $base -lt 32000 ] || base=16000
	done
	echo "$base"
}

# Sections of the configuration: listener NAME ADDRESS N, called NAME PEER N; N: which of the ports.
tls_files() { printf 'certificate = pki/hub.pem\nkey = pki/hub.key\ntrust = pki/ca.pem\n'; }
listener() { printf '[%s]\naddress = %s\nport = %d\n' "$1" "$2" $((ports + $3)); tls_files; }
called() { printf '[%s]\npeer = %s\nhost = 127.0.0.1\nport = %d\n' "$1" "$2" $((ports + $3)); tls_files; }

write_configuration() {
	cat >"$place/vgihub.conf" <<END
# The trial's installation, made by etc/trial/day.sh
[hub]
rules = $rules
drop_dir = $place/drop
log4crc = $top/etc/log4crc

[trial]
enabled = yes
socket = $place/clock
start = 2026-06-10T10:59:00+08:00

[database]
socket = $(cat "$place/db/socket")
user = root

[contracts]
wsdl_dir = $top/wsdl
schema_dir = $top/schemas
sql_dir = $top/schemas/sql

$(listener dispatch 127.0.0.1 0)

$(listener trading 127.0.0.2 1)

$(listener aggregator 127.0.0.3 2)

$(called dispatch_sink "${VGI_TRIAL_PEER-dispatch}" 3)

[protection]
key_file = keys
sign_certificate = pki/hub.pem
sign_key = pki/hub.key

# A day is played as fast as the machine can, and some machines are slow: kept connections stay.
[limits]
rate = 0
concurrent = 0

[net]
idle_ms = 3600000

${VGI_TRIAL_MORE-}
$(called trading_platform "${VGI_TRIAL_PEER-trading}" 4)

[spool]
dir = $place/spool

[outbox]
first_retry_ms = ${VGI_TRIAL_RETRY_MS-200}
most_retry_s = $((${VGI_TRIAL_RETRY_MS-200} / 1000 + 2))
lease_s = ${VGI_TRIAL_LEASE_S-5}
END
	echo "$ports" >"$place/ports"
}

start_database() { sh "$here/mariadb.sh" start "$place/db"; }

# A stranger that got the same number after a crash or a reboot has another command line.
daemon_runs() {
	[ -s "$place/vgihubd.pid" ] || return 1
	pid=$(cat "$place/vgihubd.pid")
	[ -r "/proc/$pid/cmdline" ] || return 1
	tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -qxF -e "$place/vgihub.conf"
}

# In a session of its own: a terminal that is closed or interrupted does not end it.
start_daemon() {
	rm -f "$place/clock"
	setsid "$build/src/daemon/vgihubd" -c "$place/vgihub.conf" >>"$place/vgihubd.log" 2>&1 &
	echo $! >"$place/vgihubd.pid"
	until_s=$(($(date +%s) + 120))
	until [ -S "$place/clock" ]; do
		! gone "$(cat "$place/vgihubd.pid")" || { echo "vgihubd ended; its last words:" >&2; tail -n 5 "$place/vgihubd.log" >&2; return 1; }
		[ "$(date +%s)" -lt $until_s ] || { echo "vgihubd does not come up" >&2; tail -n 5 "$place/vgihubd.log" >&2; return 1; }
		sleep 0.05
	done
}

start_parts() {
	mkdir -p "$place/drop" "$place/spool"
	start_database
	sh "$here/pki.sh" "$place/pki" hub dispatch trading A1 A2 A3 A4 A5 A6 A7 A8
	ports=$(free_ports)
	write_configuration
	[ -e "$place/keys" ] || vgihub --quiet key create
	vgihub --quiet migrate
	vgihub --quiet principal add dispatch --role dispatch --cert "$place/pki/dispatch.pem"
	vgihub --quiet principal add trading --role trading --cert "$place/pki/trading.pem"
	for a in A1 A2 A3 A4 A5 A6 A7 A8; do
		vgihub --quiet principal add $a --role aggregator --cert "$place/pki/$a.pem"
	done
	start_daemon
}

stop_daemon() {
	if daemon_runs; then
		kill "$pid" 2>/dev/null || true
		kill -CONT "$pid" 2>/dev/null || true
		ends "$pid" 60 || { echo "vgihubd does not end: killed" >&2; kill -9 "$pid" 2>/dev/null; ends "$pid" 60; } || true
	fi
	rm -f "$place/vgihubd.pid"
}

stop_parts() {
	stop_daemon
	[ ! -d "$place/db" ] || sh "$here/mariadb.sh" stop "$place/db"
}

play() {
	ports=$(cat "$place/ports")
	"$build/src/sim/vgisim" day --hub-dispatch "127.0.0.1:$ports" --hub-trading "127.0.0.2:$((ports + 1))" \
		--hub-aggregator "127.0.0.3:$((ports + 2))" --sink "127.0.0.1:$((ports + 3))" \
		--trading-sink "127.0.0.1:$((ports + 4))" --pki "$place/pki" \
		--clock "$place/clock" --trial "$top/etc/trial/data" "$@"
}
