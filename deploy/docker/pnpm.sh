#!/bin/sh
# The pnpm that package.json names. npx takes it from the registry once.
# The secret `npmrc` names another registry and its token, where there is one.
version=$(sed -n 's/.*"packageManager": "pnpm@\([0-9.]*\).*/\1/p' /natter/package.json)
if [ -e /run/secrets/npmrc ]; then export NPM_CONFIG_USERCONFIG=/run/secrets/npmrc; fi
exec npx -y "pnpm@$version" --config.store-dir=/pnpm/store "$@"
