# The Lua module's sources for the Makefile. Each shim is one unit that includes the other C files, so every object
# depends on all of them.
LUA_SOURCES := $(addprefix bindings/lua/src/,open.c library.c shim_51.c shim_52.c shim_53.c shim_54.c driver.gen.c)
LUA_HEADERS := $(wildcard bindings/lua/src/*.h bindings/lua/src/*.c)
# Warnings stop our own tests, not the build of somebody whose compiler knows more of them.
LUA_CFLAGS := $(if $(filter ci,$(PROFILE)),-Werror)
