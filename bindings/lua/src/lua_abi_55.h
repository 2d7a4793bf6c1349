/* What we use of Lua 5.5's binary interface: types, constants and functions, declared here because the module is
   built without any Lua's headers. bindings/lua/test/abi_check.c holds this page against the real ones. */
#ifndef LS_LUA_ABI_55_H
#define LS_LUA_ABI_55_H

#include <limits.h>

#define LS_ABI_NAME "5.5"

typedef long long lua_Integer;
typedef unsigned long long lua_Unsigned;
typedef double lua_Number;
typedef intptr_t lua_KContext;
typedef int (*lua_KFunction)(lua_State *L, int status, lua_KContext context);

#define LUA_REGISTRYINDEX (-(INT_MAX / 2 + 1000))
#define lua_upvalueindex(i) (LUA_REGISTRYINDEX - (i))
#define LUA_ERRERR 5
#define LUA_RIDX_MAINTHREAD 3

/* X(return type, name, parameters), in the order of the reference manual's index */
#define LS_LUA_FUNCTIONS_OF_ABI(X) \
    X(int, lua_absindex, (lua_State * L, int index)) \
    X(void, lua_callk, (lua_State * L, int nargs, int nresults, lua_KContext context, lua_KFunction k)) \
    X(int, lua_getfield, (lua_State * L, int index, const char *key)) \
    X(int, lua_getiuservalue, (lua_State * L, int index, int n)) \
    X(int, lua_isinteger, (lua_State * L, int index)) \
    X(void *, lua_newuserdatauv, (lua_State * L, size_t size, int uservalues)) \
    X(int, lua_pcallk, (lua_State * L, int nargs, int nresults, int handler, lua_KContext context, lua_KFunction k)) \
    X(const char *, lua_pushlstring, (lua_State * L, const char *text, size_t size)) \
    X(const char *, lua_pushstring, (lua_State * L, const char *text)) \
    X(int, lua_rawget, (lua_State * L, int index)) \
    X(int, lua_rawgeti, (lua_State * L, int index, lua_Integer n)) \
    X(lua_Unsigned, lua_rawlen, (lua_State * L, int index)) \
    X(void, lua_rawseti, (lua_State * L, int index, lua_Integer n)) \
    X(void, lua_rotate, (lua_State * L, int index, int n)) \
    X(void, lua_sethook, (lua_State * L, lua_Hook hook, int mask, int count)) \
    X(int, lua_setiuservalue, (lua_State * L, int index, int n)) \
    X(lua_Integer, lua_tointegerx, (lua_State * L, int index, int *is_number)) \
    X(lua_Number, lua_tonumberx, (lua_State * L, int index, int *is_number)) \
    X(int, luaL_loadbufferx, (lua_State * L, const char *text, size_t size, const char *name, const char *mode)) \
    X(void, luaL_setfuncs, (lua_State * L, const luaL_Reg *functions, int upvalues)) \
    X(void *, luaL_testudata, (lua_State * L, int index, const char *name))

#endif
