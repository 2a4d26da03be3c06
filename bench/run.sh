#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Measures the hub on this machine: starts the parts of a trial in a folder of its own, puts load on them, stops them.
#   run.sh --build DIR [--runs N] [--only "PART…"]
# --build  where everything was built. --runs (default 1): how often; with more than one, medians are printed at the end.
# --only   some of: net frames calls handshakes decompose scale slow wss peer (default: all). One run of all takes about 5 minutes.
# One line a figure: part, name, value, unit. A share compares with something measured in the same run. Nothing is asserted
# about time; the exit code says whether every call was answered as it should be; 77: --only named the peer, and there is no
# node or npm here, or nothing to fetch its packages from.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
end=0 build= runs=1 only="net frames calls handshakes decompose scale slow wss peer" asked= skipped=
while [ $# -gt 0 ]; do
	case $1 in
	--build) build=$2; shift ;; --runs) runs=$2; shift ;; --only) only=$2 asked=$2; shift ;;
	*) echo "run.sh: unknown option $1" >&2; exit 64 ;;
	esac
	shift
done
[ -n "$build" ] || { echo "run.sh: --build DIR is needed" >&2; exit 64; }
build=$(cd "$build" && pwd)
callers=16 bytes=1024 seconds=5
ulimit -n 8192 2>/dev/null || true     # the hub takes 4,000 connections

place=$(mktemp -d "${TMPDIR:-/tmp}/vgihub-bench.XXXXXX")
chmod 755 "$place"
figures=$place/figures
: >"$figures"
# 125 connections of each of eight certificates, and all of them may wait.
VGI_TRIAL_MORE='[net]
queue = 2048
max_per_peer = 1000
'
export VGI_TRIAL_MORE
day() { sh "$here/../etc/trial/day.sh" --build "$build" --place "$place/trial" "$1" >/dev/null; }
up= peer=
finish() {
	[ -z "$peer" ] || kill "$peer" 2>/dev/null || true
	[ -z "$up" ] || day --down || true
	[ ! -s "$place/trial/db/place" ] || rm -rf "$(cat "$place/trial/db/place")"
	rm -rf "$place"
}
trap finish EXIT
trap 'exit 130' INT TERM

wanted() { case " $only " in *" $1 "*) return 0 ;; esac; return 1; }
keep() { cat >"$place/now" && cat "$place/now" >>"$figures" && cat "$place/now"; }
row() { printf '%-11s %-40s %12.2f %s\n' "$@"; }
# value PART NAME: of this run
value() { awk -v part="$1" -v name="$2" 'index($0, sprintf("%-11s %-40s ", part, name)) == 1 { v = $(NF - 1) } END { print v }' "$figures"; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { print (b > 0 ? a / b : 0) }'; }

# The same server, TLS and clients with a handler that does nothing: bench_net PART CALLERS SECONDS
bench_net() {
	sh "$here/../etc/trial/pki.sh" "$place/pki" hub a-1
	"$build/bench/bench_net" "$place/pki" "$2" "$3" $bytes 8 1 >"$place/net"
	awk -v part="$1" '/calls,/ { for (i = 1; i < NF; i++) { if ($(i + 1) == "failed,") failed = $i; if ($i ~ /\/s,$/) rate = $i + 0
			if ($i == "server" && $(i + 1) == "CPU") cpu = $(i + 2) } }
		/latency us:/ { for (i = 1; i < NF; i++) { if ($i == "median") median = $(i + 1) + 0; if ($i == "p99") p99 = $(i + 1) + 0 } }
		END { if (failed != 0 || rate == 0) exit 1
			row = "%-11s %-40s %12.2f %s\n"
			printf row, part, "rate, handler that does nothing", rate, "calls/s"
			printf row, part, "answer time, median", median / 1000, "ms"
			printf row, part, "answer time, 99 of 100", p99 / 1000, "ms"
			printf row, part, "CPU of the server", cpu, "us/call" }' "$place/net" >"$place/rows"
	keep <"$place/rows"
}

bench_hub() {
	"$build/bench/bench_hub" "$1" "$place/trial" >"$place/rows"
	keep <"$place/rows"
}

# The journalled call beside the handler that does nothing, with more and more connections.
bench_scale() {
	for n in 16 100 1000; do
		bench_net "net-$n" $n 4
		"$build/bench/bench_hub" journalled "$place/trial" 4 $n >"$place/rows"
		keep <"$place/rows"
		row "hub-$n" "rate, of the handler that does nothing" \
			"$(ratio "$(value "hub-$n" rate)" "$(value "net-$n" "rate, handler that does nothing")")" ratio | keep
	done
}

bench_slow() {
	"$build/bench/bench_slow" "$place/trial" >"$place/rows"
	keep <"$place/rows"
}

