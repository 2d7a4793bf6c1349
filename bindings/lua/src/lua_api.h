/* The Lua C API as this module sees it. One source file serves every Lua: it is compiled once per ABI with LS_ABI set
   (51: Lua 5.1 and LuaJIT; 52 to 55: Lua 5.2 to 5.5), and every name below is a macro onto a table of functions that
   open.c fills with dlsym from the very Lua that called us. So the module is linked to no Lua, and two Luas in one
   process each get their own table.

   A function that is missing here is added in two places: the list (here when all ABIs have it with the same
   prototype, else in lua_abi_*.h) and the macros. Names that only some ABIs have are made equal at the end. */
#ifndef LS_LUA_API_H
#define LS_LUA_API_H

#include <stddef.h>
#include <stdint.h>

#ifndef LS_ABI
#error "define LS_ABI as 51, 52, 53, 54 or 55: this header describes one Lua ABI at a time"
#endif

#define LS_UNUSED __attribute__((unused))

typedef struct lua_State lua_State;
typedef struct lua_Debug lua_Debug; /* only pointers to it are passed on */
typedef int (*lua_CFunction)(lua_State *L);
typedef void (*lua_Hook)(lua_State *L, lua_Debug *ar);
typedef struct luaL_Reg {
    const char *name;
    lua_CFunction func;
} luaL_Reg;

#define LUA_MULTRET (-1)
#define LUA_OK 0
#define LUA_YIELD 1
#define LUA_ERRRUN 2
#define LUA_ERRSYNTAX 3
#define LUA_ERRMEM 4
#define LUA_MINSTACK 20

#define LUA_TNONE (-1)
#define LUA_TNIL 0
#define LUA_TBOOLEAN 1
#define LUA_TLIGHTUSERDATA 2
#define LUA_TNUMBER 3
#define LUA_TSTRING 4
#define LUA_TTABLE 5
#define LUA_TFUNCTION 6
#define LUA_TUSERDATA 7
#define LUA_TTHREAD 8

#define LUA_MASKCOUNT 8

#if LS_ABI == 55
#include "lua_abi_55.h"
#elif LS_ABI == 54
#include "lua_abi_54.h"
#elif LS_ABI == 53
#include "lua_abi_53.h"
#elif LS_ABI == 52
#include "lua_abi_52.h"
#elif LS_ABI == 51
#include "lua_abi_51.h"
#else
#error "LS_ABI must be 51, 52, 53, 54 or 55"
#endif

#define LS_HAS_INTEGERS (LS_ABI >= 53) /* before, every number is a double */

