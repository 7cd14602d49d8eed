#!/usr/bin/env bash
# Makes the base images of the Dockerfile from Debian's packages, for machines that reach no image registry.
# Needs root, a Docker engine, debootstrap, and a workspace that is installed (`npx -y pnpm install`).
#   scripts/offline/base-images.sh          makes natter-offline/base and natter-offline/build
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mirror=$(apt-get indextargets --format '$(SITE)' 'Codename: bookworm' | sort -u | head -1)

# What a program that is linked with glibc and libstdc++ needs, and no shell.
base() {
  mkdir -p "$work/base" "$work/debs"
  (cd "$work/debs" && apt-get download -qq libc6 libgcc-s1 libstdc++6 ca-certificates tzdata base-files netbase)
  for package in "$work"/debs/*.deb; do dpkg-deb -x "$package" "$work/base"; done
  cp /etc/ssl/certs/ca-certificates.crt "$work/base/etc/ssl/certs/"
  rm -rf "$work"/base/usr/lib/*/gconv "$work/base/usr/share/doc" "$work/base/usr/share/man" "$work/base/usr/share/locale"
  echo 'root:x:0:0:root:/root:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' >"$work/base/etc/passwd"
  echo 'root:x:0:
nonroot:x:65532:' >"$work/base/etc/group"
  mkdir -p "$work/base/home/nonroot" "$work/base/tmp"
  chown 65532:65532 "$work/base/home/nonroot"
  chmod 1777 "$work/base/tmp"
  tar -C "$work/base" -c . | docker import --change 'ENV PATH=/usr/local/bin:/usr/bin:/bin' \
    --change 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt' - natter-offline/base >/dev/null
}

# A Debian with Node and npm, as node:26-bookworm-slim is one.
build() {
  debootstrap --variant=minbase --include=ca-certificates,libatomic1 bookworm "$work/build" "$mirror" >/dev/null
  rm -rf "$work/build"/var/cache/apt/* "$work/build"/var/lib/apt/lists/*
  cp "$(readlink -f node_modules/.bin/node)" "$work/build/usr/local/bin/node"
  cp -r "$(npm root --global)/npm" "$work/build/usr/local/lib/npm"
  ln -s ../lib/npm/bin/npm-cli.js "$work/build/usr/local/bin/npm"
  ln -s ../lib/npm/bin/npx-cli.js "$work/build/usr/local/bin/npx"
  cp /etc/ssl/certs/ca-certificates.crt "$work/build/etc/ssl/certs/"
  tar -C "$work/build" -c . | docker import --change 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    --change 'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt' - natter-offline/build >/dev/null
}

base
build
docker image ls natter-offline/base natter-offline/build 2>/dev/null || docker images 'natter-offline/*'
