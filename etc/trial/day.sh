#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Plays one day of a city with the real parts: private database, trial certificates, vgihubd, vgisim; then export and report.
#   day.sh --build DIR [--keep] [--seed N] [--data DIR] [--out DIR] [--place DIR] [--rules FILE] [--bid-scale X] [--up] [--down]
# --build   where vgihubd, vgihub and vgisim were built; --place (default BUILD/trial) holds everything the trial leaves:
#           database, certificates, configuration, log, drop directory; it is made anew at each start
# --out     export folder (default BUILD/day), made anew; vgisim's own record goes to OUT/sent
#           Neither may be a folder in which something else lies.
# --keep    leaves the parts running; --down stops what an earlier --keep left; --up only starts the parts
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build= keep= seed= data= out= place= rules=$top/etc/rules/sichuan-2023.rules scale= only=
while [ $# -gt 0 ]; do
	case $1 in
	--keep|--up|--down) ;;
	*) [ $# -ge 2 ] || { echo "day.sh: $1 is unknown or needs a value" >&2; exit 64; } ;;
	esac
	case $1 in
	--build) build=$2; shift ;; --seed) seed=$2; shift ;; --data) data=$2; shift ;; --out) out=$2; shift ;;
	--place) place=$2; shift ;; --rules) rules=$2; shift ;; --bid-scale) scale=$2; shift ;;
	--keep) keep=yes ;; --up) only=up; keep=yes ;; --down) only=down ;;
	*) echo "day.sh: unknown option $1" >&2; exit 64 ;;
	esac
	shift
done
[ -n "$build" ] || { echo "day.sh: --build DIR is needed" >&2; exit 64; }
# Written in one way, since what runs is known by its path.
absolute() {
	case $1 in /*) echo "$1" ;; *) echo "$(pwd)/$1" ;; esac | sed -e ':again' -e 's,/\./,/,; s,//,/,; t again' -e 's#/\.\{0,1\}$##'
}
build=$(absolute "$build")
place=$(absolute "${place:-$build/trial}")
out=$(absolute "${out:-$build/day}")
[ -z "$data" ] || data=$(absolute "$data")
. "$here/parts.sh"

# anew DIR MARK: an empty folder. What lies there goes only if a file or folder MARK shows that an earlier trial left it.
anew() {
	if [ -e "$1" ] && [ ! -e "$1/$2" ] && { [ ! -d "$1" ] || [ -n "$(ls -A "$1")" ]; }; then
		echo "day.sh: $1 holds something that no trial left; name another folder or clear it" >&2
		exit 73
	fi
	rm -rf "$1"
	mkdir -p "$1"
}

if [ "$only" = down ]; then stop_parts; exit 0; fi
# With --keep a day that failed stays to be looked at; one that was interrupted does not.
[ -n "$keep" ] || trap stop_parts EXIT
trap 'trap stop_parts EXIT; exit 130' INT
trap 'trap stop_parts EXIT; exit 143' TERM
started=$(date +%s)
! daemon_runs || echo "stopping what an earlier run left running in $place" >&2
stop_parts
[ "$only" = up ] || anew "$out" sent
anew "$place" vgihub.conf
: >"$place/vgihub.conf"
start_parts
[ "$only" != up ] || { echo "configuration: $place/vgihub.conf"; exit 0; }

mkdir "$out/sent"
play --sent "$out/sent" ${seed:+--seed "$seed"} ${data:+--data "$data"} ${scale:+--bid-scale "$scale"} || {
	rc=$?
	[ -z "$keep" ] || echo "still running; stop it with: sh $here/day.sh --build $build --place $place --down" >&2
	exit $rc
}
played=$(date +%s)
vgihub export day 2026-06-10 "$out" --peers "$out/sent"
echo
vgihub report day 2026-06-10 --peers "$out/sent"
cat <<END

Exported to    $out (vgisim's own record: $out/sent)
Documents in   $place/drop
Log            $place/vgihubd.log
Time           $((played - started)) s with database and daemon started, $(($(date +%s) - started)) s with export and report
END
if [ -n "$keep" ]; then
	cat <<END
Still running: $build/src/cli/vgihub -c $place/vgihub.conf status
               $build/src/cli/vgihub -c $place/vgihub.conf trace T-20260610-2
Stop it with   sh $here/day.sh --build $build --place $place --down
END
else
	cat <<END
Look further   ./quickstart --keep leaves the parts running; then: $build/src/cli/vgihub -c $place/vgihub.conf status
END
fi