/* the same in every ABI */
#define LS_LUA_FUNCTIONS_COMMON(X) \
    X(int, lua_checkstack, (lua_State * L, int extra)) \
    X(void, lua_concat, (lua_State * L, int n)) \
    X(void, lua_createtable, (lua_State * L, int list, int record)) \
    X(int, lua_error, (lua_State * L)) \
    X(lua_Hook, lua_gethook, (lua_State * L)) \
    X(int, lua_gethookcount, (lua_State * L)) \
    X(int, lua_gethookmask, (lua_State * L)) \
    X(int, lua_getmetatable, (lua_State * L, int index)) \
    X(int, lua_gettop, (lua_State * L)) \
    X(int, lua_iscfunction, (lua_State * L, int index)) \
    X(int, lua_isnumber, (lua_State * L, int index)) \
    X(int, lua_isstring, (lua_State * L, int index)) \
    X(int, lua_isuserdata, (lua_State * L, int index)) \
    X(int, lua_next, (lua_State * L, int index)) \
    X(void, lua_pushboolean, (lua_State * L, int value)) \
    X(void, lua_pushcclosure, (lua_State * L, lua_CFunction function, int upvalues)) \
    X(const char *, lua_pushfstring, (lua_State * L, const char *format, ...)) \
    X(void, lua_pushinteger, (lua_State * L, lua_Integer value)) \
    X(void, lua_pushlightuserdata, (lua_State * L, void *value)) \
    X(void, lua_pushnil, (lua_State * L)) \
    X(void, lua_pushnumber, (lua_State * L, lua_Number value)) \
    X(int, lua_pushthread, (lua_State * L)) \
    X(void, lua_pushvalue, (lua_State * L, int index)) \
    X(int, lua_rawequal, (lua_State * L, int a, int b)) \
    X(void, lua_rawset, (lua_State * L, int index)) \
    X(void, lua_setfield, (lua_State * L, int index, const char *key)) \
    X(int, lua_setmetatable, (lua_State * L, int index)) \
    X(void, lua_settop, (lua_State * L, int index)) \
    X(int, lua_toboolean, (lua_State * L, int index)) \
    X(const char *, lua_tolstring, (lua_State * L, int index, size_t *length)) \
    X(const void *, lua_topointer, (lua_State * L, int index)) \
    X(lua_State *, lua_tothread, (lua_State * L, int index)) \
    X(void *, lua_touserdata, (lua_State * L, int index)) \
    X(int, lua_type, (lua_State * L, int index)) \
    X(const char *, lua_typename, (lua_State * L, int type)) \
    X(int, luaL_argerror, (lua_State * L, int argument, const char *message)) \
    X(lua_Integer, luaL_checkinteger, (lua_State * L, int argument)) \
    X(const char *, luaL_checklstring, (lua_State * L, int argument, size_t *length)) \
    X(lua_Number, luaL_checknumber, (lua_State * L, int argument)) \
    X(void, luaL_checkstack, (lua_State * L, int extra, const char *message)) \
    X(void, luaL_checktype, (lua_State * L, int argument, int type)) \
    X(void *, luaL_checkudata, (lua_State * L, int argument, const char *name)) \
    X(int, luaL_error, (lua_State * L, const char *format, ...)) \
    X(int, luaL_newmetatable, (lua_State * L, const char *name)) \
    X(lua_Integer, luaL_optinteger, (lua_State * L, int argument, lua_Integer otherwise)) \
    X(const char *, luaL_optlstring, (lua_State * L, int argument, const char *otherwise, size_t *length)) \
    X(void, luaL_where, (lua_State * L, int level))

#define LS_LUA_FUNCTIONS(X) LS_LUA_FUNCTIONS_COMMON(X) LS_LUA_FUNCTIONS_OF_ABI(X)

/* abi_check.c stops here: what follows would hide the real names */
#ifndef LS_ONLY_DECLARATIONS

#define LS_LUA_MEMBER(type, name, parameters) type(*name) parameters;
typedef struct ls_lua_functions {
    LS_LUA_FUNCTIONS(LS_LUA_MEMBER)
} ls_lua_functions;
#undef LS_LUA_MEMBER

/* where in the table each function goes; stands here because below the names are macros */
typedef struct ls_lua_symbol {
    const char *name;
    size_t offset;
} ls_lua_symbol;

#define LS_LUA_SYMBOL(type, name, parameters) {#name, offsetof(ls_lua_functions, name)},
LS_UNUSED static const ls_lua_symbol ls_lua_symbols[] = {LS_LUA_FUNCTIONS(LS_LUA_SYMBOL)};
#undef LS_LUA_SYMBOL

/* filled once by ls_fill_table() in lua_table.c, before any other function of this ABI's shim runs */
static ls_lua_functions ls_lua;

