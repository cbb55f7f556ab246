#!/usr/bin/env bash
# Makes the certificates of tests/transport.rs again: an authority of nobody's, and what it signed. The keys are no
# secrets: nothing but that test trusts them.
set -euo pipefail
cd "$(dirname "$0")"
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

cat >"$scratch/ca.cnf" <<CNF
[ca]
default_ca = own
[own]
new_certs_dir = $scratch
database = $scratch/index
serial = $scratch/serial
default_md = sha256
policy = any
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
[server]
subjectAltName = IP:127.0.0.1
extendedKeyUsage = serverAuth
[client]
subjectAltName = DNS:client
extendedKeyUsage = clientAuth
CNF
: >"$scratch/index"
echo 01 >"$scratch/serial"

key() {
    openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$scratch/$1.key" 2>/dev/null ||
        openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$scratch/$1.key"
}

# NAME EXTENSIONS BEGIN END
signed() {
    key "$1"
    openssl req -new -key "$scratch/$1.key" -subj "/CN=$1" -out "$scratch/$1.csr"
    openssl ca -batch -notext -config "$scratch/ca.cnf" -extensions "$2" -startdate "$3" -enddate "$4" \
        -cert authority.pem -keyfile "$scratch/authority.key" -in "$scratch/$1.csr" -out "$scratch/$1.pem" 2>/dev/null
    cat "$scratch/$1.pem" "$scratch/$1.key" >"$1.pem"
}

key authority
openssl req -new -key "$scratch/authority.key" -subj "/CN=authority of nobody" -out "$scratch/authority.csr"
openssl ca -batch -notext -selfsign -config "$scratch/ca.cnf" -extensions authority -startdate 20200101000000Z \
    -enddate 21200101000000Z -keyfile "$scratch/authority.key" -in "$scratch/authority.csr" -out authority.pem 2>/dev/null
signed server server 20200101000000Z 21200101000000Z
signed expired server 20200101000000Z 20200201000000Z
signed client client 20200101000000Z 21200101000000Z
