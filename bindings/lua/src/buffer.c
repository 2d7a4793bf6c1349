/* A growing text: at first in the buffer itself, then in memory that belongs to Lua, a userdata in a stack slot. So an error
   raised anywhere, out of memory included, leaves nothing behind. */

#define LS_BUFFER_FIRST 512

typedef struct ls_buffer {
    lua_State *L;
    int slot; /* where on the stack the userdata lies */
    char *data;
    size_t length;
    size_t capacity;
    char first[LS_BUFFER_FIRST];
} ls_buffer;

/* Pushes the slot of the buffer's userdata, which must stay on the stack as long as the buffer is used. */
static void ls_buffer_open(ls_buffer *buffer, lua_State *L)
{
    buffer->L = L;
    lua_pushnil(L);
    buffer->data = buffer->first;
    buffer->slot = lua_gettop(L);
    buffer->length = 0;
    buffer->capacity = LS_BUFFER_FIRST;
}

/* A buffer may leave its memory to the next one, so that a longer text is not written to fresh memory each time: in place 1 of
   a list that the caller keeps. While a buffer has it that place is empty, and a call within the call gets memory of its own. */
#define LS_BUFFER_KEPT (128 * 1024)

/* As ls_buffer_open, with the memory that is in the list at `kept`. */
static void ls_buffer_open_kept(ls_buffer *buffer, lua_State *L, int kept)
{
    void *data;
    ls_buffer_open(buffer, L);
    lua_rawgeti(L, kept, 1);
    data = lua_touserdata(L, -1);
    if (data == NULL) {
        lua_pop(L, 1);
        return;
    }
    lua_replace(L, buffer->slot);
    buffer->data = data;
    buffer->capacity = lua_rawlen(L, buffer->slot);
    lua_pushnil(L);
    lua_rawseti(L, kept, 1);
}

/* Leaves the buffer's memory in the list at `kept` unless it is large; the text is not to be used any more. */
static void ls_buffer_keep(ls_buffer *buffer, int kept)
{
    if (buffer->data == buffer->first || buffer->capacity > LS_BUFFER_KEPT)
        return;
    lua_pushvalue(buffer->L, buffer->slot);
    lua_rawseti(buffer->L, kept, 1);
}

static void ls_buffer_grow(ls_buffer *buffer, size_t size)
{
    size_t capacity = buffer->capacity;
    char *data;
    while (size > capacity - buffer->length) {
        if (capacity > SIZE_MAX / 8)
            luaL_error(buffer->L, "the text is too long for this machine's memory");
        capacity *= 4;
    }
    data = lua_newuserdata(buffer->L, capacity);
    memcpy(data, buffer->data, buffer->length);
    lua_replace(buffer->L, buffer->slot);
    buffer->data = data;
    buffer->capacity = capacity;
}

/* Room for `size` more bytes, which the caller writes and counts. */
static inline char *ls_buffer_reserve(ls_buffer *buffer, size_t size)
{
    if (size > buffer->capacity - buffer->length)
        ls_buffer_grow(buffer, size);
    return buffer->data + buffer->length;
}

static inline void ls_buffer_add(ls_buffer *buffer, const char *text, size_t size)
{
    memcpy(ls_buffer_reserve(buffer, size), text, size);
    buffer->length += size;
}

static inline void ls_buffer_add_char(ls_buffer *buffer, char c)
{
    *ls_buffer_reserve(buffer, 1) = c;
    buffer->length++;
}

#define ls_buffer_add_literal(buffer, s) ls_buffer_add((buffer), "" s, sizeof(s) - 1)
