#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Makes gSOAP's C stubs of AggregatorService and compiles sample.c with them (Debian: gsoap, libgsoap-dev, libssl-dev).
#
#   generate.sh WSDL_DIR OUT      then: OUT/sample
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -eq 2 ] || { echo "usage: generate.sh WSDL_DIR OUT" >&2; exit 64; }
wsdl=$(cd "$1" && pwd)
mkdir -p "$2"
cd "$2"
share=$(pkg-config --variable=prefix gsoapssl)/share/gsoap
# xsd:dateTime stays text: times carry a zone and milliseconds, which a time_t loses. Decimals are text in any case.
cat >typemap.dat <<END
t = "urn:vgi:types:1"
a = "urn:vgi:aggregator:1"
xsd__dateTime = | char * | char *
END
(cd "$wsdl" && wsdl2h -c -g -s -t "$OLDPWD/typemap.dat" -o "$OLDPWD/aggregator.h" aggregator.wsdl) >log 2>&1 || { cat log >&2; exit 1; }
soapcpp2 -c -C -L -x -w -I "$share/import:$share" aggregator.h >>log 2>&1 || { cat log >&2; exit 1; }
${CC-cc} -O1 -w -DWITH_OPENSSL -I . -o sample "$here/sample.c" soapC.c soapClient.c $(pkg-config --cflags --libs gsoapssl openssl)
