/* Lua numbers as JSON. A float without a fraction is written as an integer (1.0 as 1), so that every Lua writes the
   same text for the same value. */

#define LS_EXACT 9007199254740992.0 /* 2^53: up to here a double holds every integer */

/* Writes a number's digits so that they end before `end`; returns where they begin. */
static char *ls_digits_before(char *end, uint64_t value)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324252627282930313233343536373839404142434445464748"
                                "4950515253545556575859606162636465666768697071727374757677787980818283848586878889909192939495969798"
                                "99";
    while (value >= 100) {
        end -= 2;
        memcpy(end, pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        end -= 2;
        memcpy(end, pairs + value * 2, 2);
    } else {
        *--end = (char)('0' + value);
    }
    return end;
}

static void ls_add_integer(ls_buffer *out, long long value)
{
    char digits[24];
    char *end = digits + sizeof(digits);
    char *at = ls_digits_before(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    if (value < 0)
        *--at = '-';
    ls_buffer_add(out, at, (size_t)(end - at));
}

/* Writes the shortest digits that read back as the same double, in the form of printf's %g with 15 digits or as many as it
   takes: large and small numbers with an exponent of at least two digits. */
static void ls_add_double(ls_buffer *out, double value)
{
    char digits[24];
    char *end = digits + sizeof(digits), *at, *to, *begin;
    llmspell_json_decimal decimal;
    int count, before, i;
    decimal.struct_size = sizeof(decimal);
    llmspell_json_shortest(value, &decimal);
    at = ls_digits_before(end, decimal.digits);
    count = (int)(end - at);
    before = count + decimal.exponent; /* digits before the point */
    /* 1 sign, 4 zeros before and 17 digits, or an exponent; or zeros up to 17 places */
    begin = to = ls_buffer_reserve(out, 40);
    if (value < 0)
        *to++ = '-';
    if (before < -3 || before > (count > 15 ? count : 15)) {
        int power = before - 1;
        *to++ = *at++;
        if (at < end)
            *to++ = '.';
        while (at < end)
            *to++ = *at++;
        *to++ = 'e';
        *to++ = power < 0 ? '-' : '+';
        if (power < 0)
            power = -power;
        at = ls_digits_before(end, (uint64_t)power);
        if (power < 10)
            *--at = '0';
        while (at < end)
            *to++ = *at++;
    } else if (before <= 0) {
        *to++ = '0';
        *to++ = '.';
        for (i = before; i < 0; i++)
            *to++ = '0';
        memcpy(to, at, (size_t)count);
        to += count;
    } else {
        for (i = 0; i < before; i++)
            *to++ = i < count ? at[i] : '0';
        if (before < count) {
            *to++ = '.';
            memcpy(to, at + before, (size_t)(count - before));
            to += count - before;
        }
    }
    out->length += (size_t)(to - begin);
}

/* Writes the number at `index`; returns what is wrong with it, or NULL. */
static const char *ls_add_number(ls_buffer *out, lua_State *L, int index)
{
    lua_Number value;
#if LS_HAS_INTEGERS
    if (lua_isinteger(L, index)) {
        ls_add_integer(out, (long long)lua_tointeger(L, index));
        return NULL;
    }
#endif
    value = lua_tonumber(L, index);
    if (isnan(value))
        return "is NaN, which JSON cannot hold; use llmspell.null or a string";
    if (isinf(value))
        return "is infinite, which JSON cannot hold; use llmspell.null or a string";
    if (value >= -LS_EXACT && value <= LS_EXACT && value == floor(value)) {
        ls_add_integer(out, (long long)value);
        return NULL;
    }
#if !LS_HAS_INTEGERS
    /* from 2^64 on nobody can mean an exact integer */
    if (value == floor(value) && fabs(value) < 18446744073709551616.0)
        return "is an integer beyond 2^53, which this Lua cannot hold exactly; give it as a string";
#endif
    ls_add_double(out, value);
    return NULL;
}
