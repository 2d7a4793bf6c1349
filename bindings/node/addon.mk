# The addon: build/node/llmspell.node, and a link to it where the package looks first. Cargo decides by itself whether there
# is anything to do.
NODE_ADDON := $(BUILD)/node/llmspell.node
NODE_LIBRARY := $(dir $(STATICLIB))libllmspell_node$(if $(filter Darwin,$(shell uname -s)),.dylib,.so)

.PHONY: node-addon node-cargo

node-addon: $(NODE_ADDON)
	ln -sfn ../../$(NODE_ADDON) bindings/node/llmspell.node

node-cargo:
	@scripts/need-toolchain "$(CARGO)" "$(CC)"
	$(CARGO) build --locked --profile $(PROFILE) --target-dir $(TARGET_DIR) -p llmspell-node

$(NODE_LIBRARY): node-cargo ;

# Moved into place: a program that has the old one loaded keeps it.
$(NODE_ADDON): $(NODE_LIBRARY)
	@mkdir -p $(@D)
	cp $< $@.new
	$(if $(filter dist,$(PROFILE)),strip $@.new)
	mv $@.new $@
