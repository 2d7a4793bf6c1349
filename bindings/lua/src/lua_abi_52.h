/* What we use of Lua 5.2's binary interface: types, constants and functions, declared here because the module is
   built without any Lua's headers. bindings/lua/test/abi_check.c holds this page against the real ones. */
#ifndef LS_LUA_ABI_52_H
#define LS_LUA_ABI_52_H

#define LS_ABI_NAME "5.2"

typedef ptrdiff_t lua_Integer;
typedef double lua_Number;

#define LUA_REGISTRYINDEX (-1001000)
#define lua_upvalueindex(i) (LUA_REGISTRYINDEX - (i))
#define LUA_ERRERR 6
#define LUA_RIDX_MAINTHREAD 1

/* X(return type, name, parameters), in the order of the reference manual's index. lua_tointegerx is left out: it cuts
   off fractions here. */
#define LS_LUA_FUNCTIONS_OF_ABI(X) \
    X(int, lua_absindex, (lua_State * L, int index)) \
    X(void, lua_callk, (lua_State * L, int nargs, int nresults, int context, lua_CFunction k)) \
    X(void, lua_getfield, (lua_State * L, int index, const char *key)) \
    X(void, lua_getuservalue, (lua_State * L, int index)) \
    X(void, lua_insert, (lua_State * L, int index)) \
    X(void *, lua_newuserdata, (lua_State * L, size_t size)) \
    X(int, lua_pcallk, (lua_State * L, int nargs, int nresults, int handler, int context, lua_CFunction k)) \
    X(const char *, lua_pushlstring, (lua_State * L, const char *text, size_t size)) \
    X(const char *, lua_pushstring, (lua_State * L, const char *text)) \
    X(void, lua_rawget, (lua_State * L, int index)) \
    X(void, lua_rawgeti, (lua_State * L, int index, int n)) \
    X(size_t, lua_rawlen, (lua_State * L, int index)) \
    X(void, lua_rawseti, (lua_State * L, int index, int n)) \
    X(void, lua_remove, (lua_State * L, int index)) \
    X(int, lua_sethook, (lua_State * L, lua_Hook hook, int mask, int count)) \
    X(void, lua_setuservalue, (lua_State * L, int index)) \
    X(lua_Number, lua_tonumberx, (lua_State * L, int index, int *is_number)) \
    X(int, luaL_loadbufferx, (lua_State * L, const char *text, size_t size, const char *name, const char *mode)) \
    X(void, luaL_setfuncs, (lua_State * L, const luaL_Reg *functions, int upvalues)) \
    X(void *, luaL_testudata, (lua_State * L, int index, const char *name))

#endif
