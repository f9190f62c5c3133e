#!/usr/bin/env bash
# Measures Errbot and this host side by side, three runs each. Errbot comes from Debian:
#   apt-get install -y --no-install-recommends errbot python3-pytest
set -euo pipefail
cd "$(dirname "$0")"
binary=$(mktemp)
trap 'rm -f "$binary"' EXIT
go build -o "$binary" .
for _ in 1 2 3; do
	for rules in 0 100; do
		echo "errbot-go:     $("$binary" 200000 "$rules")"
		echo "Errbot, sync:  $(/usr/bin/python3 peer.py 20000 0 "$rules" 2>/dev/null)"
		echo "Errbot, async: $(/usr/bin/python3 peer.py 20000 1 "$rules" 2>/dev/null)"
	done
done
