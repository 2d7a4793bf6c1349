/* Bytes as a JSON string of base64: RFC 4648, section 4. */
static void ls_add_base64(ls_buffer *out, const char *bytes, size_t size)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *at = (const unsigned char *)bytes;
    char *to;
    size_t left;
    if (size > SIZE_MAX / 8)
        luaL_error(out->L, "the text is too long for this machine's memory");
    to = ls_buffer_reserve(out, (size + 2) / 3 * 4 + 2);
    *to++ = '"';
    for (left = size; left >= 3; left -= 3, at += 3) {
        *to++ = letters[at[0] >> 2];
        *to++ = letters[(at[0] & 3) << 4 | at[1] >> 4];
        *to++ = letters[(at[1] & 15) << 2 | at[2] >> 6];
        *to++ = letters[at[2] & 63];
    }
    if (left > 0) {
        *to++ = letters[at[0] >> 2];
        *to++ = letters[(at[0] & 3) << 4 | (left > 1 ? at[1] >> 4 : 0)];
        *to++ = left > 1 ? letters[(at[1] & 15) << 2] : '=';
        *to++ = '=';
    }
    *to++ = '"';
    out->length = (size_t)(to - out->data);
}
