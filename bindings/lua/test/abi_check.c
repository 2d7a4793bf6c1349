/* Holds lua_abi_*.h and lua_api.h against a real Lua's headers: the same types, constants and prototypes.
   Compiled (never run) once per ABI with LS_ABI set and the include path of that Lua. */
#include <lauxlib.h>
#include <lua.h>
#include <stddef.h>
#include <stdint.h>

enum {
    real_registry = LUA_REGISTRYINDEX,
    real_upvalue_3 = lua_upvalueindex(3),
    real_multret = LUA_MULTRET,
    real_minstack = LUA_MINSTACK,
    real_yield = LUA_YIELD,
    real_errrun = LUA_ERRRUN,
    real_errsyntax = LUA_ERRSYNTAX,
    real_errmem = LUA_ERRMEM,
    real_errerr = LUA_ERRERR,
    real_none = LUA_TNONE,
    real_nil = LUA_TNIL,
    real_boolean = LUA_TBOOLEAN,
    real_lightuserdata = LUA_TLIGHTUSERDATA,
    real_number = LUA_TNUMBER,
    real_string = LUA_TSTRING,
    real_table = LUA_TTABLE,
    real_function = LUA_TFUNCTION,
    real_userdata = LUA_TUSERDATA,
    real_thread = LUA_TTHREAD,
    real_maskcount = LUA_MASKCOUNT,
#ifdef LUA_RIDX_MAINTHREAD
    real_mainthread = LUA_RIDX_MAINTHREAD,
#endif
#ifdef LUA_GLOBALSINDEX
    real_globals = LUA_GLOBALSINDEX,
#endif
    end_of_constants
};

#undef LUA_REGISTRYINDEX
#undef LUA_GLOBALSINDEX
#undef lua_upvalueindex
#undef LUA_MULTRET
#undef LUA_MINSTACK
#undef LUA_OK
#undef LUA_YIELD
#undef LUA_ERRRUN
#undef LUA_ERRSYNTAX
#undef LUA_ERRMEM
#undef LUA_ERRERR
#undef LUA_TNONE
#undef LUA_TNIL
#undef LUA_TBOOLEAN
#undef LUA_TLIGHTUSERDATA
#undef LUA_TNUMBER
#undef LUA_TSTRING
#undef LUA_TTABLE
#undef LUA_TFUNCTION
#undef LUA_TUSERDATA
#undef LUA_TTHREAD
#undef LUA_MASKCOUNT
#undef LUA_RIDX_MAINTHREAD

/* a struct cannot be declared twice, so ours gets another name; typedefs can (C11) and must then be the same type */
typedef luaL_Reg real_luaL_Reg;
#define luaL_Reg ls_luaL_Reg
#define LS_ONLY_DECLARATIONS
#include "../src/lua_api.h"
#undef luaL_Reg

#define SAME(name) _Static_assert((int)real_##name == (int)(name##_ours), #name " differs from the real header")
#define registry_ours LUA_REGISTRYINDEX
#define upvalue_3_ours lua_upvalueindex(3)
#define multret_ours LUA_MULTRET
#define minstack_ours LUA_MINSTACK
#define yield_ours LUA_YIELD
#define errrun_ours LUA_ERRRUN
#define errsyntax_ours LUA_ERRSYNTAX
#define errmem_ours LUA_ERRMEM
#define errerr_ours LUA_ERRERR
#define none_ours LUA_TNONE
#define nil_ours LUA_TNIL
#define boolean_ours LUA_TBOOLEAN
#define lightuserdata_ours LUA_TLIGHTUSERDATA
#define number_ours LUA_TNUMBER
#define string_ours LUA_TSTRING
#define table_ours LUA_TTABLE
#define function_ours LUA_TFUNCTION
#define userdata_ours LUA_TUSERDATA
#define thread_ours LUA_TTHREAD
#define maskcount_ours LUA_MASKCOUNT
#define mainthread_ours LUA_RIDX_MAINTHREAD
#define globals_ours LUA_GLOBALSINDEX
SAME(registry);
SAME(upvalue_3);
SAME(multret);
SAME(minstack);
SAME(yield);
SAME(errrun);
SAME(errsyntax);
SAME(errmem);
SAME(errerr);
SAME(none);
SAME(nil);
SAME(boolean);
SAME(lightuserdata);
SAME(number);
SAME(string);
SAME(table);
SAME(function);
SAME(userdata);
SAME(thread);
SAME(maskcount);
#if LS_ABI == 51
SAME(globals);
#else
SAME(mainthread);
#endif

_Static_assert(sizeof(real_luaL_Reg) == sizeof(ls_luaL_Reg), "luaL_Reg differs in size");
_Static_assert(offsetof(real_luaL_Reg, func) == offsetof(ls_luaL_Reg, func), "luaL_Reg differs in layout");

/* the real macros would stand in the way of the functions they wrap; luaL_setfuncs takes our renamed struct */
#undef lua_call
#undef lua_pcall
#define IS(name, pointer_type) __builtin_types_compatible_p(__typeof__(&(name)), pointer_type)
#define CHECK(type, name, parameters) \
    _Static_assert(IS(name, type(*) parameters) || IS(name, void (*)(lua_State *, const real_luaL_Reg *, int)), \
                   #name " has another prototype in the real header");
LS_LUA_FUNCTIONS(CHECK)
