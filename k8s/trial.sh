#!/usr/bin/env bash
# Puts natter on a cluster for trying, and shows that it keeps its promises there: the system tests, then every step of
# the drill. Needs Docker with buildx, kubectl, Node and a workspace that is installed (`npx -y pnpm install`).
#
#   CONTEXT=default LOAD='k3s ctr images import -' k8s/trial.sh
#
# CONTEXT  the kubectl context; natter is installed into its namespace natter
# LOAD     a command that gives the images of the archive on its standard input to the cluster
# OVERLAY  local if unset; offline where the cluster reaches no registry. Then `scripts/offline/images.sh` comes first,
#          and EXTRA='natter-offline/nats natter-offline/mongo' gives those images to the cluster as well
# URL      where the gateway's Service is reached; http://127.0.0.1:30080 if unset
# STEPS    steps of the drill; all if unset
set -euo pipefail
cd "$(dirname "$0")/.."
overlay=${OVERLAY:-local}
url=${URL:-http://127.0.0.1:30080}
kubectl=(kubectl --context "${CONTEXT:?the kubectl context}" --namespace natter)

# The build reaches the registries of packages as this machine does, and it reads a .npmrc if NPMRC names one.
docker buildx bake --allow=network.host --allow="fs.read=${NPMRC:-/dev/null}" --load gateway persistence llm-worker demo-model
# shellcheck disable=SC2086
docker save natter-gateway:dev natter-persistence:dev natter-llm-worker:dev natter-demo-model:dev ${EXTRA:-} |
  bash -c "${LOAD:?a command that loads an archive of images}"

"${kubectl[@]}" apply --kustomize "k8s/overlays/$overlay"
for object in statefulset/nats statefulset/mongo deployment/persistence deployment/llm-worker deployment/gateway; do
  "${kubectl[@]}" rollout status "$object" --timeout=300s
done

TEST_NATTER_URL=$url npx -y pnpm exec vitest run test/any-deployment
# shellcheck disable=SC2086
npx -y pnpm k8s:drill --context "$CONTEXT" --url "$url" ${STEPS:-}
