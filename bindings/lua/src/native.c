/* What the driver needs from C beside the generated raw functions: the table `native` that every driver file gets. */

/* native.fields(userdata): the table that lives as long as that userdata. native.fields(value, name): the same of a handle of
   that kind, open or closed; nil of anything else. */
static int ls_native_fields(lua_State *L)
{
    if (lua_gettop(L) == 1) {
        luaL_checktype(L, 1, LUA_TUSERDATA);
    } else if (lua_type(L, 1) != LUA_TUSERDATA || luaL_testudata(L, 1, luaL_checkstring(L, 2)) == NULL) {
        lua_pushnil(L);
        return 1;
    }
    ls_push_fields(L, 1);
    return 1;
}

/* native.is(value, name): whether the value is a handle of that kind ("llmspell.agent"), open or closed. */
static int ls_native_is(lua_State *L)
{
    const char *name = luaL_checkstring(L, 2);
    lua_pushboolean(L, lua_type(L, 1) == LUA_TUSERDATA && luaL_testudata(L, 1, name) != NULL);
    return 1;
}

/* native.metatable(name): the metatable of a kind of handle ("llmspell.agent") or marker ("llmspell.array"). */
static int ls_native_metatable(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    luaL_argcheck(L, strncmp(name, "llmspell.", 9) == 0, 1, "a name that begins with llmspell. expected");
    luaL_newmetatable(L, name);
    return 1;
}

/* native.give_away(object): the C function that frees what a handle holds, and its argument, as light userdata. The handle is
   closed; whoever asked has to call that function. */
static int ls_native_give_away(lua_State *L)
{
    ls_object *object;
    luaL_checktype(L, 1, LUA_TUSERDATA);
    object = (ls_object *)lua_touserdata(L, 1);
    if (object->pointer == NULL)
        return luaL_argerror(L, 1, "an open handle expected");
    lua_pushlightuserdata(L, (void *)object->type->free);
    lua_pushlightuserdata(L, ls_give_away(object));
    return 2;
}

/* native.version(): the version of the library as text. */
static int ls_native_version(lua_State *L)
{
    lua_pushstring(L, llmspell_version());
    return 1;
}

/* native.now(): milliseconds of a clock that only goes forward, with fractions. */
static int ls_native_now(lua_State *L)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    lua_pushnumber(L, (lua_Number)now.tv_sec * 1000 + (lua_Number)now.tv_nsec / 1000000);
    return 1;
}

/* most tokens that native.news gives at a time */
#define LS_NEWS 64

/* native.news(waker, list, timeout_ms): puts the tokens of queues that have news into a list, which has room for LS_NEWS, and
   returns how many; waits for the first. nil after a fork. */
static int ls_native_news(lua_State *L)
{
    ls_object *waker = ls_check_object(L, "news", 1, "waker", ls_wanted_waker);
    int32_t timeout_ms = (int32_t)ls_check_signed(L, "news", 3, "timeout_ms", -1, INT32_MAX);
    int count = 0;
    luaL_checktype(L, 2, LUA_TTABLE);
    if (ls_is_closed(waker))
        return 0;
    while (count < LS_NEWS) {
        uint64_t token = 0;
        if (llmspell_waker_next(ls_pointer(waker), count == 0 ? timeout_ms : 0, &token, NULL) != LLMSPELL_OK)
            return 0;
        if (token == 0)
            break;
        ls_push_unsigned(L, token);
        lua_rawseti(L, 2, ++count);
    }
    lua_pushinteger(L, count);
    return 1;
}

#if LS_ABI == 51
/* native.is_yieldable(): coroutine.isyieldable, which OpenResty hides. Not there in Lua 5.1. */
static int ls_native_is_yieldable(lua_State *L)
{
    lua_pushboolean(L, ls_isyieldable(L));
    return 1;
}
#endif

static const luaL_Reg ls_native_functions[] = {
    {"fields", ls_native_fields},
    {"give_away", ls_native_give_away},
    {"is", ls_native_is},
    {"main_thread", ls_native_main_thread},
    {"metatable", ls_native_metatable},
    {"news", ls_native_news},
    {"now", ls_native_now},
    {"take_hook", ls_native_take_hook},
    {"version", ls_native_version},
    {NULL, NULL},
};

/* Pushes the table `native`. */
static void ls_push_native(lua_State *L)
{
    luaL_newlib(L, ls_native_functions);
#if LS_ABI == 51
    if (ls_isyieldable != NULL) {
        lua_pushcfunction(L, ls_native_is_yieldable);
        lua_setfield(L, -2, "is_yieldable");
    }
#endif
    ls_push_decode(L);
    lua_setfield(L, -2, "decode");
    ls_push_encode(L);
    lua_setfield(L, -2, "encode");
    ls_push_null(L);
    lua_setfield(L, -2, "null");
    lua_pushinteger(L, LS_NEWS);
    lua_setfield(L, -2, "NEWS");
    lua_pushinteger(L, LS_AS_ENCODED);
    lua_setfield(L, -2, "AS_ENCODED");
    lua_pushinteger(L, LS_DROP_NULL);
    lua_setfield(L, -2, "DROP_NULL");
    lua_pushinteger(L, LS_ROUND_LARGE);
    lua_setfield(L, -2, "ROUND_LARGE");
}
