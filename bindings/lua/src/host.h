/* The Lua that opened the module, found at run time, and the shims that can serve one. */
#ifndef LS_HOST_H
#define LS_HOST_H

#include <stddef.h>

/* What the module's C files share is nobody else's, also when LuaRocks compiles them with its own flags. */
#pragma GCC visibility push(hidden)

struct lua_State;

/* Address of a function of the Lua C API in the object that opened us; NULL when it has none of that name. */
typedef void *(*ls_resolver)(void *library, const char *name);

/* The Lua ABIs that this build serves: X(abi). The Makefile's LUA_ABI chooses some of them. */
#ifndef LS_ABIS
#define LS_ABIS(X) X(51) X(52) X(53) X(54) X(55)
#endif

/* One shim per Lua ABI.

   ls_fill_… fills its table of functions from `library` unless that was done before. Returns NULL, or the name of the
   first function that is missing, or the empty text when the table already belongs to another Lua of the same ABI in
   this process. Calls no Lua function.

   ls_open_… opens the module in a state: leaves its table on the stack and returns 1. Raises Lua errors. */
#define LS_DECLARE_SHIM(abi) \
    const char *ls_fill_##abi(ls_resolver find, void *library); \
    int ls_open_##abi(struct lua_State *L);
LS_ABIS(LS_DECLARE_SHIM)

/* Why the library that the module is linked to cannot serve it, written to `text`; NULL when it can. */
const char *ls_library_problem(char *text, size_t size);

#pragma GCC visibility pop

#endif
