#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# calls.sh ROUNDS: runs the programs that make single calls alternately in a guest; prints lines "who figure value".
set -euo pipefail

HERE=build/bench
SOCKET=/tmp/redis

# Redis brings its loader and libraries, since the guest has none of them.
"$HERE/redis/ld.so" --library-path "$HERE/redis" "$HERE/redis/redis-server" --port 0 --unixsocket $SOCKET \
	--save '' --appendonly no >/tmp/redis.log 2>&1 &
REDIS=$!
trap 'kill "$REDIS"' EXIT
while [ ! -S $SOCKET ]; do
	kill -0 "$REDIS" 2>/dev/null || { cat /tmp/redis.log; exit 1; }
	sleep 0.2
done
for ((i = 0; i < $1; i++)); do
	"$HERE/calls" $SOCKET
	"$HERE/calls_boost"
	python3 tests/bench/calls.py
done
