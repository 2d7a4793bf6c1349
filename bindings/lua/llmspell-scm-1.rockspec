-- Written by `ts-tools rockspecs` from Cargo.toml and bindings/lua/build.mk; change those and run `make gen`.

rockspec_format = "3.0"
package = "llmspell"
version = "scm-1"
source = {
  url = "git+https://llmspell.invalid/llmspell.git",
  branch = "main",
  dir = "llmspell/bindings/lua",
}
description = {
  summary = "LLM agents with tools and conversations, streamed or whole",
  detailed = [[
llmspell gives Lua programs LLM agents that stream, hold a conversation and call Lua functions as tools.
Builds everything from source: needs make, a C compiler, and cargo and rustc 1.88 or newer.
]],
  license = "MIT OR Apache-2.0",
  labels = { "llm", "ai", "agent", "openai" },
}
supported_platforms = { "linux" }
dependencies = { "lua >= 5.1, < 5.6" }
build = {
  type = "make",
  build_variables = {
    CC = "$(CC)",
    CFLAGS = "$(CFLAGS)",
    LD = "$(LD)",
    LIBFLAG = "$(LIBFLAG)",
  },
  install_variables = {
    CC = "$(CC)",
    CFLAGS = "$(CFLAGS)",
    LD = "$(LD)",
    LIBFLAG = "$(LIBFLAG)",
    INST_LIBDIR = "$(LIBDIR)",
    INST_PREFIX = "$(PREFIX)",
  },
  copy_directories = { "meta" },
}