start_peer() {
	rm -rf "$place/trial/peer"
	node "$build/bench/peer/server.js" "$place/trial" "$here/../wsdl/aggregator.wsdl" >"$place/peer.log" 2>&1 &
	peer=$!
	i=0
	until [ -s "$place/trial/peer/port" ]; do
		i=$((i + 1))
		kill -0 "$peer" 2>/dev/null && [ $i -lt 300 ] || { echo "run.sh: the peer does not come up" >&2; cat "$place/peer.log" >&2; exit 1; }
		sleep 0.2
	done
}

# A peer of two processes that node makes of the same contract, with the same store work in the same database.
bench_peer() {
	rc=0
	sh "$here/peer_node/npm.sh" "$build/bench/peer" >/dev/null || rc=$?
	case $rc in 0) ;; 77) skipped=yes; return 0 ;; *) exit $rc ;; esac
	start_peer
	"$build/bench/bench_hub" peer "$place/trial" 4 $callers >/dev/null          # its code is compiled while it runs
	for who in "journalled hub" "peer peer"; do
		"$build/bench/bench_hub" ${who% *} "$place/trial" $seconds $callers "${who#* }" >"$place/rows"
		keep <"$place/rows"
	done
	kill "$peer"
	wait "$peer" 2>/dev/null || true
	peer=
	{
		row hub "rate, of the peer's" "$(ratio "$(value hub rate)" "$(value peer rate)")" ratio
		row hub "median, of the peer's" "$(ratio "$(value hub "answer time, median")" "$(value peer "answer time, median")")" ratio
		row hub "calls a core-second, of the peer's" \
			"$(ratio "$(value hub "calls a core-second of both")" "$(value peer "calls a core-second of both")")" ratio
	} | keep
}

bench_wss() {
	"$build/bench/bench_wss" >"$place/rows"
	awk 'NR > 1 { name = $1 " " $2 ", " $3 " bytes" ($4 == "yes" ? ", encrypted" : "")
			row = "%-11s %-40s %12.2f %s\n"
			printf row, "wss", name ": open", $5, "us"
			printf row, "wss", name ": close", $6, "us" }' "$place/rows" | keep
}

compare_calls() {
	empty=$(value net "rate, handler that does nothing")
	[ -n "$empty" ] || return 0
	for part in reads journalled; do
		row $part "rate, of the handler that does nothing" "$(ratio "$(value $part rate)" "$empty")" ratio
		row $part "CPU of vgihubd, of that handler's" "$(ratio "$(value $part "CPU of vgihubd")" "$(value net "CPU of the server")")" ratio
	done | keep
}

bench_decompose() {
	"$build/bench/bench_decompose" >"$place/rows"
	awk '/ vehicles:/ { n = $1
			for (i = 1; i < NF; i++) { if ($(i + 1) == "s,") wall = $i; if ($i ~ /^us$/ && $(i + 1) == "CPU") cpu = $(i - 1)
				if ($(i + 1) ~ /^MB/) mb = $i }
			row = "%-11s %-40s %12.2f %s\n"
			printf row, "decompose", n " vehicles", wall * 1000, "ms"
			printf row, "decompose", n " vehicles, CPU", cpu, "us/vehicle"
			printf row, "decompose", n " vehicles, memory", mb, "MB" }
		/coordinate descent:/ { for (i = 1; i < NF; i++) if ($i == "takes") printf row, "decompose",
			n " vehicles, coordinate descent", $(i + 1), "times as long" }' "$place/rows" | keep
}

run=1
while [ "$run" -le "$runs" ]; do
	[ "$runs" -eq 1 ] || echo "-- run $run of $runs"
	! wanted net || bench_net net $callers $seconds
	if wanted frames || wanted calls || wanted handshakes || wanted scale || wanted slow || wanted peer; then
		up=yes
		day --up
		for part in frames calls handshakes; do
			! wanted $part || bench_hub $part
		done
		! wanted calls || compare_calls
		for part in scale slow peer; do
			! wanted $part || bench_$part
		done
		day --down
		up=
	fi
	! wanted decompose || bench_decompose
	! wanted wss || bench_wss
	run=$((run + 1))
done
case " $asked " in *" peer "*) [ -z "$skipped" ] || end=77 ;; esac
[ "$runs" -gt 1 ] || exit $end
echo "-- medians of $runs"
awk '{ key = substr($0, 1, 52); if (!(key in n)) order[++keys] = key; v[key, n[key]++] = substr($0, 53, 13) + 0
		unit[key] = substr($0, 67) }
	END { for (k = 1; k <= keys; k++) { key = order[k]
		for (i = 1; i < n[key]; i++) for (j = i; j > 0 && v[key, j] < v[key, j - 1]; j--) {
			t = v[key, j]; v[key, j] = v[key, j - 1]; v[key, j - 1] = t }
		printf "%s%13.2f %s\n", key, v[key, int(n[key] / 2)], unit[key] } }' "$figures"
exit $end
