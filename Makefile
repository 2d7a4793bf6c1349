# Every entry point. `make help` lists them.
#
# PROFILE=release (default) builds into build/; PROFILE=ci adds debug assertions and overflow checks and builds into
# build/ci, which is what `make test` runs every host on; PROFILE=dist is what ships.

# What is installed is what ships.
PROFILE ?= $(if $(filter install install-lua,$(MAKECMDGOALS)),dist,release)
BUILD ?= $(if $(filter release,$(PROFILE)),build,build/$(PROFILE))

export PATH := $(shell scripts/env)
CARGO ?= cargo
CFLAGS ?= -O2 -g
TARGET_DIR ?= $(or $(CARGO_TARGET_DIR),target)
TARGET := $(TARGET_DIR)/$(PROFILE)
STATICLIB := $(TARGET)/libllmspell_c.a
HEADER := llmspell-c-api/include/llmspell.h
SYMBOLS := llmspell-c-api/abi/llmspell.symbols
SONAME := libllmspell.so.0

# What a shared object of ours has in common: nothing exported but what is listed, never unloaded (a thread of ours may
# still run), relocations read-only, no library that isn't used.
C_FLAGS := -std=c99 -fPIC -fvisibility=hidden -ffunction-sections -fdata-sections -Wall -Wextra -Illmspell-c-api/include
LIBFLAG ?= -shared
LINK_FLAGS = $(LIBFLAG) $(LDFLAGS) -Wl,--gc-sections -Wl,-z,nodelete -Wl,-z,relro,-z,now -Wl,--as-needed
RUST_LIBS := -lpthread -ldl -lm -lgcc_s -lc

# LUA_SOURCES, LUA_HEADERS, LUA_CFLAGS and LUA_DEFINES.
include bindings/lua/build.mk
LUA_CC ?= $(CC)
LUA_LD ?= $(CC)
LUA_OBJECTS := $(LUA_SOURCES:bindings/lua/src/%.c=$(BUILD)/obj/lua/%.o)
LUA_EXPORTS := $(BUILD)/obj/lua/exports.map
LIB_EXPORTS := $(BUILD)/obj/lib/exports.map

TOOLS := node ts-tools/bin/ts-tools.js
TOOLS_STAMP := ts-tools/dist/.built
TOOLS_SOURCES := $(shell find ts-tools/src -name '*.ts' 2>/dev/null) ts-tools/package.json ts-tools/tsconfig.build.json tsconfig.base.json

.DELETE_ON_ERROR:
.PHONY: help build lib lua staticlib dist demo gateway chat assistant test torture corpus conformance lint gen abi-baseline tools setup-demo setup-gateway setup-assistant setup-test setup-lint clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# --- build ---------------------------------------------------------------------------------------------------------

build: lib lua node ## leave build/lua/llmspell.so, build/lib/libllmspell.{so,a}, build/include/llmspell.h and the Node package

dist: ## the same as it ships: one unit, link-time optimised, stripped (build/dist)
	$(MAKE) build PROFILE=dist

# Cargo decides by itself whether there is anything to do; the files it leaves decide what is linked again.
staticlib:
	@scripts/need-toolchain "$(CARGO)" "$(LUA_CC)"
	$(CARGO) build --locked --profile $(PROFILE) --target-dir $(TARGET_DIR) -p llmspell-c-api

$(STATICLIB): staticlib ;

lib: $(BUILD)/lib/libllmspell.a $(BUILD)/lib/libllmspell.so $(BUILD)/include/llmspell.h

lua: $(BUILD)/lua/llmspell.so

$(BUILD)/lib/libllmspell.a: $(STATICLIB)
	@mkdir -p $(@D)
	cp $< $@

$(BUILD)/include/llmspell.h: $(HEADER)
	@mkdir -p $(@D)
	cp $< $@

$(LIB_EXPORTS): $(SYMBOLS)
	@mkdir -p $(@D)
	{ echo '{ global:'; sed '/^#/d;/^$$/d;s/$$/;/' $<; echo 'local: *; };'; } > $@

# From the static library, so that the SONAME and the committed list of symbols hold: -u pulls each of them in.
$(BUILD)/lib/$(SONAME): $(STATICLIB) $(LIB_EXPORTS)
	@mkdir -p $(@D)
	$(CC) $(LINK_FLAGS) -Wl,-soname,$(SONAME) -Wl,--version-script,$(LIB_EXPORTS) \
	  $$(sed '/^#/d;/^$$/d;s/^/-Wl,-u,/' $(SYMBOLS)) -o $@ $(STATICLIB) $(RUST_LIBS)
	$(if $(filter dist,$(PROFILE)),strip $@)

$(BUILD)/lib/libllmspell.so: $(BUILD)/lib/$(SONAME)
	ln -sf $(SONAME) $@

# Its date changes with LUA_ABI, so that what depends on the choice is made again.
.PHONY: force
$(BUILD)/obj/lua/abis: force
	@mkdir -p $(@D)
	@echo $(LUA_CHOSEN) | cmp -s - $@ || echo $(LUA_CHOSEN) >$@

$(BUILD)/obj/lua/%.o: bindings/lua/src/%.c $(LUA_HEADERS) $(HEADER) $(BUILD)/obj/lua/abis
	@mkdir -p $(@D)
	$(strip $(LUA_CC) $(C_FLAGS) $(CFLAGS) $(LUA_CFLAGS) $(LUA_DEFINES)) -c -o $@ $<

