# Installs what was built, for the Makefile: the C library (`make install`, `make uninstall`) and the Lua module
# (`make install-lua`, `make uninstall-lua`). Nothing is built when nothing changed, so that `make dist` and then
# `sudo make install` needs no cargo for root.

PREFIX ?= /usr/local
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
PKGCONFIGDIR ?= $(LIBDIR)/pkgconfig
DOCDIR ?= $(PREFIX)/share/doc/llmspell
LUA_VERSION ?= 5.4
LUA_CMODULE_DIR ?= $(LIBDIR)/lua/$(LUA_VERSION)
INSTALL ?= install

VERSION := $(shell sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml)
LIBFILE := libllmspell.so.$(VERSION)
LIBLINKS := $(SONAME) libllmspell.so
LICENCES := LICENSE-MIT LICENSE-APACHE

# $(call outdated,FILES,TARGET): TARGET when one of the built FILES is missing or older than a source.
SOURCES := crates llmspell-c-api bindings/lua/src Cargo.toml Cargo.lock
outdated = $(if $(and $(wildcard $(firstword $(1))),$(if $(shell find $(SOURCES) -type f -newer $(firstword $(1)) -print -quit),,fresh)),,$(2))

# $(call remove_from,NAME,FILES) removes files from a folder; $(call remove_empty,NAMES) the folders that are empty then, up
# to PREFIX, unless that is one of the system's.
remove_from = rm -f $(foreach file,$(2),"$(DESTDIR)$($(1))/$(file)")
remove_empty = $(if $(filter /usr /usr/local,$(DESTDIR)$(PREFIX)),,@[ ! -d "$(DESTDIR)$(PREFIX)" ] || { (cd "$(DESTDIR)$(PREFIX)" && \
  for folder in $(foreach name,$(1),$(patsubst $(PREFIX)/%,"%",$(filter $(PREFIX)/%,$($(name))))); do \
    [ ! -d "$$folder" ] || rmdir -p --ignore-fail-on-non-empty "$$folder"; \
  done) && rmdir --ignore-fail-on-non-empty "$(DESTDIR)$(PREFIX)"; })

# Paths go into the pkg-config file and into programs.
need_absolute = $(foreach name,$(1),$(if $(filter-out /%,$(firstword $($(name)))),$(error $(name) is `$($(name))`; write an absolute path, like $(name)=$(CURDIR)/$($(name)))))

.PHONY: install uninstall install-lua uninstall-lua check-install-paths

check-install-paths:
	$(call need_absolute,PREFIX LIBDIR INCLUDEDIR PKGCONFIGDIR DOCDIR LUA_CMODULE_DIR)

install: check-install-paths $(call outdated,$(BUILD)/lib/$(SONAME),lib) ## the C library into PREFIX (/usr/local), below DESTDIR when that is set
	$(INSTALL) -d "$(DESTDIR)$(LIBDIR)" "$(DESTDIR)$(INCLUDEDIR)" "$(DESTDIR)$(PKGCONFIGDIR)" "$(DESTDIR)$(DOCDIR)"
	$(INSTALL) -m 755 $(BUILD)/lib/$(SONAME) "$(DESTDIR)$(LIBDIR)/$(LIBFILE)"
	for link in $(LIBLINKS); do ln -sf $(LIBFILE) "$(DESTDIR)$(LIBDIR)/$$link"; done
	$(INSTALL) -m 644 $(BUILD)/lib/libllmspell.a "$(DESTDIR)$(LIBDIR)/libllmspell.a"
	$(INSTALL) -m 644 $(HEADER) "$(DESTDIR)$(INCLUDEDIR)/llmspell.h"
	sed -e 's|@PREFIX@|$(PREFIX)|' -e 's|@VERSION@|$(VERSION)|' \
	  -e 's|@LIBDIR@|$(patsubst $(PREFIX)/%,$${exec_prefix}/%,$(LIBDIR))|' \
	  -e 's|@INCLUDEDIR@|$(patsubst $(PREFIX)/%,$${prefix}/%,$(INCLUDEDIR))|' \
	  llmspell-c-api/llmspell.pc.in >"$(DESTDIR)$(PKGCONFIGDIR)/llmspell.pc"
	chmod 644 "$(DESTDIR)$(PKGCONFIGDIR)/llmspell.pc"
	$(INSTALL) -m 644 $(LICENCES) "$(DESTDIR)$(DOCDIR)"

uninstall: check-install-paths ## remove it again
	$(call remove_from,LIBDIR,$(LIBFILE) $(LIBLINKS) libllmspell.a)
	$(call remove_from,INCLUDEDIR,llmspell.h)
	$(call remove_from,PKGCONFIGDIR,llmspell.pc)
	$(call remove_from,DOCDIR,$(LICENCES))
	$(call remove_empty,DOCDIR PKGCONFIGDIR LIBDIR INCLUDEDIR)

install-lua: check-install-paths $(call outdated,$(BUILD)/lua/llmspell.so,lua) ## the Lua module into LUA_CMODULE_DIR (PREFIX/lib/lua/LUA_VERSION)
	$(INSTALL) -d "$(DESTDIR)$(LUA_CMODULE_DIR)"
	$(INSTALL) -m 755 $(BUILD)/lua/llmspell.so "$(DESTDIR)$(LUA_CMODULE_DIR)/llmspell.so"

uninstall-lua: check-install-paths ## remove it again
	$(call remove_from,LUA_CMODULE_DIR,llmspell.so)
	$(call remove_empty,LUA_CMODULE_DIR)
