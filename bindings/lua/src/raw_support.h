/* What the generated functions of raw.gen.c share: objects of the library as userdata, checked arguments, results that
   Lua takes over. Only C calls Lua here, never beneath a Rust frame; and whatever the library gave is either in a
   userdata or in an ls_pending before Lua can raise an error. */
#ifndef LS_RAW_SUPPORT_H
#define LS_RAW_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "llmspell.h"
#include "lua_api.h"

/* A kind of object: `metatable` is the metatable's name in the registry and the name users see. */
typedef struct ls_type {
    const char *metatable;
    void (*free)(void *object);
} ls_type;

/* The userdata of an object. `pointer` is NULL before the library gave it and after close(). */
typedef struct ls_object {
    void *pointer;
    const ls_type *type;
} ls_object;

/* A Lua string as the library wants it; valid while the string is on the stack. */
typedef struct ls_text {
    const char *data;
    size_t len;
} ls_text;

#define LS_MAX_BUFFERS 4

/* What a call gave that no userdata holds. ls_protect comes before the call, ls_fail or ls_push_buffers after it. */
typedef struct ls_pending {
    llmspell_error *error;
    llmspell_buf *buffers[LS_MAX_BUFFERS];
    int count;
} ls_pending;

/* ---- arguments ---- */

/* What an argument is, for messages: the name of an object's type, else Lua's word. */
static const char *ls_typename(lua_State *L, int arg)
{
    if (lua_type(L, arg) == LUA_TUSERDATA && lua_getmetatable(L, arg)) {
        lua_getfield(L, -1, "__name");
        if (lua_type(L, -1) == LUA_TSTRING)
            return lua_tostring(L, -1);
    }
    return arg > lua_gettop(L) ? "no value" : luaL_typename(L, arg);
}

/* Raises "bad argument #1 to 'agent_new' (options_json: string expected, got nil)". `got` is to be asked for before
   anything is pushed: what is pushed would stand in the place of an argument that was not given. */
static int ls_mismatch(lua_State *L, const char *function, int arg, const char *name, const char *expected, const char *got)
{
    return luaL_error(L, "bad argument #%d to '%s' (%s: %s expected, got %s)", arg, function, name, expected, got);
}

static int ls_bad_argument(lua_State *L, const char *function, int arg, const char *name, const char *expected)
{
    return ls_mismatch(L, function, arg, name, expected, ls_typename(L, arg));
}

LS_UNUSED static ls_text ls_check_text(lua_State *L, const char *function, int arg, const char *name)
{
    ls_text text = {NULL, 0};
    if (lua_type(L, arg) != LUA_TSTRING)
        ls_bad_argument(L, function, arg, name, "string");
    text.data = lua_tolstring(L, arg, &text.len);
    return text;
}

/* The same where nil stands for no text. */
LS_UNUSED static ls_text ls_opt_text(lua_State *L, const char *function, int arg, const char *name)
{
    ls_text none = {NULL, 0};
    return lua_isnoneornil(L, arg) ? none : ls_check_text(L, function, arg, name);
}

LS_UNUSED static bool ls_check_boolean(lua_State *L, const char *function, int arg, const char *name)
{
    if (lua_type(L, arg) != LUA_TBOOLEAN)
        ls_bad_argument(L, function, arg, name, "boolean");
    return lua_toboolean(L, arg) != 0;
}

LS_UNUSED static lua_Number ls_check_number(lua_State *L, const char *function, int arg, const char *name)
{
    if (lua_type(L, arg) != LUA_TNUMBER)
        ls_bad_argument(L, function, arg, name, "number");
    return lua_tonumber(L, arg);
}

static void ls_push_signed(lua_State *L, int64_t value)
{
    if (sizeof(lua_Integer) >= sizeof value)
        lua_pushinteger(L, (lua_Integer)value);
    else
        lua_pushnumber(L, (lua_Number)value);
}

/* A number as Lua prints it. */
static const char *ls_digits(lua_State *L, int64_t value)
{
    ls_push_signed(L, value);
    return lua_tostring(L, -1);
}

static int ls_bad_range(lua_State *L, const char *function, int arg, const char *name, int64_t low, int64_t high)
{
    const char *got;
    if (lua_type(L, arg) == LUA_TNUMBER) {
        lua_pushvalue(L, arg);
        got = lua_tostring(L, -1);
    } else {
        got = ls_typename(L, arg);
    }
    return luaL_error(L, "bad argument #%d to '%s' (%s: whole number from %s to %s expected, got %s)", arg, function, name,
                      ls_digits(L, low), ls_digits(L, high), got);
}

/* A whole number within the range of the C type; where Lua has only doubles, within 2^53. */
LS_UNUSED static int64_t ls_check_signed(lua_State *L, const char *function, int arg, const char *name, int64_t low,
                                         int64_t high)
{
    int exact = 0;
    int64_t value = 0;
    if (lua_type(L, arg) == LUA_TNUMBER)
        value = (int64_t)lua_tointegerx(L, arg, &exact);
    if (!exact || value < low || value > high)
        ls_bad_range(L, function, arg, name, low, high);
    return value;
}

