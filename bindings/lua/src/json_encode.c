/* Lua values to JSON text.

   A table is an array when its keys are 1..n and nothing else, or when it has the array metatable; an empty table
   without that is an object. Keys of objects are written in byte order: the same value gives the same text in every
   process, which a provider's prompt cache depends on. Metamethods are not called: what is written is what is stored. */

/* A key of an object, which lies on the stack or in a list there. */
typedef struct ls_key {
    const char *text;
    size_t size;
    int place; /* the stack slot, or the index in the list */
} ls_key;

/* This many keys of the objects around a value are sorted without memory of Lua's. */
#define LS_KEYS 256

typedef struct ls_encoder {
    lua_State *L;
    ls_buffer out;
    int array;  /* indices of the three metatables */
    int verbatim;
    int bytes;
    int depth;
    const char *problem;
    const void *open[LS_DEPTH]; /* the tables around the current value, for cycles */
    ls_step steps[LS_DEPTH];
    int used; /* of the keys */
    ls_key keys[LS_KEYS];
} ls_encoder;

static bool ls_encode_value(ls_encoder *e, int index, int type);

static bool ls_encode_fail(ls_encoder *e, const char *problem)
{
    e->problem = problem;
    return false;
}

static bool ls_has_metatable(ls_encoder *e, int index, int metatable)
{
    bool same;
    if (!lua_getmetatable(e->L, index))
        return false;
    same = lua_rawequal(e->L, -1, metatable);
    lua_pop(e->L, 1);
    return same;
}

/* Whether the keys of the table at `index` are 1..n; `*count` becomes n, or the number of string keys when there are
   only such. Those are left on the stack, each with its value above it, if there are at most `room`. Fails for every other mixture. Allocates nothing, so
   that the collector cannot change the table. */
static bool ls_encode_shape(ls_encoder *e, int index, bool marked, size_t room, bool *array, size_t *count)
{
    lua_State *L = e->L;
    size_t length = lua_rawlen(L, index), strings = 0, places = 0;
    ls_step *step = &e->steps[e->depth - 1];
    int top = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        if (lua_type(L, -2) == LUA_TSTRING) {
            strings++;
            if (strings <= room)
                lua_pushvalue(L, -2);
            else
                lua_pop(L, 1);
            continue;
        }
        lua_pop(L, 1);
        if (lua_isinteger(L, -1)) {
            lua_Integer place = lua_tointeger(L, -1);
            if (place < 1 || (size_t)place > length) {
                step->key = 0;
                step->index = place;
                return ls_encode_fail(e, "has no neighbour: a list goes from 1 to n without holes; fill holes with "
                                         "llmspell.null, or use strings as keys");
            }
            places++;
        } else {
            e->depth--;
            return ls_encode_fail(e, "has a key that is neither a string nor an index of a list; use strings as keys");
        }
    }
    *array = marked || places > 0;
    *count = *array ? length : strings;
    if (*array && strings > 0) {
        e->depth--;
        return ls_encode_fail(e, "mixes list indices and string keys; use one of them");
    }
    if (strings > room)
        lua_settop(L, top);
    return true;
}

static bool ls_encode_array(ls_encoder *e, int index, size_t count)
{
    lua_State *L = e->L;
    ls_step *step = &e->steps[e->depth - 1];
    int element = lua_gettop(L) + 1, type;
    size_t i;
    step->key = 0;
    ls_buffer_add_char(&e->out, '[');
    for (i = 1; i <= count; i++) {
        if (i > 1)
            ls_buffer_add_char(&e->out, ',');
        step->index = (lua_Integer)i;
        lua_rawgeti(L, index, (int)i);
        type = lua_type(L, element);
        if (type == LUA_TNIL)
            return ls_encode_fail(e, "is nil in the middle of a list; fill holes with llmspell.null");
        if (!ls_encode_value(e, element, type))
            return false;
        lua_pop(L, 1);
    }
    ls_buffer_add_char(&e->out, ']');
    return true;
}

static int ls_compare_keys(const void *left, const void *right)
{
    const ls_key *a = left, *b = right;
    int order = memcmp(a->text, b->text, a->size < b->size ? a->size : b->size);
    return order != 0 ? order : (a->size > b->size) - (a->size < b->size);
}

/* Pushes a new list of the string keys of the table at `index` and returns how many there are; about `expected`.

   Any allocation may run the collector, and that may take entries out of a weak table or run a finalizer that changes
   ours. So what was counted before is a hint, and the list gets its size before the loop: in the loop nothing runs
   that could change the table under lua_next. */
