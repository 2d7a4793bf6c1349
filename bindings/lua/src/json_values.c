/* What JSON has and Lua has not: null and the difference between an empty array and an empty object. */

#define LS_ARRAY "llmspell.array"      /* metatable: this table is an array, also when it is empty */
#define LS_JSON_TEXT "llmspell.json"   /* metatable: {text}, JSON that is written as it stands */
#define LS_BYTES "llmspell.bytes"     /* metatable: {bytes}, a string that is written as base64 */
#define LS_DEPTH 128                   /* how deep a user's value may be nested */

/* null is the light userdata NULL, the same value as in lua-cjson and OpenResty */
static void ls_push_null(lua_State *L)
{
    lua_pushlightuserdata(L, NULL);
}

static int ls_is_null(lua_State *L, int index)
{
    return lua_type(L, index) == LUA_TLIGHTUSERDATA && lua_touserdata(L, index) == NULL;
}
