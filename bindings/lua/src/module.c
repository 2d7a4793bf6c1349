/* Opens the module in one Lua state. */

#define LS_MODULE "llmspell.module" /* in the registry: {module, raw module} */

const char *LS_FILL(ls_resolver find, void *library)
{
    return ls_fill_table(find, library);
}

/* Puts the raw module, on top of the stack, into package.loaded; leaves it there. */
static void ls_offer_raw(lua_State *L)
{
    lua_getfield(L, LUA_REGISTRYINDEX, "_LOADED");
    lua_pushvalue(L, -2);
    lua_setfield(L, -2, "llmspell.raw");
    lua_pop(L, 1);
}

/* See host.h. A second call in the same state gives the same table, so that there is one driver per state. */
int LS_OPEN(lua_State *L)
{
    lua_settop(L, 0);
    lua_getfield(L, LUA_REGISTRYINDEX, LS_MODULE);
    if (lua_istable(L, 1)) {
        lua_rawgeti(L, 1, 2);
        ls_offer_raw(L);
        lua_rawgeti(L, 1, 1);
        return 1;
    }
    ls_note_main_thread(L);
    lua_newtable(L); /* results of import, by name */
    ls_push_native(L);
    ls_open_raw(L);
    ls_offer_raw(L);
    lua_pushvalue(L, -2);
    ls_set_take(L);
    lua_pop(L, 1);
    lua_createtable(L, 2, 0);
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, 2);
    lua_replace(L, 1);
    lua_pushcclosure(L, ls_import, 3);
    lua_pushliteral(L, "llmspell");
    lua_call(L, 1, 1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, 1, 1);
    lua_pushvalue(L, 1);
    lua_setfield(L, LUA_REGISTRYINDEX, LS_MODULE);
    return 1;
}