/* The same for unsigned types; beyond 2^63 no Lua number is exact. */
LS_UNUSED static uint64_t ls_check_unsigned(lua_State *L, const char *function, int arg, const char *name, uint64_t high)
{
    return (uint64_t)ls_check_signed(L, function, arg, name, 0, high > INT64_MAX ? INT64_MAX : (int64_t)high);
}

/* An object of one of `types` (ends with NULL). Other userdata never match: the metatable decides, and the type itself
   tells our objects from those of a second copy of this module, which share the metatable's name. */
LS_UNUSED static ls_object *ls_check_object(lua_State *L, const char *function, int arg, const char *name,
                                            const ls_type *const *types)
{
    const char *got;
    size_t i;
    if (lua_type(L, arg) == LUA_TUSERDATA) {
        for (i = 0; types[i] != NULL; i++) {
            ls_object *object = (ls_object *)luaL_testudata(L, arg, types[i]->metatable);
            if (object != NULL && object->type == types[i])
                return object;
        }
    }
    got = ls_typename(L, arg);
    lua_pushstring(L, types[0]->metatable);
    for (i = 1; types[i] != NULL; i++) {
        lua_pushfstring(L, " or %s", types[i]->metatable);
        lua_concat(L, 2);
    }
    ls_mismatch(L, function, arg, name, lua_tostring(L, -1), got);
    return NULL;
}

/* The same where nil stands for no object. */
LS_UNUSED static ls_object *ls_opt_object(lua_State *L, const char *function, int arg, const char *name,
                                          const ls_type *const *types)
{
    return lua_isnoneornil(L, arg) ? NULL : ls_check_object(L, function, arg, name, types);
}

LS_UNUSED static int ls_is_closed(const ls_object *object)
{
    return object != NULL && object->pointer == NULL;
}

LS_UNUSED static void *ls_pointer(const ls_object *object)
{
    return object == NULL ? NULL : object->pointer;
}

/* The library takes the object over: its userdata is closed from now on. */
LS_UNUSED static void *ls_give_away(ls_object *object)
{
    void *pointer = ls_pointer(object);
    if (object != NULL)
        object->pointer = NULL;
    return pointer;
}

/* ---- failures ---- */

#define LS_TEXT_OF(x) #x
#define LS_DIGITS(x) LS_TEXT_OF(x)

/* A fallible function met a closed object: nil, message, details. */
LS_UNUSED static int ls_closed(lua_State *L, const char *function, const char *name)
{
    lua_pushnil(L);
    lua_pushfstring(L, "%s: %s is closed; make a new one", function, name);
    lua_pushfstring(L,
                    "{\"kind\":\"closed\",\"code\":" LS_DIGITS(LLMSPELL_E_CLOSED) ",\"message\":\"%s\",\"retryable\":false}",
                    lua_tostring(L, -1));
    return 3;
}

/* A function that cannot fail met one: a mistake in the program. */
LS_UNUSED static int ls_closed_error(lua_State *L, const char *function, const char *name)
{
    return luaL_error(L, "%s: %s is closed; make a new one", function, name);
}

/* ---- results ---- */

/* Pushes what an ls_pending holds: nil, message and details of its error, else its buffers as strings or nil. */
static int ls_push_pending(lua_State *L)
{
    const ls_pending *pending = (const ls_pending *)lua_touserdata(L, 1);
    int i;
    if (pending->error != NULL) {
        llmspell_str message = llmspell_error_message(pending->error);
        llmspell_str details = llmspell_error_json(pending->error);
        lua_pushnil(L);
        lua_pushlstring(L, message.data, message.len);
        lua_pushlstring(L, details.data, details.len);
        return 3;
    }
    for (i = 0; i < pending->count; i++) {
        llmspell_str text = llmspell_buf_str(pending->buffers[i]);
        if (pending->buffers[i] == NULL)
            lua_pushnil(L);
        else
            lua_pushlstring(L, text.data, text.len);
    }
    return pending->count;
}

/* Gets ready to push what the call is about to give: all that can fail for want of memory happens now. The generated
   functions have ls_push_pending as their first upvalue. */
LS_UNUSED static void ls_protect(lua_State *L, ls_pending *pending, int buffers)
{
    int i;
    pending->error = NULL;
    pending->count = buffers;
    for (i = 0; i < LS_MAX_BUFFERS; i++)
        pending->buffers[i] = NULL;
    lua_pushvalue(L, lua_upvalueindex(1));
    lua_pushlightuserdata(L, pending);
}

/* Runs ls_push_pending protected, frees what the library gave, and only then lets an error of Lua through. */
static void ls_take_over(lua_State *L, ls_pending *pending, int results)
{
    int status = lua_pcall(L, 1, results, 0);
    int i;
    llmspell_error_free(pending->error);
    for (i = 0; i < pending->count; i++)
        llmspell_buf_free(pending->buffers[i]);
    if (status != LUA_OK)
        lua_error(L);
}

/* The call failed: returns nil, message, details to Lua. */
LS_UNUSED static int ls_fail(lua_State *L, ls_pending *pending, const char *function, llmspell_status status)
{
    if (pending->error == NULL)
        return luaL_error(L, "%s failed with status %d and gave no error", function, (int)status);
    ls_take_over(L, pending, 3);
    return 3;
}

