# GeoConsole. `make` prints what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# What is built once and found again, outside the tree.
export GEOCONSOLE_CACHE ?= $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/geoconsole
# Without cgo everything is compiled once for tests, tools and images alike; only the race detector needs it.
export CGO_ENABLED := 0
# Without the checkout's path in what is compiled, another clone finds it again.
export GOFLAGS := $(strip $(GOFLAGS) -trimpath)
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X github.com/geoconsole/geoconsole-operator/internal/console.Version=$(VERSION)
CONTROLLER_GEN := go tool -modfile=hack/tools.mod controller-gen
# The specs mostly wait for API servers, so that two run beside each other where there are many.
GINKGO = KUBEBUILDER_ASSETS="$$(go run ./hack/kubernetes/build)" go tool -modfile=hack/tools.mod ginkgo --timeout=30m
GOLANGCI_LINT := $(GEOCONSOLE_CACHE)/golangci-lint/$(shell cat hack/lint/go.mod hack/lint/go.sum | sha256sum | cut -c1-16)
WEB_SOURCES := $(shell find web -type f -not -path 'web/node_modules/*' -not -path 'web/dist/*' | LC_ALL=C sort)
# What the user interface's sources and Node have given: as Go does with its own, they are built and tested once.
WEB_CACHE := $(GEOCONSOLE_CACHE)/web/$(shell (node --version; sha256sum $(WEB_SOURCES)) 2>&1 | sha256sum | cut -c1-16)

##@ Main

.PHONY: help
help: ## Print this.
	@awk 'BEGIN {FS = ":.*##"} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*?##/ {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: web nodes ## 120 clusters of three regions in a browser, on real Kubernetes: its own, or HUB_KUBECONFIG and GEO_KUBECONFIG.
	@go build -o bin/demo ./test/e2e/cmd/demo && exec bin/demo $(ARGS)

.PHONY: preview
preview: web ## The same page by plain processes: no Kubernetes, no root.
	@go build -o bin/preview ./test/e2e/cmd/preview && exec bin/preview $(ARGS)

# Side by side in the end: while one waits for API servers, nodes or thresholds, another computes.
.PHONY: test
test: verify lint unit test-web ## Everything: static checks, unit tests, goldens, real API servers, real nodes and browser.
	@$(MAKE) --no-print-directory -j3 e2e controllers remote-and-rules
	@$(MAKE) --no-print-directory hostile

##@ Tests, each layer by itself

FUZZTIME ?= 60s

.PHONY: fuzz
fuzz: ## Every fuzz target for FUZZTIME (60s), one after the other. What it finds is in testdata/fuzz.
	@grep -rno --include='*_test.go' '^func Fuzz[A-Za-z0-9_]*' api cmd controllers internal test | sed -E 's#^(.*)/[^/]*:[0-9]+:func #\1 #' | while read -r package target; do \
		echo "$$package $$target"; \
		go test "./$$package" -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) -parallel 2; \
	done

.PHONY: verify
verify: generate ## Regenerate all that is generated; a change fails.
	go mod tidy -diff
	go test ./test/cel -run TestBudget -v
	git diff --exit-code -- api config || { echo "generated files differ: run 'make generate' and commit them" >&2; exit 1; }

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Rooms, API conventions, style.
	$(GOLANGCI_LINT) run ./...

.PHONY: unit
unit: web ## Pure code and edges: tables, goldens, the proxy under the race detector.
	go test ./api/... ./cmd/... ./internal/geography/... ./internal/health/... ./internal/render/... ./test/xcm/... ./test/bench/... ./web ./hack/cache/... ./hack/compile/... ./hack/debian/... ./hack/docs/... ./hack/kubernetes/... -skip TestReading
	go test ./controllers -skip TestControllers
	CGO_ENABLED=1 go test -race ./internal/console/... ./internal/proxy/...

.PHONY: test-web
test-web: ## The user interface: types, lint, components.
	@if [ -f $(WEB_CACHE)/tested ]; then echo "ok  	web	(cached)"; else \
		$(MAKE) --no-print-directory web/node_modules/.package-lock.json; \
		(cd web; npm run --silent typecheck; npm run --silent lint; npm run --silent test); \
		mkdir -p $(WEB_CACHE); touch $(WEB_CACHE)/tested; \
	fi

