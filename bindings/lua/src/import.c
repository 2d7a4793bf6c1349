/* Loads the files of the driver that are embedded in the module. They are not put into package.loaded: what is
   private to llmspell cannot be mixed up with, or replaced by, another module of that name. */

static const ls_chunk *ls_find_chunk(const char *name)
{
    const ls_chunk *chunk;
    for (chunk = ls_embedded; chunk->name != NULL; chunk++)
        if (strcmp(chunk->name, name) == 0)
            return chunk;
    return NULL;
}

/* import(name): what the driver file `name` returns; it runs once per Lua state. Upvalues: the results so far by name,
   `native`, `raw`. The file gets import, native and raw as its arguments. */
static int ls_import(lua_State *L)
{
    const char *name = luaL_checkstring(L, 1);
    const ls_chunk *chunk;
    lua_settop(L, 1);
    lua_getfield(L, lua_upvalueindex(1), name);
    if (!lua_isnil(L, -1))
        return 1;
    chunk = ls_find_chunk(name);
    if (chunk == NULL)
        return luaL_error(L, "llmspell has no driver file '%s': a defect of this build", name);
    lua_pushfstring(L, "@%s.lua", name);
    if (luaL_loadbuffer(L, (const char *)chunk->text, chunk->length, lua_tostring(L, -1)) != LUA_OK)
        return lua_error(L);
    /* a copy of this function: it has no other way to name itself */
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushvalue(L, lua_upvalueindex(3));
    lua_pushcclosure(L, ls_import, 3);
    lua_pushvalue(L, lua_upvalueindex(2));
    lua_pushvalue(L, lua_upvalueindex(3));
    lua_call(L, 3, 1);
    lua_pushvalue(L, -1);
    lua_setfield(L, lua_upvalueindex(1), name);
    return 1;
}