#define lua_checkstack ls_lua.lua_checkstack
#define lua_concat ls_lua.lua_concat
#define lua_createtable ls_lua.lua_createtable
#define lua_error ls_lua.lua_error
#define lua_getfield ls_lua.lua_getfield
#define lua_gethook ls_lua.lua_gethook
#define lua_gethookcount ls_lua.lua_gethookcount
#define lua_gethookmask ls_lua.lua_gethookmask
#define lua_getmetatable ls_lua.lua_getmetatable
#define lua_gettop ls_lua.lua_gettop
#define lua_iscfunction ls_lua.lua_iscfunction
#define lua_isnumber ls_lua.lua_isnumber
#define lua_isstring ls_lua.lua_isstring
#define lua_isuserdata ls_lua.lua_isuserdata
#define lua_next ls_lua.lua_next
#define lua_pushboolean ls_lua.lua_pushboolean
#define lua_pushcclosure ls_lua.lua_pushcclosure
#define lua_pushfstring ls_lua.lua_pushfstring
#define lua_pushinteger ls_lua.lua_pushinteger
#define lua_pushlightuserdata ls_lua.lua_pushlightuserdata
#define lua_pushnil ls_lua.lua_pushnil
#define lua_pushnumber ls_lua.lua_pushnumber
#define lua_pushthread ls_lua.lua_pushthread
#define lua_pushvalue ls_lua.lua_pushvalue
#define lua_rawequal ls_lua.lua_rawequal
#define lua_rawget ls_lua.lua_rawget
#define lua_rawgeti ls_lua.lua_rawgeti
#define lua_rawset ls_lua.lua_rawset
#define lua_rawseti ls_lua.lua_rawseti
#define lua_setfield ls_lua.lua_setfield
#define lua_sethook(L, hook, mask, count) ((void)ls_lua.lua_sethook(L, (hook), (mask), (count)))
#define lua_setmetatable ls_lua.lua_setmetatable
#define lua_settop ls_lua.lua_settop
#define lua_toboolean ls_lua.lua_toboolean
#define lua_tolstring ls_lua.lua_tolstring
#define lua_topointer ls_lua.lua_topointer
#define lua_tothread ls_lua.lua_tothread
#define lua_touserdata ls_lua.lua_touserdata
#define lua_type ls_lua.lua_type
#define lua_typename ls_lua.lua_typename
#define luaL_argerror ls_lua.luaL_argerror
#define luaL_checkinteger ls_lua.luaL_checkinteger
#define luaL_checklstring ls_lua.luaL_checklstring
#define luaL_checknumber ls_lua.luaL_checknumber
#define luaL_checkstack ls_lua.luaL_checkstack
#define luaL_checktype ls_lua.luaL_checktype
#define luaL_checkudata ls_lua.luaL_checkudata
#define luaL_error ls_lua.luaL_error
#define luaL_newmetatable ls_lua.luaL_newmetatable
#define luaL_optinteger ls_lua.luaL_optinteger
#define luaL_optlstring ls_lua.luaL_optlstring
#define luaL_where ls_lua.luaL_where

#define lua_isboolean(L, i) (lua_type(L, (i)) == LUA_TBOOLEAN)
#define lua_isfunction(L, i) (lua_type(L, (i)) == LUA_TFUNCTION)
#define lua_isnil(L, i) (lua_type(L, (i)) == LUA_TNIL)
#define lua_isnone(L, i) (lua_type(L, (i)) == LUA_TNONE)
#define lua_isnoneornil(L, i) (lua_type(L, (i)) <= 0)
#define lua_istable(L, i) (lua_type(L, (i)) == LUA_TTABLE)
#define lua_newtable(L) lua_createtable(L, 0, 0)
#define lua_pop(L, n) lua_settop(L, -(n)-1)
#define lua_pushcfunction(L, f) lua_pushcclosure(L, (f), 0)
#define lua_pushliteral(L, s) lua_pushlstring(L, "" s, sizeof(s) - 1)
#define lua_tostring(L, i) lua_tolstring(L, (i), NULL)
#define luaL_argcheck(L, condition, argument, message) \
    ((void)((condition) || luaL_argerror(L, (argument), (message))))
#define luaL_checkstring(L, n) luaL_checklstring(L, (n), NULL)
#define luaL_getmetatable(L, name) lua_getfield(L, LUA_REGISTRYINDEX, (name))
#define luaL_optstring(L, n, d) luaL_optlstring(L, (n), (d), NULL)
#define luaL_typename(L, i) lua_typename(L, lua_type(L, (i)))

#include "lua_compat.h"

#endif /* LS_ONLY_DECLARATIONS */
#endif