.PHONY: envtest
envtest: controllers remote-and-rules ## Real API servers: CRD rules, controllers, connections, evidence.

# The storm starts 500 operators: the race detector, which watches all the other specs, would treble what that takes.
.PHONY: controllers
controllers: kubernetes
	CGO_ENABLED=1 $(GINKGO) --race --procs=2 --label-filter='!storm' ./controllers
	$(GINKGO) --label-filter=storm ./controllers

.PHONY: remote-and-rules
remote-and-rules: kubernetes
	CGO_ENABLED=1 $(GINKGO) --race --procs=2 ./internal/remote
	$(GINKGO) ./test/cel
	$(GINKGO) ./cmd/geoconsole/evidence

.PHONY: hostile
hostile: web chromium ## Hostile regions in a real browser.
	go test -count=1 ./test/e2e/xss -timeout 20m

.PHONY: e2e
e2e: web nodes chromium ## Real nodes and a real browser (root on Linux; says so where that is not given).
	@if [ "$$(uname)$$(id -u)" = Linux0 ]; then go run ./hack/kubernetes/build --traefik >/dev/null; fi
	@go run ./hack/kubernetes/build --dex >/dev/null
	@go run ./hack/clients/build >/dev/null
	go test -count=1 -p 1 ./hack/browser/... ./test/cluster/... $$(go list ./test/e2e/... | grep -v /e2e/xss$$) -timeout 40m -v

.PHONY: bench
bench: web ## Ratios: the console beside other proxies, its lists beside a region's, one region hanging (docs/bench.md; ARGS=--only=cpu).
	@go build -o bin/bench ./test/bench && exec bin/bench $(ARGS)

##@ Building

.PHONY: build
build: web ## Operator, console and geoconsole into bin/.
	GOFIPS140=v1.0.0 go build -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

.PHONY: generate
generate: ## CRD, RBAC and deep copies from the types.
	$(CONTROLLER_GEN) object paths=./api/...
	$(CONTROLLER_GEN) crd paths=./api/... output:crd:dir=config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=geoconsole-operator paths=./controllers/... output:rbac:dir=config/rbac
	go run ./cmd/geoconsole rbac --only namespace > config/geography-cluster/namespace.yaml
	go run ./cmd/geoconsole rbac --only account > config/geography-cluster/service_account.yaml
	go run ./cmd/geoconsole rbac --only rights > config/geography-cluster/role.yaml
	go run ./cmd/geoconsole rbac --hub --namespace system > config/rbac/console_role.yaml

.PHONY: web
web: web/dist/index.html ## The user interface, built into web/dist.

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	@touch $@

web/dist/index.html: $(WEB_SOURCES)
	@if [ -f $(WEB_CACHE)/dist.tar ]; then \
		find web/dist -mindepth 1 ! -name .gitkeep -delete; \
		tar -C web/dist -xf $(WEB_CACHE)/dist.tar; \
	else \
		$(MAKE) --no-print-directory web/node_modules/.package-lock.json; \
		(cd web; npm run --silent build); \
		mkdir -p $(WEB_CACHE); \
		tar -C web/dist --exclude=.gitkeep -cf $(WEB_CACHE)/dist.tar.new .; \
		mv $(WEB_CACHE)/dist.tar.new $(WEB_CACHE)/dist.tar; \
	fi
	@touch $@

.PHONY: kubernetes
kubernetes: ## Kubernetes itself, from Go modules, into the cache (minutes when it is empty).
	go run ./hack/kubernetes/build >/dev/null

.PHONY: nodes
nodes: ## What real nodes need besides, where they can run, into the cache.
	@if [ "$$(uname)$$(id -u)" = Linux0 ]; then go run ./hack/kubernetes/build --nodes >/dev/null; fi

.PHONY: chromium
chromium: ## A headless Chromium for the tests, into the cache.
	go run ./hack/browser/cmd/chromium >/dev/null

$(GOLANGCI_LINT):
	@echo "building golangci-lint with kube-api-linter (minutes, once)"
	mkdir -p $(@D)
	go build -C hack/lint -o $@ sigs.k8s.io/kube-api-linter/cmd/golangci-lint-kube-api-linter

.PHONY: clean
clean: ## Remove what was built in the tree.
	rm -rf bin web/node_modules test/e2e/browser/node_modules
	find web/dist -mindepth 1 ! -name .gitkeep -delete
