#!/usr/bin/env bash
# The clients of others over a running Huiju: `make outside`. Works in target/outside, and needs Node and the package registry.
set -euo pipefail
cd "$(dirname "$0")"
root=$(cd ../.. && pwd)
if ! command -v npm >/dev/null; then
  echo '没有 Node，略过外部客户端测试 Node is not installed: the clients of others are not tried' >&2
  exit 0
fi
binary=$1
place=$root/target/outside
mkdir -p "$place/src/__generated__"
cp ./*.mjs ./*.json "$place/"
cp src/*.js "$place/src/"
cp "$root/schema/directory.graphql" "$place/"
cd "$place"
npm install --no-audit --no-fund --loglevel=error
npx relay-compiler relay.json
HUIJU=$binary node --test clients.mjs
