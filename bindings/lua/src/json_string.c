/* Lua strings as JSON strings. */

static void ls_add_escape(ls_buffer *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
    const char *brief = NULL;
    switch (c) {
    case '"': brief = "\\\""; break;
    case '\\': brief = "\\\\"; break;
    case '\n': brief = "\\n"; break;
    case '\r': brief = "\\r"; break;
    case '\t': brief = "\\t"; break;
    default: break;
    }
    if (brief != NULL)
        ls_buffer_add(out, brief, 2);
    else
        ls_buffer_add(out, text, sizeof(text));
}

/* Writes a string with its quotes; returns what is wrong with it, or NULL. */
static const char *ls_add_string(ls_buffer *out, const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size, *done = at;
    ls_buffer_add_char(out, '"');
    while (at < end) {
        if (*at >= 0x80) {
            size_t length = ls_utf8_char(at, (size_t)(end - at));
            if (length == 0)
                return "is not valid UTF-8; encode binary data as text, for example as base64";
            at += length;
        } else if (*at < 0x20 || *at == '"' || *at == '\\') {
            ls_buffer_add(out, (const char *)done, (size_t)(at - done));
            ls_add_escape(out, *at++);
            done = at;
        } else {
            at++;
        }
    }
    ls_buffer_add(out, (const char *)done, (size_t)(at - done));
    ls_buffer_add_char(out, '"');
    return NULL;
}
