# The Lua module's sources for the Makefile. Each shim is one unit that includes the other C files, so every object
# depends on all of them.
LUA_SOURCES := $(addprefix bindings/lua/src/,open.c library.c shim_51.c shim_52.c shim_53.c shim_54.c shim_55.c driver.gen.c)
LUA_HEADERS := $(wildcard bindings/lua/src/*.h bindings/lua/src/*.c)
# Warnings stop our own tests, not the build of somebody whose compiler knows more of them.
LUA_CFLAGS := $(if $(filter ci,$(PROFILE)),-Werror)

# LUA_ABI chooses shims, like LUA_ABI=5.4 or LUA_ABI="51 54" (5.1 is LuaJIT's as well); without it all are built.
LUA_ABIS := $(patsubst bindings/lua/src/shim_%.c,%,$(filter bindings/lua/src/shim_%.c,$(LUA_SOURCES)))
LUA_CHOSEN := $(or $(subst .,,$(LUA_ABI)),$(LUA_ABIS))
ifneq ($(filter-out $(LUA_ABIS),$(LUA_CHOSEN)),)
$(error LUA_ABI is `$(LUA_ABI)`; write some of $(LUA_ABIS), or 5.1 for 51 and the like)
endif
LUA_SOURCES := $(filter-out $(patsubst %,bindings/lua/src/shim_%.c,$(filter-out $(LUA_CHOSEN),$(LUA_ABIS))),$(LUA_SOURCES))
LUA_DEFINES := $(if $(LUA_ABI),'-DLS_ABIS(X)=$(foreach abi,$(LUA_CHOSEN),X($(abi)))')
