/* The last part of lua_api.h: one spelling for what the ABIs name differently. The newer name is used everywhere;
   results that only newer Luas return (the type from lua_getfield …) are used nowhere. */
#ifndef LS_LUA_COMPAT_H
#define LS_LUA_COMPAT_H

/* 5.1 returns nothing from these two, 5.2 and later the copy that Lua keeps: we never use it */
#define lua_pushlstring(L, s, n) ((void)ls_lua.lua_pushlstring(L, (s), (n)))
#define lua_pushstring(L, s) ((void)ls_lua.lua_pushstring(L, (s)))

/* what changed with 5.2: continuations, absolute indices, user values in the place of environments */
#if LS_ABI >= 52

#define lua_absindex ls_lua.lua_absindex
#define lua_call(L, n, r) ls_lua.lua_callk(L, (n), (r), 0, NULL)
#define lua_pcall(L, n, r, h) ls_lua.lua_pcallk(L, (n), (r), (h), 0, NULL)
#define lua_rawlen(L, i) ((size_t)ls_lua.lua_rawlen(L, (i)))
#define lua_tonumberx ls_lua.lua_tonumberx
#define lua_tonumber(L, i) lua_tonumberx(L, (i), NULL)
#define luaL_loadbufferx ls_lua.luaL_loadbufferx
#define luaL_loadbuffer(L, s, n, name) luaL_loadbufferx(L, (s), (n), (name), "t")
#define luaL_setfuncs ls_lua.luaL_setfuncs
#define luaL_testudata ls_lua.luaL_testudata

#else

#define lua_call ls_lua.lua_call
#define lua_pcall ls_lua.lua_pcall
#define lua_rawlen ls_lua.lua_objlen
#define lua_tointeger ls_lua.lua_tointeger
#define lua_tonumber ls_lua.lua_tonumber
#define lua_getfenv ls_lua.lua_getfenv
#define lua_setfenv ls_lua.lua_setfenv
#define luaL_loadbuffer ls_lua.luaL_loadbuffer

LS_UNUSED static int lua_absindex(lua_State *L, int index)
{
    return index > 0 || index <= LUA_REGISTRYINDEX ? index : lua_gettop(L) + index + 1;
}

LS_UNUSED static lua_Number lua_tonumberx(lua_State *L, int index, int *is_number)
{
    if (is_number != NULL)
        *is_number = lua_isnumber(L, index);
    return lua_tonumber(L, index);
}

LS_UNUSED static void luaL_setfuncs(lua_State *L, const luaL_Reg *functions, int upvalues)
{
    luaL_checkstack(L, upvalues + 1, "too many upvalues");
    for (; functions->name != NULL; functions++) {
        int i;
        for (i = 0; i < upvalues; i++)
            lua_pushvalue(L, -upvalues);
        lua_pushcclosure(L, functions->func, upvalues);
        lua_setfield(L, -(upvalues + 2), functions->name);
    }
    lua_pop(L, upvalues);
}

LS_UNUSED static void *luaL_testudata(lua_State *L, int index, const char *name)
{
    void *block = lua_touserdata(L, index);
    int same;
    if (block == NULL || !lua_getmetatable(L, index))
        return NULL;
    luaL_getmetatable(L, name);
    same = lua_rawequal(L, -1, -2);
    lua_pop(L, 2);
    return same ? block : NULL;
}

#endif

/* with 5.3: integers, and rotation as the one function that moves values */
#if LS_HAS_INTEGERS

#define lua_isinteger ls_lua.lua_isinteger
#define lua_tointegerx ls_lua.lua_tointegerx
#define lua_tointeger(L, i) lua_tointegerx(L, (i), NULL)
#define lua_rotate ls_lua.lua_rotate
#define lua_insert(L, i) lua_rotate(L, (i), 1)
#define lua_remove(L, i) (lua_rotate(L, (i), -1), lua_pop(L, 1))

#else

#define lua_insert ls_lua.lua_insert
#define lua_remove ls_lua.lua_remove

/* Numbers are doubles here: one is an integer when it has no fraction and converts without loss. */
LS_UNUSED static int lua_isinteger(lua_State *L, int index)
{
    lua_Number value;
    if (lua_type(L, index) != LUA_TNUMBER)
        return 0;
    value = lua_tonumber(L, index);
    return value >= -9007199254740992.0 && value <= 9007199254740992.0 && value == (lua_Number)(lua_Integer)value;
}

LS_UNUSED static lua_Integer lua_tointegerx(lua_State *L, int index, int *is_integer)
{
    lua_Number value = lua_tonumber(L, index);
    int exact = lua_isnumber(L, index) && value >= -9007199254740992.0 && value <= 9007199254740992.0 &&
                value == (lua_Number)(lua_Integer)value;
    if (is_integer != NULL)
        *is_integer = exact;
    return exact ? (lua_Integer)value : 0;
}

#if LS_ABI == 52
#define lua_tointeger(L, i) lua_tointegerx(L, (i), NULL)
#endif

#endif

/* with 5.4: several user values, of which we use one */
#if LS_ABI >= 54

#define lua_newuserdata(L, size) ls_lua.lua_newuserdatauv(L, (size), 1)
#define lua_getiuservalue ls_lua.lua_getiuservalue
#define lua_setiuservalue ls_lua.lua_setiuservalue

#else

#define lua_newuserdata ls_lua.lua_newuserdata
#if LS_ABI >= 52
#define lua_getiuservalue(L, i, n) ls_lua.lua_getuservalue(L, (i))
#define lua_setiuservalue(L, i, n) ls_lua.lua_setuservalue(L, (i))
#endif

#endif

#define luaL_newlib(L, functions) \
    (lua_createtable(L, 0, (int)(sizeof(functions) / sizeof((functions)[0]) - 1)), luaL_setfuncs(L, (functions), 0))

/* lua_replace is a function in 5.1 and a macro over lua_copy later: we spell it by what both have */
LS_UNUSED static void ls_replace(lua_State *L, int index)
{
    index = lua_absindex(L, index);
    lua_insert(L, index);
    lua_remove(L, index + 1);
}
#define lua_replace ls_replace

#endif
