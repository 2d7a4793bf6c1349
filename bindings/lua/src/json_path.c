/* Where in a value an error is: `tools[2].schema.properties.x`. */

/* One step into a nested value: an index when `key` is 0, else the stack slot that holds the key, a string. */
typedef struct ls_step {
    int key;
    lua_Integer index;
} ls_step;

/* Long keys are cut in errors; this many bytes are shown. */
#define LS_PATH_KEY 64
/* Of a longer path the first and the last steps are shown. */
#define LS_PATH_FIRST 8
#define LS_PATH_LAST 3

static void ls_path_key(ls_buffer *buffer, const char *key, size_t size)
{
    size_t i;
    int plain = size > 0 && size <= LS_PATH_KEY && !(key[0] >= '0' && key[0] <= '9');
    for (i = 0; plain && i < size; i++)
        plain = (key[i] >= 'a' && key[i] <= 'z') || (key[i] >= 'A' && key[i] <= 'Z') ||
                (key[i] >= '0' && key[i] <= '9') || key[i] == '_';
    if (plain) {
        if (buffer->length > 0)
            ls_buffer_add_char(buffer, '.');
        ls_buffer_add(buffer, key, size);
        return;
    }
    ls_buffer_add_literal(buffer, "[\"");
    for (i = 0; i < size && i < LS_PATH_KEY; i++)
        ls_buffer_add_char(buffer, (unsigned char)key[i] < 0x20 || (unsigned char)key[i] >= 0x7F ? '?' : key[i]);
    if (size > LS_PATH_KEY)
        ls_buffer_add_literal(buffer, "...");
    ls_buffer_add_literal(buffer, "\"]");
}

/* Pushes the path of `count` steps as a string, empty for the value itself. */
static void ls_push_path(lua_State *L, const ls_step *steps, int count)
{
    ls_buffer buffer;
    int i;
    luaL_checkstack(L, 4, "path too long");
    ls_buffer_open(&buffer, L);
    for (i = 0; i < count; i++) {
        if (i == LS_PATH_FIRST && count > LS_PATH_FIRST + LS_PATH_LAST) {
            ls_buffer_add_literal(&buffer, "...");
            i = count - LS_PATH_LAST;
        }
        if (steps[i].key != 0) {
            size_t size;
            const char *key = lua_tolstring(L, steps[i].key, &size);
            ls_path_key(&buffer, key, size);
        } else {
            char index[32];
            int length = snprintf(index, sizeof(index), "[%lld]", (long long)steps[i].index);
            ls_buffer_add(&buffer, index, (size_t)length);
        }
    }
    lua_pushlstring(L, buffer.data, buffer.length);
    lua_replace(L, buffer.slot);
}
