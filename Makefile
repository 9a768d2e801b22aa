# `make` prints the targets. `make verify` is what CI runs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

GO          ?= go
VERSION     ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
FUZZTIME    ?= 2s
BENCH       ?= .

STATICCHECK_VERSION := v0.8.2
STATICCHECK_BIN     := $(CURDIR)/bin/tools/staticcheck-$(STATICCHECK_VERSION)

##@ Building and running

.PHONY: build
build: ## build bin/quipu, static
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/quipu ./cmd/quipu

.PHONY: run
run: build ## build, and run a cluster of three nodes in this terminal
	bin/quipu dev

.PHONY: clean
clean: ## remove what was built; data of nodes stays
	rm -rf bin

##@ Checking

.PHONY: test
test: ## run the tests
	$(GO) test -timeout 10m ./...

.PHONY: race
race: ## run the tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race -timeout 15m ./...

.PHONY: fmt
fmt: ## fail if a file is not formatted
	@files=$$(gofmt -l .); if [ -n "$$files" ]; then echo "not formatted, run gofmt -w:"; echo "$$files"; exit 1; fi

.PHONY: vet
vet: ## run go vet
	$(GO) vet ./...

.PHONY: staticcheck
staticcheck: $(STATICCHECK_BIN)/staticcheck ## run staticcheck, installed into bin/tools
	$(STATICCHECK_BIN)/staticcheck ./...

$(STATICCHECK_BIN)/staticcheck:
	GOBIN=$(STATICCHECK_BIN) $(GO) install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (2s); longer by hand, FUZZTIME=1m
	@grep -rl --include='*_test.go' '^func Fuzz' . | xargs -n1 dirname | sort -u | while read -r dir; do \
		for target in $$(grep -hoE '^func Fuzz[A-Za-z0-9_]+' "$$dir"/*_test.go | sed 's/^func //'); do \
			echo "fuzz $$dir $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 1x "$$dir" </dev/null; \
		done; \
	done

.PHONY: e2e
e2e: ## run the tests with real processes: import, kill the leader, compare every node
	$(GO) test -count=1 -timeout 10m -v -run 'TestEndToEnd|TestDev' ./cmd/quipu

.PHONY: verify
verify: fmt vet staticcheck test race fuzz e2e ## all of the above: what CI runs

##@ Measuring

.PHONY: bench
bench: build ## measure a cluster of three nodes on this machine and print a table
	$(GO) run ./node/clustertest/bench --binary bin/quipu

.PHONY: bench-go
bench-go: ## run the Go benchmarks of each layer; BENCH selects, e.g. BENCH=Append
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem ./...

##@ Help

.PHONY: help
help: ## print the targets
	@awk 'BEGIN { FS = ":.*## "; print "make TARGET" } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z0-9]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
