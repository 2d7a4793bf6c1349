# @rs/llmspell: `make node` leaves build/node/llmspell.node and bindings/node/dist, and a link to that addon where the
# package looks first.
NODE_DIST := bindings/node/dist
NODE_STAMP := $(NODE_DIST)/.built
NODE_SOURCES := $(shell find bindings/node/ts -name '*.ts' 2>/dev/null) bindings/node/package.json \
  $(wildcard bindings/node/tsconfig*.json) tsconfig.base.json

# Entries whose peers have one copy for `import` and one for `require` are compiled twice: they take the core from the package
# itself, which has one.
NODE_TWICE := $(wildcard bindings/node/ts/ai bindings/node/ts/langchain)

.PHONY: node node-ts node-pack

node: node-ts node-addon ## leave build/node/llmspell.node and bindings/node/dist: `@rs/llmspell`, as Node finds it from here

node-ts: $(NODE_STAMP)

$(NODE_STAMP): $(NODE_SOURCES) $(TOOLS_STAMP) node_modules/.llmspell-lock
	rm -rf $(NODE_DIST)
	npm run --silent build -w bindings/node
	$(TOOLS) node-esm bindings/node
	$(if $(NODE_TWICE),npm exec --silent -w bindings/node -- tsc -p tsconfig.esm.json)
	$(if $(NODE_TWICE),echo '{ "type": "module" }' >$(NODE_DIST)/esm/package.json)
	touch $@

# make node-pack PROFILE=dist is what is published.
node-pack: node ## leave the tarballs of @rs/llmspell and of this platform's binary in build/node-pack
	$(TOOLS) node-pack --addon $(BUILD)/node/llmspell.node --out $(BUILD)/node-pack

include bindings/node/addon.mk