static size_t ls_push_key_list(lua_State *L, int index, size_t expected)
{
    int list, count = 0;
    lua_createtable(L, expected < INT_MAX ? (int)expected : INT_MAX, 0);
    list = lua_gettop(L);
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) == LUA_TSTRING) {
            lua_pushvalue(L, -1);
            lua_rawseti(L, list, ++count);
        }
    }
    return (size_t)count;
}

/* Pushes a userdata with the `count` keys of the list at `list` in byte order. */
static const ls_key *ls_push_sorted_keys(lua_State *L, int list, size_t count)
{
    ls_key *keys = lua_newuserdata(L, (count > 0 ? count : 1) * sizeof(*keys));
    size_t i;
    for (i = 0; i < count; i++) {
        keys[i].place = (int)i + 1;
        lua_rawgeti(L, list, keys[i].place);
        keys[i].text = lua_tolstring(L, -1, &keys[i].size);
        lua_pop(L, 1);
    }
    qsort(keys, count, sizeof(*keys), ls_compare_keys);
    return keys;
}

/* Sorts a few keys: mostly they are in order already, or few. */
static void ls_sort_keys(ls_key *keys, size_t count)
{
    size_t i, j;
    if (count > 16) {
        qsort(keys, count, sizeof(*keys), ls_compare_keys);
        return;
    }
    for (i = 1; i < count; i++) {
        ls_key key = keys[i];
        for (j = i; j > 0 && ls_compare_keys(&key, &keys[j - 1]) < 0; j--)
            keys[j] = keys[j - 1];
        keys[j] = key;
    }
}

/* Writes a member; its key lies in the stack slot before that of the value. */
static bool ls_encode_member(ls_encoder *e, const ls_key *key, int value, bool first)
{
    e->steps[e->depth - 1].key = value - 1;
    if (!first)
        ls_buffer_add_char(&e->out, ',');
    if (ls_add_string(&e->out, key->text, key->size) != NULL)
        return ls_encode_fail(e, "has a key that is not valid UTF-8");
    ls_buffer_add_char(&e->out, ':');
    return ls_encode_value(e, value, lua_type(e->L, value));
}

/* Writes an object whose `count` keys and values are the top of the stack. */
static bool ls_encode_small_object(ls_encoder *e, size_t count)
{
    lua_State *L = e->L;
    ls_key *keys = e->keys + e->used;
    int base = lua_gettop(L) - 2 * (int)count;
    size_t i;
    for (i = 0; i < count; i++) {
        keys[i].place = base + 1 + 2 * (int)i;
        keys[i].text = lua_tolstring(L, keys[i].place, &keys[i].size);
    }
    ls_sort_keys(keys, count);
    e->used += (int)count;
    ls_buffer_add_char(&e->out, '{');
    for (i = 0; i < count; i++)
        if (!ls_encode_member(e, &keys[i], keys[i].place + 1, i == 0))
            return false;
    e->used -= (int)count;
    lua_settop(L, base);
    ls_buffer_add_char(&e->out, '}');
    return true;
}

/* The same for any number of keys, about `expected`. A member that is gone when its turn comes, because the collector took
   it out of a weak table, is left out. */
static bool ls_encode_object(ls_encoder *e, int index, size_t expected)
{
    lua_State *L = e->L;
    size_t count = ls_push_key_list(L, index, expected), i;
    int list = lua_gettop(L), value = list + 3;
    const ls_key *keys = ls_push_sorted_keys(L, list, count);
    bool first = true;
    ls_buffer_add_char(&e->out, '{');
    for (i = 0; i < count; i++) {
        lua_rawgeti(L, list, keys[i].place);
        lua_pushvalue(L, -1);
        lua_rawget(L, index);
        if (!lua_isnil(L, value)) {
            if (!ls_encode_member(e, &keys[i], value, first))
                return false;
            first = false;
        }
        lua_pop(L, 2);
    }
    lua_pop(L, 2);
    ls_buffer_add_char(&e->out, '}');
    return true;
}

