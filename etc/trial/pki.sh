#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH OpenSSL-exception
# A throw-away public-key infrastructure for trials and tests: EC P-256, SHA-256. Never for a real installation.
#
#   pki.sh DIR NAME...      makes DIR/ca.key and DIR/ca.pem unless they are there, then for each NAME that is not there
#                           DIR/NAME.key (mode 0600) and DIR/NAME.pem, signed by that CA.
#
# A certificate serves both ends of a connection: server on 127.0.0.1 to 127.0.0.3 and localhost, client with the URI
# urn:vgi:principal:NAME. Call it again to add names. A new pair appears complete or not at all.
set -eu
umask 077

[ $# -ge 1 ] || { echo "usage: pki.sh DIR [NAME...]" >&2; exit 64; }
dir=$1
shift
days=3650
mkdir -p "$dir"
tmp=$dir/.pki.$$
trap 'rm -rf "$tmp"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$tmp"

new_key() {
	openssl ecparam -name prime256v1 -genkey -noout -out "$1"
}

if [ ! -f "$dir/ca.pem" ]; then
	new_key "$tmp/ca.key"
	cat >"$tmp/ca.cnf" <<-END
		[req]
		distinguished_name = dn
		prompt = no
		x509_extensions = ext
		[dn]
		O = vgihub trial
		CN = vgihub trial CA
		[ext]
		basicConstraints = critical,CA:TRUE,pathlen:0
		keyUsage = critical,keyCertSign,cRLSign
		subjectKeyIdentifier = hash
	END
	openssl req -new -x509 -sha256 -days $days -config "$tmp/ca.cnf" -key "$tmp/ca.key" -out "$tmp/ca.pem"
	chmod 644 "$tmp/ca.pem"
	mv "$tmp/ca.key" "$dir/ca.key"
	mv "$tmp/ca.pem" "$dir/ca.pem"
fi

for name in "$@"; do
	case $name in
	'' | ca | *[!A-Za-z0-9._-]* | .*)
		echo "pki.sh: a name is made of letters, digits, '.', '_' and '-', and is not 'ca': '$name'" >&2
		exit 64
		;;
	esac
	[ ! -f "$dir/$name.pem" ] || continue
	new_key "$tmp/key"
	cat >"$tmp/req.cnf" <<-END
		[req]
		distinguished_name = dn
		prompt = no
		[dn]
		O = vgihub trial
		CN = $name
	END
	cat >"$tmp/ext.cnf" <<-END
		basicConstraints = critical,CA:FALSE
		keyUsage = critical,digitalSignature
		extendedKeyUsage = serverAuth,clientAuth
		subjectKeyIdentifier = hash
		authorityKeyIdentifier = keyid
		subjectAltName = IP:127.0.0.1,IP:127.0.0.2,IP:127.0.0.3,DNS:localhost,URI:urn:vgi:principal:$name
	END
	openssl req -new -sha256 -config "$tmp/req.cnf" -key "$tmp/key" -out "$tmp/csr"
	openssl x509 -req -sha256 -days $days -in "$tmp/csr" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" \
		-set_serial "0x$(openssl rand -hex 16 | sed 's/^./4/')" -extfile "$tmp/ext.cnf" -out "$tmp/pem" 2>"$tmp/said" ||
		{ cat "$tmp/said" >&2; exit 1; }
	chmod 644 "$tmp/pem"
	mv "$tmp/key" "$dir/$name.key"
	mv "$tmp/pem" "$dir/$name.pem"
done
