/* JSON text to Lua values, from the tokens of llmspell_json_next. Every array gets the array metatable, so that what
   was decoded encodes to the same text. */

#define LS_JSON_BOX "llmspell.json_box"
#define LS_NESTING 160 /* a little more than the parser lets through */

/* what native.decode takes as flags */
enum {
    LS_DROP_NULL = 1,  /* a member that is null is left out; in arrays null stays, it has a place */
    LS_ROUND_LARGE = 2, /* Lua 5.1 and 5.2: an integer beyond 2^53 becomes the nearest number instead of an error */
    LS_AS_ENCODED = 4  /* no deeper than what can be encoded again: the value is not wrapped in one of ours */
};

/* anchors what the parser gives us while Lua functions run that may raise */
typedef struct ls_json_box {
    llmspell_json *json;
    llmspell_error *error;
} ls_json_box;

static int ls_json_box_gc(lua_State *L)
{
    ls_json_box *box = lua_touserdata(L, 1);
    llmspell_json_free(box->json);
    llmspell_error_free(box->error);
    box->json = NULL;
    box->error = NULL;
    return 0;
}

static ls_json_box *ls_push_json_box(lua_State *L)
{
    ls_json_box *box = lua_newuserdata(L, sizeof(*box));
    box->json = NULL;
    box->error = NULL;
    luaL_getmetatable(L, LS_JSON_BOX);
    if (lua_isnil(L, -1)) {
        lua_pop(L, 1);
        lua_newtable(L);
        lua_pushcfunction(L, ls_json_box_gc);
        lua_setfield(L, -2, "__gc");
        /* kept only when it is complete: each step may fail for want of memory, and then the next call begins anew */
        lua_pushvalue(L, -1);
        lua_setfield(L, LUA_REGISTRYINDEX, LS_JSON_BOX);
    }
    lua_setmetatable(L, -2);
    return box;
}

typedef struct ls_decoder {
    lua_State *L;
    int flags;
    int array; /* index of the array metatable */
    int depth;
    ls_step steps[LS_NESTING];
} ls_decoder;

static bool ls_decode_integer(ls_decoder *d, int64_t value)
{
#if !LS_HAS_INTEGERS
    const int64_t limit = INT64_C(9007199254740992);
    if ((value > limit || value < -limit) && !(d->flags & LS_ROUND_LARGE))
        return false;
    lua_pushnumber(d->L, (lua_Number)value);
#else
    lua_pushinteger(d->L, (lua_Integer)value);
#endif
    return true;
}

/* Puts the value on top of the stack into the container below it. */
static void ls_decode_attach(ls_decoder *d)
{
    ls_step *step;
    if (d->depth == 0)
        return;
    step = &d->steps[d->depth - 1];
    if (step->key == 0) {
        lua_rawseti(d->L, -2, (int)step->index++);
    } else {
        lua_rawset(d->L, -3);
    }
}

static int ls_hint(size_t count)
{
    return count < 1 << 20 ? (int)count : 1 << 20;
}

/* Opens an array or object and returns false when there are too many in one another. */
static bool ls_decode_open(ls_decoder *d, const llmspell_json_token *token)
{
    bool array = token->type == LLMSPELL_JSON_ARRAY;
    if (d->depth == (d->flags & LS_AS_ENCODED ? LS_DEPTH : LS_NESTING))
        return false;
    luaL_checkstack(d->L, 4, "JSON nested too deep");
    lua_createtable(d->L, array ? ls_hint(token->count) : 0, array ? 0 : ls_hint(token->count));
    if (array) {
        lua_pushvalue(d->L, d->array);
        lua_setmetatable(d->L, -2);
    }
    /* the key of an object's member lies right above the object */
    d->steps[d->depth].key = array ? 0 : lua_gettop(d->L) + 1;
    d->steps[d->depth].index = 1;
    d->depth++;
    return true;
}

/* Takes one token; returns what is wrong with it, or NULL. */
static const char *ls_decode_token(ls_decoder *d, const llmspell_json_token *token)
{
    lua_State *L = d->L;
    switch (token->type) {
    case LLMSPELL_JSON_NULL:
        if ((d->flags & LS_DROP_NULL) && d->depth > 0 && d->steps[d->depth - 1].key != 0) {
            lua_pop(L, 1);
            return NULL;
        }
        ls_push_null(L);
        break;
    case LLMSPELL_JSON_FALSE:
    case LLMSPELL_JSON_TRUE:
        lua_pushboolean(L, token->type == LLMSPELL_JSON_TRUE);
        break;
    case LLMSPELL_JSON_INTEGER:
        if (!ls_decode_integer(d, token->integer))
            return "an integer beyond 2^53, which this Lua cannot hold; send it as a string";
        break;
    case LLMSPELL_JSON_NUMBER:
        lua_pushnumber(L, (lua_Number)token->number);
        break;
    case LLMSPELL_JSON_KEY:
        lua_pushlstring(L, token->text.len > 0 ? token->text.data : "", token->text.len);
        return NULL;
    case LLMSPELL_JSON_STRING:
        lua_pushlstring(L, token->text.len > 0 ? token->text.data : "", token->text.len);
        break;
    case LLMSPELL_JSON_ARRAY:
    case LLMSPELL_JSON_OBJECT:
        return ls_decode_open(d, token) ? NULL : "nested deeper than 128 tables";
    case LLMSPELL_JSON_ARRAY_END:
    case LLMSPELL_JSON_OBJECT_END:
        d->depth--;
        break;
    default:
        return "a kind of value that this version does not know";
    }
    ls_decode_attach(d);
    return NULL;
}

/* The library's message without the name of the C function, which says nothing to who called a Lua one. */
static void ls_push_parse_problem(lua_State *L, const llmspell_error *error)
{
    static const char function[] = "llmspell_json_parse: ";
    llmspell_str message = llmspell_error_message(error);
    size_t skip = sizeof(function) - 1;
    if (message.len < skip || memcmp(message.data, function, skip) != 0)
        skip = 0;
    lua_pushlstring(L, message.len > 0 ? message.data + skip : "", message.len - skip);
}

/* native.decode(text, flags), with the array metatable as upvalue: the value; or nil, path, what is wrong there. The path of a syntax error is empty. */
static int ls_native_decode(lua_State *L)
{
    size_t size;
    const char *text = luaL_checklstring(L, 1, &size);
    const char *problem = NULL;
    ls_json_box *box;
    llmspell_json_token token;
    ls_decoder d;
    d.L = L;
    d.flags = (int)luaL_optinteger(L, 2, 0);
    d.depth = 0;
    lua_settop(L, 1);
    box = ls_push_json_box(L);
    d.array = lua_upvalueindex(1);
    if (llmspell_json_parse(text, size, &box->json, &box->error) != LLMSPELL_OK) {
        lua_pushnil(L);
        lua_pushliteral(L, "");
        ls_push_parse_problem(L, box->error);
        return 3;
    }
    token.struct_size = sizeof(token);
    while (problem == NULL && llmspell_json_next(box->json, &token))
        problem = ls_decode_token(&d, &token);
    if (problem != NULL) {
        lua_pushnil(L);
        ls_push_path(L, d.steps, d.depth);
        lua_pushstring(L, problem);
        return 3;
    }
    llmspell_json_free(box->json);
    box->json = NULL;
    return 1;
}

/* Pushes native.decode. */
static void ls_push_decode(lua_State *L)
{
    luaL_newmetatable(L, LS_ARRAY);
    lua_pushcclosure(L, ls_native_decode, 1);
}
