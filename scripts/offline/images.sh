#!/usr/bin/env bash
# Makes the images that docker-compose.yml and k8s/ take from a registry, for machines that reach none: from Debian's
# packages, Go modules and Maven. Needs root, a Docker engine, debootstrap, Go, Maven with a JDK, and a workspace that is
# installed (`npx -y pnpm install`).
#   scripts/offline/images.sh                makes all of them, as natter-offline/NAME
#   scripts/offline/images.sh base nats      makes these
# `docker compose --env-file scripts/offline/compose.env up` uses them.
set -euo pipefail
cd "$(dirname "$0")/../.."
here=$PWD/scripts/offline
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mirror=$(apt-get indextargets --format '$(SITE)' 'Codename: bookworm' | sort -u | head -1)
nats_version=v2.12.15
caddy_version=v2.10.2

# Unpacks Debian packages without their scripts, and without what nothing reads at run time.
unpack() { # FOLDER PACKAGE…
  local folder=$1 debs
  shift
  debs=$(mktemp -d -p "$work")
  mkdir -p "$folder"
  (cd "$debs" && apt-get -o APT::Sandbox::User=root download -qq "$@")
  for package in "$debs"/*.deb; do dpkg-deb -x "$package" "$folder"; done
  rm -rf "$folder"/usr/lib/*/gconv "$folder"/usr/share/{doc,man,locale,info}
}

# What gcr.io/distroless/cc has: glibc, libstdc++, certificates, a user that is not root, and no shell.
base_files() {
  unpack "$1" libc6 libgcc-s1 libstdc++6 ca-certificates tzdata base-files netbase
  cp /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
  echo 'root:x:0:0:root:/root:/sbin/nologin
nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin' >"$1/etc/passwd"
  echo 'root:x:0:
nonroot:x:65532:' >"$1/etc/group"
  mkdir -p "$1/home/nonroot" "$1/tmp"
  chown 65532:65532 "$1/home/nonroot"
  chmod 1777 "$1/tmp"
}

# The official images of NATS and Caddy stand on Alpine: their health checks use its wget.
alpine_like() {
  base_files "$1"
  unpack "$1" busybox-static
  for tool in sh wget nc; do ln -sf busybox "$1/bin/$tool"; done
}

import() { # NAME CHANGE…
  local name=$1 changes=()
  shift
  for change in "$@"; do changes+=(--change "$change"); done
  tar -C "$work/$name" -c . | docker import "${changes[@]}" - "natter-offline/$name" >/dev/null
  rm -rf "${work:?}/$name"
}

base() {
  base_files "$work/base"
  import base 'ENV PATH=/usr/local/bin:/usr/bin:/bin' 'ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt'
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
  import build 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' \
    'ENV NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt'
}

nats() {
  alpine_like "$work/nats"
  GOBIN=$work/go CGO_ENABLED=0 go install "github.com/nats-io/nats-server/v2@$nats_version"
  install -D "$work/go/nats-server" "$work/nats/usr/local/bin/nats-server"
  import nats 'ENV PATH=/usr/local/bin:/usr/bin:/bin' 'ENTRYPOINT ["nats-server"]'
}

caddy() {
  alpine_like "$work/caddy"
  GOBIN=$work/go CGO_ENABLED=0 go install "github.com/caddyserver/caddy/v2/cmd/caddy@$caddy_version"
  install -D "$work/go/caddy" "$work/caddy/usr/bin/caddy"
  import caddy 'ENV PATH=/usr/local/bin:/usr/bin:/bin' 'ENV XDG_DATA_HOME=/data' 'ENV XDG_CONFIG_HOME=/config' \
    'CMD ["caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile"]'
}

# A stand-in: a server that speaks MongoDB's protocol, because MongoDB itself is in no package registry.
mongo() {
  debootstrap --variant=minbase --include=openjdk-17-jre-headless,netcat-openbsd bookworm "$work/mongo" "$mirror" >/dev/null
  rm -rf "$work/mongo"/var/cache/apt/* "$work/mongo"/var/lib/apt/lists/*
  mkdir -p "$work/jar" "$work/mongo/opt/mongo/classes" "$work/mongo/data/db"
  cp "$here"/mongo/* "$work/jar/"
  (cd "$work/jar" && mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib && javac -cp 'lib/*' -d classes Server.java)
  cp -r "$work/jar/lib" "$work/jar/classes" "$work/mongo/opt/mongo/"
  # What docker-compose.yml and k8s/ call: `mongod` with the options of a replica set, and `mongosh` to see that it answers.
  printf '#!/bin/sh\nexec java -Xmx512m -cp "/opt/mongo/classes:/opt/mongo/lib/*" Server /data/db/data.mv\n' >"$work/mongo/usr/bin/mongod"
  printf '#!/bin/sh\nexec nc -z 127.0.0.1 27017\n' >"$work/mongo/usr/bin/mongosh"
  chmod +x "$work"/mongo/usr/bin/mongo{d,sh}
  import mongo 'ENTRYPOINT ["mongod"]' 'VOLUME ["/data/db"]' 'ENV PATH=/usr/sbin:/usr/bin:/sbin:/bin'
}

for image in ${@:-base build nats caddy mongo}; do
  "$image"
  docker images --format '{{.Repository}}  {{.Size}}' "natter-offline/$image"
done
