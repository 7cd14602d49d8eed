# One image for each service. `docker buildx bake` builds all of them; see docs/operations.md.
#
# BUILD_IMAGE needs Node 20 or newer with npm. BASE_IMAGE needs glibc, libstdc++ and CA certificates, and nothing else:
# the images bring the Node of the lockfile.
ARG BUILD_IMAGE=node:26-bookworm-slim
ARG BASE_IMAGE=gcr.io/distroless/cc-debian12:nonroot

FROM ${BUILD_IMAGE} AS workspace
WORKDIR /natter
ENV CI=true PNPM_HOME=/pnpm
# The lockfile changes less often than the sources, so this layer stays.
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY deploy/docker/pnpm.sh /usr/local/bin/pnpm
RUN --mount=type=cache,id=natter-pnpm,target=/pnpm/store --mount=type=secret,id=npmrc \
    pnpm fetch && rm -rf node_modules
COPY . .

# Node as the lockfile has it, for the machine that the image is for.
FROM workspace AS node
RUN --mount=type=cache,id=natter-pnpm,target=/pnpm/store \
    pnpm install --offline --frozen-lockfile --prod --filter natter && deploy/docker/take-node.sh /out

FROM workspace AS page
RUN --mount=type=cache,id=natter-pnpm,target=/pnpm/store \
    pnpm install --offline --frozen-lockfile --filter @natter/web... && node_modules/.bin/node apps/web/scripts/build.ts

FROM workspace AS gateway-files
RUN --mount=type=cache,id=natter-pnpm,target=/pnpm/store deploy/docker/take-service.sh services/gateway /out

FROM workspace AS persistence-files
RUN --mount=type=cache,id=natter-pnpm,target=/pnpm/store deploy/docker/take-service.sh services/persistence /out

FROM workspace AS llm-worker-files
RUN --mount=type=cache,id=natter-pnpm,target=/pnpm/store deploy/docker/take-service.sh services/llm-worker /out

FROM workspace AS demo-model-files
RUN --mount=type=cache,id=natter-pnpm,target=/pnpm/store deploy/docker/take-service.sh apps/demo-model /out

FROM workspace AS load-files
RUN --mount=type=cache,id=natter-pnpm,target=/pnpm/store deploy/docker/take-service.sh load /out

FROM ${BASE_IMAGE} AS base
ARG VERSION=dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="natter" \
      org.opencontainers.image.description="Chat over NATS: a real-time AI chat backbone" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=node /out /usr
COPY deploy/docker/health-check.ts /natter/health-check.ts
ENV NODE_ENV=production
WORKDIR /natter
# 65532 is `nonroot` in distroless images. A number lets Kubernetes see that it is not root.
USER 65532:65532

FROM base AS gateway
COPY --from=gateway-files /out /natter
ENV NATTER_HOST=0.0.0.0 PORT=8080
EXPOSE 8080
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["node", "health-check.ts", "http://127.0.0.1:8080/livez"]
CMD ["node", "services/gateway/src/main.ts"]

FROM gateway AS gateway-web
COPY --from=page /natter/apps/web/dist /natter/apps/web/dist

FROM base AS persistence
COPY --from=persistence-files /out /natter
ENV NATTER_HEALTH_PORT=8081
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["node", "health-check.ts", "http://127.0.0.1:8081/livez"]
CMD ["node", "services/persistence/src/main.ts"]

FROM base AS llm-worker
COPY --from=llm-worker-files /out /natter
ENV NATTER_HEALTH_PORT=8081
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["node", "health-check.ts", "http://127.0.0.1:8081/livez"]
CMD ["node", "services/llm-worker/src/main.ts"]

FROM base AS demo-model
COPY --from=demo-model-files /out /natter
ENV NATTER_HOST=0.0.0.0 PORT=8082
EXPOSE 8082
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD ["node", "health-check.ts", "http://127.0.0.1:8082/v1/models"]
CMD ["node", "apps/demo-model/src/main.ts"]

# It runs to its end, so nothing asks for its health.
FROM base AS load
COPY --from=load-files /out /natter
ENTRYPOINT ["node", "load/src/main.ts"]
