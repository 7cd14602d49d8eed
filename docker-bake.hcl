# Builds every image: `docker buildx bake`. For two machines: `docker buildx bake --set '*.platform=linux/amd64,linux/arm64'`.
variable "IMAGES" { default = "natter" }
variable "VERSION" { default = "dev" }
variable "REVISION" { default = "unknown" }
variable "BUILD_IMAGE" { default = "node:26-bookworm-slim" }
variable "BASE_IMAGE" { default = "gcr.io/distroless/cc-debian12:nonroot" }

group "default" {
  targets = ["service"]
}

target "service" {
  name   = service.name
  matrix = {
    service = [
      { name = "gateway", target = "gateway-web" },
      { name = "gateway-only", target = "gateway" },
      { name = "persistence", target = "persistence" },
      { name = "llm-worker", target = "llm-worker" },
      { name = "demo-model", target = "demo-model" },
      { name = "load", target = "load" },
    ]
  }
  target = service.target
  tags   = ["${IMAGES}-${service.name}:${VERSION}"]
  args   = {
    BUILD_IMAGE = BUILD_IMAGE
    BASE_IMAGE  = BASE_IMAGE
    VERSION     = VERSION
    REVISION    = REVISION
  }
  network = "host"
  secret  = ["type=file,id=npmrc,src=${NPMRC}"]
}

variable "NPMRC" { default = "/dev/null" }
