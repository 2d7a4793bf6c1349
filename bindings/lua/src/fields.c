/* The table that goes with a handle: Lua values that live exactly as long as a userdata does (an agent's handlers).
   Lua 5.2 and later keep it as the user value, Lua 5.1 as the environment; both let the collector see through it, so that
   a handler which refers to its own agent is no leak. */

#define LS_FIELDS_MARK "llmspell.fields"

/* Pushes the table of the userdata at `index` and makes it when this is the first use. */
static void ls_push_fields(lua_State *L, int index)
{
    index = lua_absindex(L, index);
#if LS_ABI != 51
    lua_getiuservalue(L, index, 1);
    if (lua_istable(L, -1))
        return;
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, index, 1);
#else
    /* a new userdata has the environment of the function that made it: ours are told apart by their metatable */
    int ours = 0;
    lua_getfenv(L, index);
    luaL_newmetatable(L, LS_FIELDS_MARK);
    if (lua_istable(L, -2) && lua_getmetatable(L, -2)) {
        ours = lua_rawequal(L, -1, -2);
        lua_pop(L, 1);
    }
    if (ours) {
        lua_pop(L, 1);
        return;
    }
    lua_remove(L, -2);
    lua_newtable(L);
    lua_insert(L, -2);
    lua_setmetatable(L, -2);
    lua_pushvalue(L, -1);
    lua_setfenv(L, index);
#endif
}
