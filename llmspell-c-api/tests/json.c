/* JSON as tokens. */
#include "full.h"

#include <math.h>

static llmspell_json *parse(const char *source)
{
    llmspell_json *json;
    llmspell_error *err;
    need(llmspell_json_parse(source, strlen(source), &json, &err), err, "llmspell_json_parse");
    return json;
}

/* Writes the tokens of a text as words. */
static const char *tokens(const char *source)
{
    static const char *names[] = {"END", "NULL", "FALSE", "TRUE", "INTEGER", "NUMBER", "STRING", "KEY", "ARRAY", "ARRAY_END", "OBJECT", "OBJECT_END"};
    static char words[1024];
    llmspell_json *json = parse(source);
    llmspell_json_token token;
    size_t used = 0;

    memset(&token, 0, sizeof token);
    token.struct_size = sizeof token;
    words[0] = '\0';
    while (llmspell_json_next(json, &token)) {
        used += (size_t)snprintf(words + used, sizeof words - used, "%s%s", used > 0 ? " " : "", names[token.type]);
        if (token.type == LLMSPELL_JSON_INTEGER)
            used += (size_t)snprintf(words + used, sizeof words - used, "=%lld", (long long)token.integer);
        else if (token.type == LLMSPELL_JSON_NUMBER)
            used += (size_t)snprintf(words + used, sizeof words - used, "=%g", token.number);
        else if (token.type == LLMSPELL_JSON_STRING || token.type == LLMSPELL_JSON_KEY)
            used += (size_t)snprintf(words + used, sizeof words - used, "=%s", text(token.text));
        else if (token.type == LLMSPELL_JSON_ARRAY || token.type == LLMSPELL_JSON_OBJECT)
            used += (size_t)snprintf(words + used, sizeof words - used, "=%u", (unsigned)token.count);
    }
    if (token.type != LLMSPELL_JSON_END || llmspell_json_next(json, &token))
        give_up("the end of the tokens stays the end");
    llmspell_json_free(json);
    return words;
}

static void shortest(void)
{
    llmspell_json_decimal decimal = {sizeof(decimal), 0, 0};
    check(llmspell_json_shortest(-45.67, &decimal) && decimal.digits == 4567 && decimal.exponent == -2, "the digits of a decimal");
    check(llmspell_json_shortest(1e23, &decimal) && decimal.digits == 1 && decimal.exponent == 23, "the digits of a large number");
    check(llmspell_json_shortest(0.1 + 0.2, &decimal) && decimal.digits == 30000000000000004 && decimal.exponent == -17,
          "as many digits as it takes");
    check(!llmspell_json_shortest(HUGE_VAL, &decimal) && !llmspell_json_shortest(NAN, &decimal), "what has no digits");
    decimal.struct_size = 4;
    check(!llmspell_json_shortest(1.5, &decimal), "a struct that is too small");
}

int main(void)
{
    static const char *bad[] = {"", "{", "[1,]", "nul", "1 2", "\"\\ud800\"", "NaN"};
    static char deep[20001];
    llmspell_json *json;
    llmspell_json_token token;
    llmspell_error *err;
    size_t i;

    check(strcmp(tokens("{\"a\":[1,2.5,null,true,false,\"x\"],\"b\":{}}"),
                 "OBJECT=2 KEY=a ARRAY=6 INTEGER=1 NUMBER=2.5 NULL TRUE FALSE STRING=x ARRAY_END KEY=b OBJECT=0 OBJECT_END "
                 "OBJECT_END") == 0,
          "a value is a row of tokens");
    check(strcmp(tokens("[9223372036854775807,-9223372036854775808,9223372036854775808]"),
                 "ARRAY=3 INTEGER=9223372036854775807 INTEGER=-9223372036854775808 NUMBER=9.22337e+18 ARRAY_END") == 0,
          "integers are exact to 64 bits, larger ones are numbers");
    shortest();
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        check_failed(llmspell_json_parse(bad[i], strlen(bad[i]), &json, &err), &err, LLMSPELL_E_ARGUMENT, "not valid JSON", bad[i]);
    check_failed(llmspell_json_parse(LIT("\"a\xff\""), &json, &err), &err, LLMSPELL_E_ARGUMENT, "text is not UTF-8: the byte at offset 2",
                 "invalid UTF-8 is refused with its place");
    memset(deep, '[', 10000);
    memset(deep + 10000, ']', 10000);
    check_failed(llmspell_json_parse(deep, 20000, &json, &err), &err, LLMSPELL_E_ARGUMENT, "nested deeper",
                 "10,000 levels are refused");

    json = parse("[1]");
    memset(&token, 0, sizeof token);
    check(!llmspell_json_next(json, &token), "a token without its size is not written");
    token.struct_size = sizeof token;
    check(llmspell_json_next(json, &token) && token.type == LLMSPELL_JSON_ARRAY, "and nothing was lost");
    check(!llmspell_json_next(json, NULL) && !llmspell_json_next(NULL, &token), "NULL gives no token");
    llmspell_json_free(json);
    llmspell_json_free(NULL);
    return tap_done();
}
