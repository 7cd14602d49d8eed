#!/bin/sh
# The pnpm that package.json names. npx takes it from the registry once.
version=$(sed -n 's/.*"packageManager": "pnpm@\([0-9.]*\).*/\1/p' /natter/package.json)
exec npx -y "pnpm@$version" --config.store-dir=/pnpm/store "$@"
