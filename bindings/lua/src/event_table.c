/* Events on their way from a queue to Lua. A stream's deltas, which come by the thousand, become tables at once; every
   other event becomes a userdata, whose JSON the driver reads. */

/* Of a longer text than this the event becomes a userdata. */
#define LS_SHORT_TEXT 1024
#define LS_SHORT_ID 64

/* upvalues of native.take */
enum {
    LS_TAKE_BOX = 1,   /* ls_box_event */
    LS_TAKE_QUEUE = 2, /* the metatable of queues */
    LS_TAKE_NAMES = 3  /* the first of ls_take_names */
};

static const char *const ls_take_names[] = {"type", "run_id", "seq", "step", "text", "text_delta", "reasoning_delta"};

/* the same, as upvalues */
enum {
    LS_NAME_TYPE = LS_TAKE_NAMES,
    LS_NAME_RUN_ID,
    LS_NAME_SEQ,
    LS_NAME_STEP,
    LS_NAME_TEXT,
    LS_NAME_TEXT_DELTA,
    LS_NAME_REASONING_DELTA,
    LS_TAKE_UPVALUES = LS_NAME_REASONING_DELTA
};

/* What llmspell_queue_next gave and no userdata holds yet. */
typedef struct ls_taken {
    llmspell_event *event;
    llmspell_error *error;
} ls_taken;

/* Pushes what a ls_taken holds: the event as a userdata and its type, or nil, message and details of the error. */
static int ls_box_event(lua_State *L)
{
    ls_taken *taken = lua_touserdata(L, 1);
    ls_object *object;
    if (taken->error != NULL) {
        lua_pushnil(L);
        ls_push_str(L, llmspell_error_message(taken->error));
        ls_push_str(L, llmspell_error_json(taken->error));
        return 3;
    }
    object = ls_new_object(L, &ls_type_event);
    lua_pushinteger(L, llmspell_event_type(taken->event));
    object->pointer = taken->event;
    taken->event = NULL;
    return 2;
}

/* Pushes the event as a table and returns true when it is a delta with a short text. The texts are copied, so that the
   event is freed before Lua can run out of memory. */
static bool ls_push_delta(lua_State *L, ls_taken *taken)
{
    char text[LS_SHORT_TEXT], id[LS_SHORT_ID];
    int32_t type = llmspell_event_type(taken->event);
    llmspell_str event_text, run_id;
    uint64_t seq;
    uint32_t step;
    if (type != LLMSPELL_EVENT_TEXT_DELTA && type != LLMSPELL_EVENT_REASONING_DELTA)
        return false;
    /* another agent's: the JSON tells whose */
    if (llmspell_event_depth(taken->event) != 0)
        return false;
    event_text = llmspell_event_text(taken->event);
    run_id = llmspell_event_run_id(taken->event);
    if (event_text.len > sizeof(text) || run_id.len > sizeof(id))
        return false;
    memcpy(text, event_text.data, event_text.len);
    memcpy(id, run_id.data, run_id.len);
    seq = llmspell_event_seq(taken->event);
    step = llmspell_event_step(taken->event);
    llmspell_event_free(taken->event);
    taken->event = NULL;
    lua_createtable(L, 0, 5);
    lua_pushvalue(L, lua_upvalueindex(LS_NAME_TYPE));
    lua_pushvalue(L, lua_upvalueindex(type == LLMSPELL_EVENT_TEXT_DELTA ? LS_NAME_TEXT_DELTA : LS_NAME_REASONING_DELTA));
    lua_rawset(L, -3);
    lua_pushvalue(L, lua_upvalueindex(LS_NAME_RUN_ID));
    lua_pushlstring(L, id, run_id.len);
    lua_rawset(L, -3);
    lua_pushvalue(L, lua_upvalueindex(LS_NAME_SEQ));
    ls_push_unsigned(L, seq);
    lua_rawset(L, -3);
    lua_pushvalue(L, lua_upvalueindex(LS_NAME_STEP));
    ls_push_unsigned(L, step);
    lua_rawset(L, -3);
    lua_pushvalue(L, lua_upvalueindex(LS_NAME_TEXT));
    lua_pushlstring(L, text, event_text.len);
    lua_rawset(L, -3);
    return true;
}

static ls_object *ls_check_queue(lua_State *L)
{
    if (lua_type(L, 1) == LUA_TUSERDATA && lua_getmetatable(L, 1)) {
        bool same = lua_rawequal(L, -1, lua_upvalueindex(LS_TAKE_QUEUE));
        lua_pop(L, 1);
        if (same && ((ls_object *)lua_touserdata(L, 1))->type == &ls_type_queue)
            return lua_touserdata(L, 1);
    }
    return ls_check_object(L, "take", 1, "queue", ls_wanted_queue);
}

/* native.take(queue, timeout_ms): the next event, as a table when it is a delta, else as a userdata and its type; nil when none
   came in time; or nil, message, details. */
static int ls_native_take(lua_State *L)
{
    ls_object *queue = ls_check_queue(L);
    int32_t timeout_ms = (int32_t)ls_check_signed(L, "take", 2, "timeout_ms", -1, INT32_MAX);
    ls_taken taken = {NULL, NULL};
    int status, base;
    if (ls_is_closed(queue))
        return ls_closed(L, "take", "queue");
    lua_settop(L, 2);
    /* in place before the call: afterwards nothing may fail until its gifts are in safe hands */
    lua_pushvalue(L, lua_upvalueindex(LS_TAKE_BOX));
    lua_pushlightuserdata(L, &taken);
    base = lua_gettop(L) - 2;
    llmspell_queue_next(ls_pointer(queue), timeout_ms, &taken.event, &taken.error);
    if (taken.event == NULL && taken.error == NULL) {
        lua_pushnil(L);
        return 1;
    }
    if (taken.event != NULL && ls_push_delta(L, &taken))
        return 1;
    status = lua_pcall(L, 1, LUA_MULTRET, 0);
    llmspell_event_free(taken.event);
    llmspell_error_free(taken.error);
    if (status != LUA_OK)
        return lua_error(L);
    return lua_gettop(L) - base;
}

/* Sets native.take in the table on top of the stack. The raw module is open: its types are there. */
static void ls_set_take(lua_State *L)
{
    size_t i;
    lua_pushcfunction(L, ls_box_event);
    luaL_getmetatable(L, ls_type_queue.metatable);
    for (i = 0; i < sizeof(ls_take_names) / sizeof(ls_take_names[0]); i++)
        lua_pushstring(L, ls_take_names[i]);
    lua_pushcclosure(L, ls_native_take, LS_TAKE_UPVALUES);
    lua_setfield(L, -2, "take");
}
