/* Lua numbers as JSON. A float without a fraction is written as an integer (1.0 as 1), so that every Lua writes the
   same text for the same value. */

#define LS_EXACT 9007199254740992.0 /* 2^53: up to here a double holds every integer */

static void ls_add_integer(ls_buffer *out, long long value)
{
    char digits[24];
    char *end = digits + sizeof(digits), *at = end;
    unsigned long long rest = value < 0 ? 0ULL - (unsigned long long)value : (unsigned long long)value;
    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest > 0);
    if (value < 0)
        *--at = '-';
    ls_buffer_add(out, at, (size_t)(end - at));
}

/* Writes a number with few decimals, like 45.67, and returns true; others are left to the slow way, which would write these
   as the same text. A whole number and a power of ten that are both exact have an exact quotient but for its rounding, which
   is how the text is read: so the check is sound. */
static bool ls_add_decimal(ls_buffer *out, double value)
{
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};
    double size = fabs(value);
    int decimals;
    if (size < 1e-4 || size >= 1e9)
        return false;
    for (decimals = 1; decimals <= 6; decimals++) {
        double scaled = floor(size * powers[decimals] + 0.5);
        if (scaled / powers[decimals] == size) {
            char digits[24];
            char *end = digits + sizeof(digits), *at = end;
            unsigned long long rest = (unsigned long long)scaled;
            int i;
            for (i = 0; i <= decimals || rest > 0; i++) {
                if (i == decimals)
                    *--at = '.';
                *--at = (char)('0' + rest % 10);
                rest /= 10;
            }
            if (value < 0)
                *--at = '-';
            ls_buffer_add(out, at, (size_t)(end - at));
            return true;
        }
    }
    return false;
}

/* The shortest of three lengths that reads back as the same double. */
static void ls_add_double(ls_buffer *out, double value)
{
    char text[40];
    int precision, length = 0;
    for (precision = 15; precision <= 17; precision++) {
        length = snprintf(text, sizeof(text), "%.*g", precision, value);
        if (strtod(text, NULL) == value)
            break;
    }
    /* a host may have set a locale that writes a comma */
    for (precision = 0; precision < length; precision++)
        if (strchr("0123456789+-e", text[precision]) == NULL)
            text[precision] = '.';
    ls_buffer_add(out, text, (size_t)length);
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
    if (!ls_add_decimal(out, value))
        ls_add_double(out, value);
    return NULL;
}
