/* What we use of the binary interface that Lua 5.1 and LuaJIT share: types, constants and functions, declared here
   because the module is built without any Lua's headers. bindings/lua/test/abi_check.c holds this page against the
   real ones. */
#ifndef LS_LUA_ABI_51_H
#define LS_LUA_ABI_51_H

#define LS_ABI_NAME "5.1"

typedef ptrdiff_t lua_Integer;
typedef double lua_Number;

#define LUA_REGISTRYINDEX (-10000)
#define LUA_GLOBALSINDEX (-10002)
#define lua_upvalueindex(i) (LUA_GLOBALSINDEX - (i))
#define LUA_ERRERR 5

/* X(return type, name, parameters), in the order of the reference manual's index */
#define LS_LUA_FUNCTIONS_OF_ABI(X) \
    X(void, lua_call, (lua_State * L, int nargs, int nresults)) \
    X(void, lua_getfenv, (lua_State * L, int index)) \
    X(void, lua_getfield, (lua_State * L, int index, const char *key)) \
    X(void, lua_insert, (lua_State * L, int index)) \
    X(void *, lua_newuserdata, (lua_State * L, size_t size)) \
    X(size_t, lua_objlen, (lua_State * L, int index)) \
    X(int, lua_pcall, (lua_State * L, int nargs, int nresults, int handler)) \
    X(void, lua_pushlstring, (lua_State * L, const char *text, size_t size)) \
    X(void, lua_pushstring, (lua_State * L, const char *text)) \
    X(void, lua_rawget, (lua_State * L, int index)) \
    X(void, lua_rawgeti, (lua_State * L, int index, int n)) \
    X(void, lua_rawseti, (lua_State * L, int index, int n)) \
    X(void, lua_remove, (lua_State * L, int index)) \
    X(int, lua_setfenv, (lua_State * L, int index)) \
    X(int, lua_sethook, (lua_State * L, lua_Hook hook, int mask, int count)) \
    X(lua_Integer, lua_tointeger, (lua_State * L, int index)) \
    X(lua_Number, lua_tonumber, (lua_State * L, int index)) \
    X(int, luaL_loadbuffer, (lua_State * L, const char *text, size_t size, const char *name))

#endif
