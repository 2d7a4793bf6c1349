-- Written by `ts-tools rockspecs` from Cargo.toml and bindings/lua/build.mk; change those and run `make gen`.

rockspec_format = "3.0"
package = "llmspell"
version = "0.1.0-1"
source = {
  url = "git+https://llmspell.invalid/llmspell.git",
  tag = "v0.1.0",
  dir = "llmspell",
}
description = {
  summary = "LLM agents with tools and conversations, streamed or whole",
  detailed = [[
llmspell gives Lua programs LLM agents that stream, hold a conversation and call Lua functions as tools.
Compiles the Lua module alone, against a libllmspell of this or a newer release that is installed: `make install` of
the project puts it into a prefix, which LLMSPELL_DIR names when LuaRocks does not look there.
]],
  license = "MIT OR Apache-2.0",
  labels = { "llm", "ai", "agent", "openai" },
}
supported_platforms = { "linux" }
dependencies = { "lua >= 5.1, < 5.6" }
external_dependencies = {
  LLMSPELL = {
    header = "llmspell.h",
    library = "llmspell",
  },
}
build = {
  type = "builtin",
  modules = {
    llmspell = {
      sources = {
        "bindings/lua/src/open.c",
        "bindings/lua/src/library.c",
        "bindings/lua/src/shim_51.c",
        "bindings/lua/src/shim_52.c",
        "bindings/lua/src/shim_53.c",
        "bindings/lua/src/shim_54.c",
        "bindings/lua/src/shim_55.c",
        "bindings/lua/src/driver.gen.c",
      },
      defines = { "LS_SHARED_LIBRARY" },
      libraries = { "llmspell", "pthread", "dl", "m" },
      incdirs = { "$(LLMSPELL_INCDIR)" },
      libdirs = { "$(LLMSPELL_LIBDIR)" },
    },
  },
  copy_directories = { "bindings/lua/meta" },
}
