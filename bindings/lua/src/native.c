/* What the driver needs from C beside the generated raw functions: the table `native` that every driver file gets. */

/* native.fields(userdata): the table that lives as long as that userdata. */
static int ls_native_fields(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TUSERDATA);
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

static const luaL_Reg ls_native_functions[] = {
    {"fields", ls_native_fields},
    {"give_away", ls_native_give_away},
    {"is", ls_native_is},
    {"main_thread", ls_native_main_thread},
    {"metatable", ls_native_metatable},
    {"now", ls_native_now},
    {"take_hook", ls_native_take_hook},
    {"version", ls_native_version},
    {NULL, NULL},
};

/* Pushes the table `native`. */
static void ls_push_native(lua_State *L)
{
    luaL_newlib(L, ls_native_functions);
    ls_push_decode(L);
    lua_setfield(L, -2, "decode");
    ls_push_encode(L);
    lua_setfield(L, -2, "encode");
    ls_push_null(L);
    lua_setfield(L, -2, "null");
    lua_pushinteger(L, LS_AS_ENCODED);
    lua_setfield(L, -2, "AS_ENCODED");
    lua_pushinteger(L, LS_DROP_NULL);
    lua_setfield(L, -2, "DROP_NULL");
    lua_pushinteger(L, LS_ROUND_LARGE);
    lua_setfield(L, -2, "ROUND_LARGE");
}
