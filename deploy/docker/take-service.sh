#!/bin/sh
# Installs what one service needs in production and copies it to FOLDER: the sources of the service and of the packages
# of the workspace that it uses, and their dependencies. Usage: take-service.sh services/gateway FOLDER
set -eu
service=$1
out=$2
name=$(sed -n 's/^  "name": "\(.*\)",$/\1/p' "$service/package.json")
pnpm install --offline --frozen-lockfile --prod --no-optional --filter-prod "$name..."
mkdir -p "$out"
cp package.json "$out/"
cp -a node_modules "$out/"
for member in packages/* "$service"; do
  [ -d "$member/node_modules" ] || [ "$member" = "$service" ] || continue
  mkdir -p "$out/$member"
  cp -a "$member/package.json" "$member/src" "$out/$member/"
  if [ -d "$member/node_modules" ]; then cp -a "$member/node_modules" "$out/$member/"; fi
done
# Nothing reads these at run time. They are two thirds of the dependencies.
find "$out/node_modules/.pnpm" \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete
# These packages bring their sources beside what runs, and one of them a second build for `require`.
for package in openai gpt-tokenizer; do rm -rf "$out"/node_modules/.pnpm/$package@*/node_modules/$package/src; done
rm -rf "$out"/node_modules/.pnpm/gpt-tokenizer@*/node_modules/gpt-tokenizer/cjs
rm -f "$out/node_modules/.modules.yaml" "$out/node_modules/.pnpm-workspace-state-v1.json"
