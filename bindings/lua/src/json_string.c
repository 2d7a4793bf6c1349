/* Lua strings as JSON strings. */

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Room that is left at the least behind what a string still needs without escapes. */
#define LS_ESCAPE_ROOM 64

/* What is written for a byte: 0 for itself, LS_WIDE when it begins a character of several bytes, LS_CODE for \u00.., else the
   letter behind the backslash. */
#define LS_WIDE 1
#define LS_CODE 2

#define LS_CODES_8 LS_CODE, LS_CODE, LS_CODE, LS_CODE, LS_CODE, LS_CODE, LS_CODE, LS_CODE
#define LS_WIDE_8 LS_WIDE, LS_WIDE, LS_WIDE, LS_WIDE, LS_WIDE, LS_WIDE, LS_WIDE, LS_WIDE
#define LS_WIDE_32 LS_WIDE_8, LS_WIDE_8, LS_WIDE_8, LS_WIDE_8

static const unsigned char ls_escapes[256] = {
    LS_CODES_8,
    LS_CODE, 't', 'n', LS_CODE, LS_CODE, 'r', LS_CODE, LS_CODE,
    LS_CODES_8, LS_CODES_8,
    ['"'] = '"',
    ['\\'] = '\\',
    [0x80] = LS_WIDE_32, LS_WIDE_32, LS_WIDE_32, LS_WIDE_32,
};

/* How many bytes at `text` are written as they stand; 8 when all eight are. */
static inline int ls_plain_8(const unsigned char *text)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    const uint64_t low = UINT64_C(0x0101010101010101), high = UINT64_C(0x8080808080808080);
    uint64_t bytes, quote, slash, special;
    memcpy(&bytes, text, sizeof(bytes));
    quote = bytes ^ low * '"';
    slash = bytes ^ low * '\\';
    /* the lowest high bit that is set is in the first byte that is not ASCII, is below 0x20, or is one of the two */
    special = (bytes | (bytes - low * 0x20) | (quote - low) | (slash - low)) & high;
    return special == 0 ? 8 : __builtin_ctzll(special) >> 3;
#else
    int count = 0;
    while (count < 8 && ls_escapes[text[count]] == 0)
        count++;
    return count;
#endif
}

/* Copies what is written as it stands, up to the first other byte or the end; returns how many bytes. There is room for all. */
static inline size_t ls_copy_plain(char *to, const unsigned char *text, size_t size)
{
    size_t done = 0;
#ifdef __SSE2__
    while (size - done >= 16) {
        __m128i bytes = _mm_loadu_si128((const __m128i *)(text + done));
        /* as numbers with sign: what is not ASCII is below 0x20, too */
        __m128i special = _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)),
                                       _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')),
                                                    _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\'))));
        int mask = _mm_movemask_epi8(special);
        _mm_storeu_si128((__m128i *)(to + done), bytes);
        if (mask != 0)
            return done + (size_t)__builtin_ctz((unsigned)mask);
        done += 16;
    }
#endif
    while (size - done >= 8) {
        int plain = ls_plain_8(text + done);
        memcpy(to + done, text + done, 8);
        done += (size_t)plain;
        if (plain < 8)
            return done;
    }
    for (; done < size && ls_escapes[text[done]] == 0; done++)
        to[done] = (char)text[done];
    return done;
}

/* Writes the escape of a byte and returns where the text goes on. */
static inline char *ls_escape(char *to, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    unsigned char kind = ls_escapes[c];
    *to++ = '\\';
    if (kind != LS_CODE) {
        *to++ = (char)kind;
        return to;
    }
    memcpy(to, "u00", 3);
    to[3] = hex[c >> 4];
    to[4] = hex[c & 15];
    return to + 5;
}

/* Writes a string with its quotes; returns what is wrong with it, or NULL. */
static const char *ls_add_string(ls_buffer *out, const char *text, size_t size)
{
    const unsigned char *at = (const unsigned char *)text, *end = at + size;
    char *to, *limit;
    if (size > SIZE_MAX / 8)
        luaL_error(out->L, "the text is too long for this machine's memory");
    to = ls_buffer_reserve(out, size + 2 + LS_ESCAPE_ROOM);
    limit = out->data + out->capacity;
    *to++ = '"';
    for (;;) {
        size_t plain = ls_copy_plain(to, at, (size_t)(end - at));
        at += plain;
        to += plain;
        if (at == end)
            break;
        if (ls_escapes[*at] == LS_WIDE) {
            do {
                size_t length = ls_utf8_char(at, (size_t)(end - at));
                if (length == 0)
                    return "is not valid UTF-8; encode binary data as text, for example as base64";
                do {
                    *to++ = (char)*at++;
                } while (--length > 0);
            } while (at < end && *at >= 0x80);
            continue;
        }
        to = ls_escape(to, *at++);
        if ((size_t)(limit - to) < (size_t)(end - at) + 8) {
            /* more escapes than there was room for */
            out->length = (size_t)(to - out->data);
            to = ls_buffer_reserve(out, (size_t)(end - at) + 2 + LS_ESCAPE_ROOM);
            limit = out->data + out->capacity;
        }
    }
    *to++ = '"';
    out->length = (size_t)(to - out->data);
    return NULL;
}
