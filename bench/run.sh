#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Measures the hub on this machine: starts the parts of a trial in a folder of its own, puts load on them, stops them.
#   run.sh --build DIR [--runs N] [--only "PART…"]
# --build  where everything was built. --runs (default 1): how often; with more than one, medians are printed at the end.
# --only   some of: net frames calls handshakes decompose (default: all of them). One run of all takes about 2 minutes.
# One line a figure: part, name, value, unit. A share compares with something measured in the same run. Nothing is asserted
# about time; the exit code says whether every call was answered as it should be.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build= runs=1 only="net frames calls handshakes decompose"
while [ $# -gt 0 ]; do
	case $1 in
	--build) build=$2; shift ;; --runs) runs=$2; shift ;; --only) only=$2; shift ;;
	*) echo "run.sh: unknown option $1" >&2; exit 64 ;;
	esac
	shift
done
[ -n "$build" ] || { echo "run.sh: --build DIR is needed" >&2; exit 64; }
build=$(cd "$build" && pwd)
callers=16 bytes=1024 seconds=5

place=$(mktemp -d "${TMPDIR:-/tmp}/vgihub-bench.XXXXXX")
chmod 755 "$place"
figures=$place/figures
: >"$figures"
day() { sh "$here/../etc/trial/day.sh" --build "$build" --place "$place/trial" "$1" >/dev/null; }
up=
finish() {
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

# The same server, TLS and clients with a handler that does nothing.
bench_net() {
	sh "$here/../etc/trial/pki.sh" "$place/pki" hub a-1
	"$build/bench/bench_net" "$place/pki" $callers $seconds $bytes 8 1 >"$place/net"
	awk '/calls,/ { for (i = 1; i < NF; i++) { if ($(i + 1) == "failed,") failed = $i; if ($i ~ /\/s,$/) rate = $i + 0
			if ($i == "server" && $(i + 1) == "CPU") cpu = $(i + 2) } }
		/latency us:/ { for (i = 1; i < NF; i++) { if ($i == "median") median = $(i + 1) + 0; if ($i == "p99") p99 = $(i + 1) + 0 } }
		END { if (failed != 0 || rate == 0) exit 1
			row = "%-11s %-40s %12.2f %s\n"
			printf row, "net", "rate, handler that does nothing", rate, "calls/s"
			printf row, "net", "answer time, median", median / 1000, "ms"
			printf row, "net", "answer time, 99 of 100", p99 / 1000, "ms"
			printf row, "net", "CPU of the server", cpu, "us/call" }' "$place/net" >"$place/rows"
	keep <"$place/rows"
}

bench_hub() {
	"$build/bench/bench_hub" "$1" "$place/trial" >"$place/rows"
	keep <"$place/rows"
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
	! wanted net || bench_net
	if wanted frames || wanted calls || wanted handshakes; then
		up=yes
		day --up
		for part in frames calls handshakes; do
			! wanted $part || bench_hub $part
		done
		! wanted calls || compare_calls
		day --down
		up=
	fi
	! wanted decompose || bench_decompose
	run=$((run + 1))
done
[ "$runs" -gt 1 ] || exit 0
echo "-- medians of $runs"
awk '{ key = substr($0, 1, 52); if (!(key in n)) order[++keys] = key; v[key, n[key]++] = substr($0, 53, 13) + 0
		unit[key] = substr($0, 67) }
	END { for (k = 1; k <= keys; k++) { key = order[k]
		for (i = 1; i < n[key]; i++) for (j = i; j > 0 && v[key, j] < v[key, j - 1]; j--) {
			t = v[key, j]; v[key, j] = v[key, j - 1]; v[key, j - 1] = t }
		printf "%s%13.2f %s\n", key, v[key, int(n[key] / 2)], unit[key] } }' "$figures"
