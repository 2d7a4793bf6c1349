# Benchmarks: llmspell beside its peers (bench/README.md). BENCH="chat json" picks rows, BENCH_ROUNDS=N the rounds,
# QUICK=1 a run of about a minute.

.PHONY: bench bench-node bench-openresty bench-peers bench-profile bench-tools setup-bench

BENCH_WORK := build/bench
BENCH_STAMP := bench/dist/.built
BENCH_SOURCES := $(shell find bench/src -name '*.ts') bench/package.json bench/tsconfig.build.json tsconfig.base.json
BENCH_PROGRAMS := $(addprefix $(BENCH_WORK)/bin/,server bare load)
BENCH_CC = $(CC) -std=c99 -O2 -Wall -Wextra -Werror

bench: setup-bench ## measure llmspell beside its peers; BENCH="chat json" picks rows, QUICK=1 takes a minute
	$(MAKE) --no-print-directory dist bench-tools
	node bench/dist/main.js $(if $(QUICK),--quick) $(if $(BENCH_ROUNDS),--rounds $(BENCH_ROUNDS)) $(BENCH)

bench-openresty: ## measure llmspell in one nginx worker beside a proxy written by hand and proxy_pass; QUICK=1 takes a minute
	$(MAKE) --no-print-directory bench BENCH=openresty

bench-node: ## measure @rs/llmspell beside fetch, openai-node, the AI SDK and LangChain.js (make bench-peers brings these); QUICK=1 takes a minute
	$(MAKE) --no-print-directory bench BENCH=node

# One row's client alone under perf or callgrind, e.g. make bench-profile ROW=stream.
bench-profile: setup-bench ## where the time goes in one row: ROW=chat|plain|stream|apart|tool, LUA=lua5.4, WITH=perf|callgrind
	$(MAKE) --no-print-directory bench-tools
	$(MAKE) --no-print-directory lua PROFILE=profiled
	scripts/bench-profile $(or $(ROW),chat) $(or $(LUA),lua5.4) $(or $(WITH),perf)

bench-peers: setup-bench ## openai-node, the AI SDK, LangChain.js and rig for the benchmarks, from their registries
	npm ci --silent --prefix bench/peers/openai
	npm ci --silent --prefix bench/peers/ai-sdk
	npm ci --silent --prefix bench/peers/langchain
	$(CARGO) build --release --locked --manifest-path bench/peers/rig/Cargo.toml --target-dir $(BENCH_WORK)/rig

setup-bench:
	@scripts/setup bench

bench-tools: $(BENCH_STAMP) $(BENCH_PROGRAMS)

$(BENCH_STAMP): $(BENCH_SOURCES) node_modules/.llmspell-lock
	npm run --silent build -w bench
	touch $@

$(BENCH_WORK)/bin/server: bench/peers/c/server.c bench/peers/c/answers.c bench/peers/c/answers.h
	@mkdir -p $(@D)
	$(BENCH_CC) -o $@ $(filter %.c,$^)

$(BENCH_WORK)/bin/%: bench/peers/c/%.c
	@mkdir -p $(@D)
	$(BENCH_CC) -o $@ $<
