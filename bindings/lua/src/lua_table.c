/* Fills this ABI's table of Lua functions. */

#if LS_ABI == 51
/* of LuaJIT alone; NULL in Lua 5.1 */
static int (*ls_isyieldable)(lua_State *L);
#endif

/* See host.h. The table is written only when every function was found. */
static const char *ls_fill_table(ls_resolver find, void *library)
{
    static int filled;
    ls_lua_functions found;
    size_t i;
    for (i = 0; i < sizeof(ls_lua_symbols) / sizeof(ls_lua_symbols[0]); i++) {
        void *address = find(library, ls_lua_symbols[i].name);
        if (address == NULL)
            return ls_lua_symbols[i].name;
        memcpy((char *)&found + ls_lua_symbols[i].offset, &address, sizeof(address));
    }
    if (filled)
        return memcmp(&found, &ls_lua, sizeof(found)) == 0 ? NULL : "";
#if LS_ABI == 51
    {
        void *address = find(library, "lua_isyieldable");
        memcpy(&ls_isyieldable, &address, sizeof(address));
    }
#endif
    ls_lua = found;
    filled = 1;
    return NULL;
}