static bool ls_encode_table(ls_encoder *e, int index)
{
    lua_State *L = e->L;
    const void *self = lua_topointer(L, index);
    bool array, ok;
    size_t count, room;
    int i;
    if (ls_has_metatable(e, index, e->verbatim)) {
        size_t size;
        const char *text;
        lua_rawgeti(L, index, 1);
        text = lua_tolstring(L, -1, &size);
        ls_buffer_add(&e->out, text, size);
        lua_pop(L, 1);
        return true;
    }
    if (ls_has_metatable(e, index, e->bytes)) {
        size_t size;
        const char *bytes;
        lua_rawgeti(L, index, 1);
        bytes = lua_tolstring(L, -1, &size);
        ls_add_base64(&e->out, bytes, size);
        lua_pop(L, 1);
        return true;
    }
    for (i = 0; i < e->depth; i++)
        if (e->open[i] == self)
            return ls_encode_fail(e, "is a table that contains itself (a cycle)");
    if (e->depth == LS_DEPTH)
        return ls_encode_fail(e, "is nested deeper than 128 tables");
    room = (size_t)(LS_KEYS - e->used);
    if (room > LS_KEYS / 4)
        room = LS_KEYS / 4;
    luaL_checkstack(L, 10 + 2 * (int)room, "value nested too deep");
    e->open[e->depth++] = self;
    if (!ls_encode_shape(e, index, ls_has_metatable(e, index, e->array), room, &array, &count))
        return false;
    if (array)
        ok = ls_encode_array(e, index, count);
    else
        ok = count <= room ? ls_encode_small_object(e, count) : ls_encode_object(e, index, count);
    if (ok)
        e->depth--;
    return ok;
}

/* Writes the value at `index` (an absolute one), which is of this type. On failure `problem` is set, and depth and steps say where. */
static bool ls_encode_value(ls_encoder *e, int index, int type)
{
    lua_State *L = e->L;
    const char *problem = NULL, *text;
    size_t size;
    switch (type) {
    case LUA_TNIL:
        ls_buffer_add_literal(&e->out, "null");
        break;
    case LUA_TBOOLEAN:
        if (lua_toboolean(L, index))
            ls_buffer_add_literal(&e->out, "true");
        else
            ls_buffer_add_literal(&e->out, "false");
        break;
    case LUA_TNUMBER:
        problem = ls_add_number(&e->out, L, index);
        break;
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &size);
        problem = ls_add_string(&e->out, text, size);
        break;
    case LUA_TTABLE:
        return ls_encode_table(e, index);
    case LUA_TLIGHTUSERDATA:
        if (ls_is_null(L, index)) {
            ls_buffer_add_literal(&e->out, "null");
            break;
        }
        problem = "is a light userdata, which JSON cannot hold";
        break;
    case LUA_TFUNCTION:
        problem = "is a function, which JSON cannot hold";
        break;
    case LUA_TUSERDATA:
        problem = "is a userdata, which JSON cannot hold";
        break;
    case LUA_TTHREAD:
        problem = "is a coroutine, which JSON cannot hold";
        break;
    default:
        problem = "is of a type that JSON cannot hold";
        break;
    }
    return problem == NULL || ls_encode_fail(e, problem);
}

/* the upvalues of native.encode: three metatables, and the list with the memory that the last text was written to */
enum { LS_ENCODE_ARRAY = 1, LS_ENCODE_TEXT, LS_ENCODE_BYTES, LS_ENCODE_KEPT, LS_ENCODE_UPVALUES = LS_ENCODE_KEPT };

/* native.encode(value): the JSON text; or nil, path, what is wrong there. */
static int ls_native_encode(lua_State *L)
{
    ls_encoder e;
    lua_settop(L, 1);
    e.L = L;
    e.depth = 0;
    e.used = 0;
    e.problem = NULL;
    e.array = lua_upvalueindex(LS_ENCODE_ARRAY);
    e.verbatim = lua_upvalueindex(LS_ENCODE_TEXT);
    e.bytes = lua_upvalueindex(LS_ENCODE_BYTES);
    ls_buffer_open_kept(&e.out, L, lua_upvalueindex(LS_ENCODE_KEPT));
    if (!ls_encode_value(&e, 1, lua_type(L, 1))) {
        lua_pushnil(L);
        ls_push_path(L, e.steps, e.depth);
        lua_pushstring(L, e.problem);
        return 3;
    }
    lua_pushlstring(L, e.out.data, e.out.length);
    ls_buffer_keep(&e.out, lua_upvalueindex(LS_ENCODE_KEPT));
    return 1;
}

/* Pushes native.encode. */
static void ls_push_encode(lua_State *L)
{
    luaL_newmetatable(L, LS_ARRAY);
    luaL_newmetatable(L, LS_JSON_TEXT);
    luaL_newmetatable(L, LS_BYTES);
    lua_createtable(L, 1, 0);
    lua_pushcclosure(L, ls_native_encode, LS_ENCODE_UPVALUES);
}
