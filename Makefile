# Huiju: `make run` does the main job, `make test` passes the tests; both install what they need or say what is missing.
.DEFAULT_GOAL := help
SHELL := /bin/bash
CARGO ?= cargo

.PHONY: help run test verify lint doc bench bench-center bench-directory bench-subscribers outside test-tools bless

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

need-rust:
	@command -v $(CARGO) >/dev/null || { echo '缺少 Rust：请先安装 Rust 1.95 或更新版本 Rust is missing: install 1.95 or newer (rustup)'; exit 1; }
	@command -v cc >/dev/null || { echo '缺少 C 编译器：例如 apt-get install build-essential a C compiler is missing: for example apt-get install build-essential'; exit 1; }

run: need-rust ## build in release mode and start the demonstration on 127.0.0.1:8080
	exec $(CARGO) run --release --locked -p huiju -- up --demo

test: need-rust test-tools ## all tests: rules, properties, stories through real processes, a real browser
	$(CARGO) build --workspace --bins --tests --locked # with the tests, or every crate of ours is compiled twice
	$(CARGO) test --workspace --locked

lint: need-rust ## formatting, lints, and what may come into the tree
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	@if command -v cargo-deny >/dev/null; then $(CARGO) deny --locked check bans licenses sources; \
	  else echo '未安装 cargo-deny，略过许可证与依赖来源检查（cargo install cargo-deny 可安装） cargo-deny is not installed: licences and sources are not checked'; fi

doc: need-rust ## the documentation of the crates; a broken link fails
	RUSTDOCFLAGS='-D warnings' $(CARGO) doc --workspace --no-deps --locked

verify: export HUIJU_KILL_ROUNDS ?= 20
verify: lint doc test ## what CI runs: lints, documentation, and the tests with more kills

bench: need-rust ## the figures in ARCHITECTURE.md
	$(CARGO) build --release --locked -p huiju
	$(CARGO) run --release --locked -p stories --bin bench

bench-center: need-rust ## what a county costs the centre: ROWS="county:100000 village:20000"
	$(CARGO) bench --locked -p center --bench county -- $(ROWS)

bench-directory: need-rust ## a directory of many services, and what it is measured beside: SERVICES=1000000 or DATA=folder of rows, FOLDER=where the log is kept, MEMORY=limit in MiB, PEERS="NAME=URL,QUERYFILE ..."
	@command -v wrk >/dev/null || { echo '缺少 wrk（HTTP 压测工具）：apt-get install wrk wrk, which asks over HTTP, is missing: apt-get install wrk'; exit 1; }
	$(CARGO) build --release --locked -p huiju
	STORIES_HUIJU=$$($(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release/huiju \
	  $(CARGO) bench --locked -p stories --bench size -- $(if $(DATA),--data $(abspath $(DATA)),--services $(or $(SERVICES),10000)) $(if $(FOLDER),--folder $(abspath $(FOLDER))) \
	  $(if $(MEMORY),--memory-limit $(MEMORY)) $(foreach peer,$(PEERS),--peer '$(peer)')

bench-subscribers: need-rust ## how soon 1, 100 and 10,000 subscribers have an event: SUBSCRIBERS=1,100,10000 PLOT=folder for a drawing; needs ulimit -n 13500
	$(CARGO) build --release --locked -p huiju
	STORIES_HUIJU=$$($(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/release/huiju \
	  $(CARGO) bench --locked -p stories --bench subscribers -- $(if $(SUBSCRIBERS),--subscribers $(SUBSCRIBERS)) $(if $(PLOT),--plot $(abspath $(PLOT)))

outside: need-rust ## the clients of others (Apollo, urql, Relay, graphql-ws, graphql-codegen) over a demonstration; needs Node and its registry
	$(CARGO) build --locked -p huiju
	tests/outside/run.sh $$($(CARGO) metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')/debug/huiju

bless: need-rust ## rewrite what is generated (SDL, OpenAPI, JSON Schema, notices) after a change that is meant
	HUIJU_BLESS=1 $(CARGO) test --workspace --locked

test-tools: ## install Chromium, its driver and nginx for the stories, where apt is at hand
	@ops/test-tools.sh