/* The call gave buffers: pushes them as strings and returns the index of the first. */
LS_UNUSED static int ls_push_buffers(lua_State *L, ls_pending *pending)
{
    ls_take_over(L, pending, pending->count);
    return lua_gettop(L) - pending->count + 1;
}

LS_UNUSED static void ls_push_unsigned(lua_State *L, uint64_t value)
{
    if (value <= INT64_MAX)
        ls_push_signed(L, (int64_t)value);
    else
        lua_pushnumber(L, (lua_Number)value);
}

LS_UNUSED static void ls_push_str(lua_State *L, llmspell_str text)
{
    lua_pushlstring(L, text.data, text.len);
}

/* ---- objects ---- */

/* Pushes an empty object. Made before the call that fills it, so that what the library gives is never homeless. */
LS_UNUSED static ls_object *ls_new_object(lua_State *L, const ls_type *type)
{
    ls_object *object = (ls_object *)lua_newuserdata(L, sizeof *object);
    object->pointer = NULL;
    object->type = type;
    luaL_getmetatable(L, type->metatable);
    lua_setmetatable(L, -2);
    return object;
}

/* Pushes the object at `index`, or nil when the library gave none. */
LS_UNUSED static void ls_push_object(lua_State *L, int index, const ls_object *object)
{
    if (object->pointer == NULL)
        lua_pushnil(L);
    else
        lua_pushvalue(L, index);
}

/* Frees what the object holds, once. */
static void ls_close_object(ls_object *object)
{
    void *pointer = ls_give_away(object);
    if (pointer != NULL)
        object->type->free(pointer);
}

/* The argument as an object whose metatable is the first upvalue. */
static ls_object *ls_self(lua_State *L, const char *function)
{
    const char *got;
    if (lua_type(L, 1) == LUA_TUSERDATA && lua_getmetatable(L, 1)) {
        if (lua_rawequal(L, -1, lua_upvalueindex(1)))
            return (ls_object *)lua_touserdata(L, 1);
        lua_pop(L, 1);
    }
    got = ls_typename(L, 1);
    lua_getfield(L, lua_upvalueindex(1), "__name");
    ls_mismatch(L, function, 1, "self", lua_tostring(L, -1), got);
    return NULL;
}

/* close(), __gc and __close */
static int ls_object_close(lua_State *L)
{
    ls_close_object(ls_self(L, "close"));
    return 0;
}

static int ls_object_tostring(lua_State *L)
{
    const ls_object *object = ls_self(L, "tostring");
    if (object->pointer == NULL)
        lua_pushfstring(L, "%s (closed)", object->type->metatable);
    else
        lua_pushfstring(L, "%s: %p", object->type->metatable, object->pointer);
    return 1;
}

static void ls_set_method(lua_State *L, int metatable, const char *name, lua_CFunction function)
{
    lua_pushvalue(L, metatable);
    lua_pushcclosure(L, function, 1);
    lua_setfield(L, -2, name);
}

/* Makes the metatable of a type in the registry, as the last step: when memory runs out before it, the next try begins
   anew instead of finding half a metatable. */
LS_UNUSED static void ls_new_type(lua_State *L, const ls_type *type)
{
    int metatable;
    luaL_getmetatable(L, type->metatable);
    if (lua_isnil(L, -1)) {
        lua_newtable(L);
        metatable = lua_gettop(L);
        lua_pushstring(L, type->metatable);
        lua_setfield(L, metatable, "__name");
        /* hides the metatable from scripts, so that no __gc is called twice or on something else */
        lua_pushboolean(L, 0);
        lua_setfield(L, metatable, "__metatable");
        ls_set_method(L, metatable, "__gc", ls_object_close);
        ls_set_method(L, metatable, "__close", ls_object_close);
        ls_set_method(L, metatable, "__tostring", ls_object_tostring);
        lua_createtable(L, 0, 1);
        ls_set_method(L, metatable, "close", ls_object_close);
        lua_setfield(L, metatable, "__index");
        lua_setfield(L, LUA_REGISTRYINDEX, type->metatable);
    }
    lua_pop(L, 1);
}

/* ---- the module ---- */

typedef struct ls_integer_constant {
    const char *name;
    int64_t value;
} ls_integer_constant;

typedef struct ls_text_constant {
    const char *name;
    const char *value;
} ls_text_constant;

/* Pushes the module's table; the lists end with an entry without a name. */
LS_UNUSED static void ls_new_module(lua_State *L, const luaL_Reg *functions, const ls_integer_constant *integers,
                                    const ls_text_constant *texts)
{
    lua_newtable(L);
    lua_pushcfunction(L, ls_push_pending);
    luaL_setfuncs(L, functions, 1);
    for (; integers->name != NULL; integers++) {
        ls_push_signed(L, integers->value);
        lua_setfield(L, -2, integers->name);
    }
    for (; texts->name != NULL; texts++) {
        lua_pushstring(L, texts->value);
        lua_setfield(L, -2, texts->name);
    }
}

#endif
