#!/bin/sh
# Copies the Node of the lockfile, and the library that it needs beside glibc and libstdc++, as they stand below /usr.
# Usage: take-node.sh FOLDER
set -eu
node=$(readlink -f node_modules/.bin/node)
mkdir -p "$1/local/bin" "$1/lib"
cp "$node" "$1/local/bin/node"
# The default path of glibc's loader includes /usr/lib.
cp "$(ldd "$node" | sed -n 's/.*libatomic\.so\.1 => \([^ ]*\).*/\1/p')" "$1/lib/libatomic.so.1"
"$1/local/bin/node" --version
