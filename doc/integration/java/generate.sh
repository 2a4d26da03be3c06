#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# Makes JAX-WS classes of the contracts and compiles them with the samples. Debian has the JAX-WS RI in libjaxws-java and Gson (which
# only Play.java needs) in libgoogle-gson-java, wsimport without a command: its class is called.
#
#   generate.sh WSDL_DIR OUT [SERVICE...]      then: java -cp "$(cat OUT/classpath)" Sample
#
# WSDL_DIR has SERVICE.wsdl and beside it ../schemas; they go into OUT/classes, from where the clients read them.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ $# -ge 2 ] || { echo "usage: generate.sh WSDL_DIR OUT [SERVICE...]" >&2; exit 64; }
wsdl=$(cd "$1" && pwd) out=$2
shift 2
[ $# -gt 0 ] || set -- aggregator trading dispatch
jars=${JARS-/usr/share/java}

classpath=
for j in jaxws-tools jaxws-rt jaxws-api jws-api jaxb-api jaxb-core jaxb-runtime jaxb-xjc jaxb-jxc istack-commons-runtime istack-commons-tools \
	codemodel codemodel-annotation-compiler dtd-parser relaxngDatatype rngom xsom txw2 saaj-impl javax.xml.soap-api javax.activation \
	stax-ex stax2-api woodstox-core streambuffer metro-policy gmbal mimepull FastInfoset xml-resolver geronimo-annotation-1.3-spec gson; do
	[ -f "$jars/$j.jar" ] || { echo "generate.sh: $jars/$j.jar is missing" >&2; exit 69; }
	classpath=$classpath:$jars/$j.jar
done
classpath=${classpath#:}

mkdir -p "$out/src" "$out/classes/wsdl" "$out/classes/schemas"
cp "$wsdl"/*.wsdl "$wsdl"/*.xsd "$out/classes/wsdl/"
cp "$wsdl"/../schemas/*.xsd "$out/classes/schemas/"
for service in "$@"; do
	file=$(cd "$out/classes/wsdl" && pwd)/$service.wsdl
	# One object in, one out, instead of a parameter an element.
	cat >"$out/$service.bindings" <<-END
		<bindings xmlns="http://java.sun.com/xml/ns/jaxws" wsdlLocation="file:$file" version="2.1">
		  <enableWrapperStyle>false</enableWrapperStyle>
		</bindings>
	END
	# -extension: the SOAP 1.2 binding too. The parser's bound for maxOccurs is below what a ledger may have.
	"${JAVA-java}" -Djdk.xml.maxOccurLimit=0 -XX:TieredStopAtLevel=1 -cp "$classpath" com.sun.tools.ws.WsImport -quiet -Xnocompile -extension \
		-encoding UTF-8 -s "$out/src" -b "$out/$service.bindings" -wsdllocation "/wsdl/$service.wsdl" "file:$file"
done
find "$out/src" -name '*.java' >"$out/sources"
"${JAVAC-javac}" -J-XX:TieredStopAtLevel=1 -nowarn -proc:none -encoding UTF-8 -cp "$classpath" -d "$out/classes" "@$out/sources" "$here"/*.java
echo "$(cd "$out/classes" && pwd):$classpath" >"$out/classpath"
