#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Every fuzz target for FUZZ_SECONDS (120) under libFuzzer, ASan and UBSan, in a tree of its own: $1 source, $2 folder for that tree.
# FUZZ_TARGETS chooses. What is found stays in corpus/TARGET, an input that breaks something in crash-*.
set -eu
top=$(cd "$1" && pwd)
clang=${FUZZ_CC:-clang}
if ! echo 'int LLVMFuzzerTestOneInput(const char *p, unsigned long n) { return p && n > 7; }' |
		"$clang" -x c -fsanitize=fuzzer,address - -o /dev/null 2>/dev/null; then
	echo "fuzz: $clang with -fsanitize=fuzzer is needed (Debian: clang, RHEL: clang and compiler-rt); FUZZ_CC names another one" >&2
	exit 77
fi
mkdir -p "$2"
cd "$2"
[ -f Makefile ] || "$top/configure" -q --enable-fuzzing CC="$clang" CFLAGS="-O1 -g"
make -s fuzz-program
srcdir=$top
export srcdir
for target in ${FUZZ_TARGETS:-http gzip guard aggregator trading dispatch dispatch-sink answer frame mtom wss}; do
	mkdir -p "corpus/$target"
	echo "fuzz: $target"
	test/fuzz/fuzz --target="$target" --seeds="corpus/$target" "corpus/$target" -max_total_time="${FUZZ_SECONDS:-120}" -max_len=20000 \
		-timeout=20 -rss_limit_mb=2048 -print_final_stats=1 2>"$target.log" || { tail -40 "$target.log" >&2; exit 1; }
	grep -E "DONE|number_of_executed_units|peak_rss" "$target.log"
done
