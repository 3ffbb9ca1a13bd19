# Operator and console from one file: --target operator or --target console. The user interface is built before
# (make web), so that the image build needs no Node.
ARG BUILDER=registry.access.redhat.com/ubi9/go-toolset:latest
ARG BASE=registry.access.redhat.com/ubi9/ubi-micro:latest

FROM ${BUILDER} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY api api
COPY cmd cmd
COPY controllers controllers
COPY internal internal
COPY web web
ARG VERSION=unknown
# The validated version of Go's own cryptographic module: the binaries run in FIPS 140-3 mode.
RUN CGO_ENABLED=0 GOFIPS140=v1.0.0 go build -trimpath -ldflags "-s -w -X github.com/geoconsole/geoconsole-operator/internal/console.Version=${VERSION}" -o /out/ ./cmd/operator ./cmd/console

FROM ${BASE} AS operator
COPY --from=build /out/operator /operator
USER 65532:65532
ENTRYPOINT ["/operator"]

FROM ${BASE} AS console
COPY --from=build /out/console /console
USER 65532:65532
ENTRYPOINT ["/console"]
