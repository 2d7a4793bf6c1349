#include "json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

json_t *json_read(const char *text, size_t length)
{
    const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
    json_t *value = json_loadb(text, length, flags, NULL);
    return value != NULL ? value : json_loadb(text, length, flags | JSON_DECODE_INT_AS_REAL, NULL);
}

char *json_write(const json_t *value)
{
    return json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}

const char *json_member(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text != NULL ? text : "";
}

json_t *json_repeated(const json_t *pair)
{
    const json_t *piece = json_array_get(pair, 0);
    size_t length = json_string_length(piece);
    size_t times = (size_t)json_integer_value(json_array_get(pair, 1));
    char *text = malloc(length * times + 1);
    json_t *value;
    if (text == NULL)
        abort();
    for (size_t i = 0; i < times; i++)
        memcpy(text + i * length, json_string_value(piece), length);
    value = json_stringn(text, length * times);
    free(text);
    return value;
}

/* A file of this host's own that was not there before. */
static json_t *scratch(const char *name)
{
    const char *folder = getenv("LLMSPELL_CONFORMANCE_LOGS");
    char path[1024];
    snprintf(path, sizeof path, "%s/scratch-%s", folder != NULL ? folder : "/tmp", name);
    remove(path);
    return json_string(path);
}

json_t *json_expanded(const json_t *value)
{
    const json_t *repeat = json_object_get(value, "$repeat");
    const json_t *file = json_object_get(value, "$scratch");
    json_t *copy;
    if (repeat != NULL)
        return json_repeated(repeat);
    if (file != NULL)
        return scratch(json_string_value(file));
    if (json_is_object(value)) {
        const char *key;
        json_t *inner;
        copy = json_object();
        json_object_foreach((json_t *)value, key, inner)
            json_object_set_new(copy, key, json_expanded(inner));
        return copy;
    }
    if (json_is_array(value)) {
        size_t index;
        json_t *inner;
        copy = json_array();
        json_array_foreach(value, index, inner)
            json_array_append_new(copy, json_expanded(inner));
        return copy;
    }
    return json_deep_copy(value);
}

void json_append_text(json_t *list, const char *format, ...)
{
    va_list args;
    json_t *text;
    va_start(args, format);
    text = json_vsprintf(format, args);
    va_end(args);
    json_array_append_new(list, text != NULL ? text : json_string("a text that is not UTF-8"));
}