$(LUA_EXPORTS): Makefile
	@mkdir -p $(@D)
	echo '{ global: luaopen_llmspell; local: *; };' > $@

$(BUILD)/lua/llmspell.so: $(LUA_OBJECTS) $(STATICLIB) $(LUA_EXPORTS) $(BUILD)/obj/lua/abis
	@mkdir -p $(@D)
	$(LUA_LD) $(LINK_FLAGS) -Wl,--exclude-libs,ALL -Wl,--version-script,$(LUA_EXPORTS) -o $@ $(LUA_OBJECTS) $(STATICLIB) $(RUST_LIBS)
	$(if $(filter dist,$(PROFILE)),strip $@)

# --- install -------------------------------------------------------------------------------------------------------

include scripts/install.mk
include bench/bench.mk

# --- Node ----------------------------------------------------------------------------------------------------------

include bindings/node/build.mk

# --- tools and generated files -------------------------------------------------------------------------------------

tools: $(TOOLS_STAMP) ## compile ts-tools

node_modules/.llmspell-lock: package-lock.json
	scripts/setup npm

$(TOOLS_STAMP): $(TOOLS_SOURCES) node_modules/.llmspell-lock
	npm run --silent build -w ts-tools
	touch $@

gen: tools ## write every generated file again: the error tables, the header, the IR, the bindings
	$(TOOLS) errors
	$(CARGO) run --quiet --locked -p llmspell-header
	$(TOOLS) gen

abi-baseline: tools ## make the C API as it is the baseline that later ones are compared with (CONTRIBUTING.md)
	$(TOOLS) abi --renew

# --- demo, tests, checks -------------------------------------------------------------------------------------------

setup-demo:
	@scripts/setup demo

setup-test:
	@scripts/setup test

demo: setup-demo ## an agent with a tool, from Lua: by the embedded demo provider, then over HTTP
	$(MAKE) --no-print-directory lua tools
	BUILD=$(BUILD) scripts/demo

setup-gateway:
	@scripts/setup gateway

gateway: setup-gateway ## examples/openresty/gateway in nginx, here: a chat page and OpenAI's interface; MODEL=openai/gpt-4o names the model, PORT the port
	$(MAKE) --no-print-directory lua
	MODEL=$(MODEL) BUILD=$(abspath $(BUILD)) examples/openresty/gateway/start build/gateway $(PORT)

chat: setup-demo ## examples/node/chat, here: a React page and its Express server; MODEL=openai/gpt-4o names the model, PORT the port
	$(MAKE) --no-print-directory node
	npm run --silent build -w examples/node
	MODEL=$(or $(MODEL),demo/demo-1) PORT=$(or $(PORT),3000) node examples/node/chat/server.mjs

assistant: setup-assistant ## examples/neovim/assistant.nvim in Neovim: a chat that edits FILE; MODEL=openai/gpt-4o names the model
	$(MAKE) --no-print-directory lua
	MODEL=$(MODEL) BUILD=$(abspath $(BUILD)) examples/neovim/assistant.nvim/start $(FILE)

setup-assistant:
	@scripts/setup assistant

test: setup-test ## build with the profile `ci` and run every suite on that build; SUITES="lua54 rust" runs some
	$(MAKE) --no-print-directory tools
	BUILD=build/ci scripts/test $(SUITES)

corpus: setup-test ## replay recorded exchanges with providers from Lua and in the core: FOLDERS="…" or LLMSPELL_CORPUS names them, LUA=lua5.1 asks from another Lua
	$(MAKE) --no-print-directory build tools PROFILE=ci
	BUILD=build/ci LUA=$(or $(LUA),lua5.4) $(TOOLS) corpus $(FOLDERS)

conformance: setup-test ## run the conformance cases in every host and print the table; CASES="tools/ limits/" runs some
	$(MAKE) --no-print-directory build tools PROFILE=ci
	BUILD=build/ci scripts/run-conformance $(CASES)

torture: setup-test ## fuzz and run tests under sanitizers and Valgrind for long: TORTURE_SECONDS for each fuzz target, SUITES="fuzz" runs some
	$(MAKE) --no-print-directory build tools PROFILE=ci
	BUILD=build/ci scripts/torture $(SUITES)

setup-lint:
	@scripts/setup lint

lint: setup-lint tools node-ts ## formatting and lints of every language
	$(CARGO) fmt --all --check
	$(CARGO) clippy --quiet --locked --workspace --all-targets -- -D warnings
	npm run --silent check -w ts-tools
	npm run --silent check -w bench
	npm run --silent check -w bindings/node
	npm run --silent check -w examples/node
	shellcheck -x $(SHELL_SCRIPTS)
	@if command -v cargo-deny >/dev/null; then cargo deny --offline check licenses bans sources; \
	else echo 'cargo-deny is not installed: licences, bans and sources are checked by `make test` alone'; fi

SHELL_SCRIPTS := $(shell grep -lE "^.!/bin/(ba)?sh" scripts/* examples/openresty/*/start .ci/* 2>/dev/null)

clean: ## remove what was built, but not what cargo and npm keep
	rm -rf build ts-tools/dist bench/dist bindings/node/dist examples/node/chat/dist
	rm -f bindings/lua/src/*.o llmspell.so # what LuaRocks leaves
	rm -f bindings/node/llmspell.node

distclean: clean ## remove that as well
	rm -rf target node_modules .tools
