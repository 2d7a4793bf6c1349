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

/* Whether one of eight bytes must be looked at: it is not ASCII, or is written as an escape. */
static bool ls_has_special(const unsigned char *text)
{
    const uint64_t low = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
    uint64_t bytes, quote, slash;
    memcpy(&bytes, text, sizeof(bytes));
    quote = bytes ^ low * '"';
    slash = bytes ^ low * '\\';
    /* the high bit of a byte is set where that is itself set, is below 0x20, or is one of the two */
    return ((bytes | (bytes - low * 0x20) | (quote - low) | (slash - low)) & high) != 0;
}

/* Writes a string with its quotes; returns what is wrong with it, or NULL. */
static const char *ls_add_string(ls_buffer *out, const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size, *done = at;
    /* most texts need no more */
    ls_buffer_reserve(out, size + 2);
    ls_buffer_add_char(out, '"');
    while (at < end) {
        if (end - at >= 8 && !ls_has_special(at)) {
            at += 8;
        } else if (*at >= 0x80) {
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
