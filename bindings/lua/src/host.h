/* The Lua that opened the module, found at run time, and the shims that can serve one. */
#ifndef LS_HOST_H
#define LS_HOST_H

#include <stddef.h>

/* What the module's C files share is nobody else's, also when LuaRocks compiles them with its own flags. */
#pragma GCC visibility push(hidden)

struct lua_State;

/* Address of a function of the Lua C API in the object that opened us; NULL when it has none of that name. */
typedef void *(*ls_resolver)(void *library, const char *name);

/* One shim per Lua ABI. Fills its table of functions from `library` unless that was done before. Returns NULL, or the
   name of the first function that is missing, or the empty text when the table already belongs to another Lua of the
   same ABI in this process. Calls no Lua function. */
const char *ls_fill_51(ls_resolver find, void *library);
const char *ls_fill_52(ls_resolver find, void *library);
const char *ls_fill_53(ls_resolver find, void *library);
const char *ls_fill_54(ls_resolver find, void *library);

/* Opens the module in a state: leaves its table on the stack and returns 1. Raises Lua errors. */
int ls_open_51(struct lua_State *L);
int ls_open_52(struct lua_State *L);
int ls_open_53(struct lua_State *L);
int ls_open_54(struct lua_State *L);

/* Why the library that the module is linked to cannot serve it, written to `text`; NULL when it can. */
const char *ls_library_problem(char *text, size_t size);

#pragma GCC visibility pop

#endif
