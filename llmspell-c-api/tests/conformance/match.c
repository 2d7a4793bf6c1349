#include "match.h"

#include <stdlib.h>
#include <string.h>

#define LONGEST_PATH 512

static void compare(const char *at, const json_t *expected, const json_t *got, json_t *found);

static bool fits(const json_t *expected, const json_t *got)
{
    json_t *found = json_array();
    bool fine;
    compare("", expected, got, found);
    fine = json_array_size(found) == 0;
    json_decref(found);
    return fine;
}

/* How many of `candidates` the value fits. */
static size_t fits_of(const json_t *candidates, const json_t *got)
{
    size_t index, count = 0;
    json_t *one;
    json_array_foreach(candidates, index, one)
        count += fits(one, got);
    return count;
}

static bool matches_any_element(const json_t *wanted, const json_t *list)
{
    size_t index;
    json_t *element;
    json_array_foreach(list, index, element) {
        if (fits(wanted, element))
            return true;
    }
    return false;
}

/* Types of events, with repetitions in a row taken as one. */
static bool matches_types(const json_t *wanted, const json_t *list)
{
    json_t *types = json_array();
    size_t index;
    json_t *event;
    bool equal;
    json_array_foreach(list, index, event) {
        json_t *type = json_object_get(event, "type");
        size_t size = json_array_size(types);
        if (size == 0 || !json_equal(json_array_get(types, size - 1), type))
            json_array_append(types, type);
    }
    equal = json_equal(types, wanted);
    json_decref(types);
    return equal;
}

static bool matches_text(const json_t *wanted, const json_t *list)
{
    const char *rest = json_string_value(wanted);
    size_t left = json_string_length(wanted), index;
    json_t *event;
    json_array_foreach(list, index, event) {
        const json_t *text = json_object_get(event, "text");
        size_t length = json_string_length(text);
        if (strcmp(json_member(event, "type"), "text_delta") != 0)
            continue;
        if (length > left || memcmp(rest, json_string_value(text), length) != 0)
            return false;
        rest += length;
        left -= length;
    }
    return left == 0;
}

static bool contains(const json_t *text, const json_t *part)
{
    size_t length = json_string_length(text), wanted = json_string_length(part);
    for (size_t i = 0; i + wanted <= length; i++) {
        if (memcmp(json_string_value(text) + i, json_string_value(part), wanted) == 0)
            return true;
    }
    return false;
}

static bool matches_repeat(const json_t *wanted, const json_t *got)
{
    json_t *text = json_repeated(wanted);
    bool equal = json_equal(text, got);
    json_decref(text);
    return equal;
}

static bool matches(const char *name, const json_t *wanted, const json_t *got)
{
    bool list = json_is_array(got), text = json_is_string(got);
    size_t size = json_array_size(got);
    if (strcmp(name, "$any") == 0)
        return got != NULL;
    if (strcmp(name, "$absent") == 0)
        return got == NULL;
    if (strcmp(name, "$length") == 0)
        return list && (json_int_t)size == json_integer_value(wanted);
    if (strcmp(name, "$bytes") == 0)
        return text && (json_int_t)json_string_length(got) == json_integer_value(wanted);
    if (strcmp(name, "$has") == 0)
        return text && contains(got, wanted);
    if (strcmp(name, "$min") == 0)
        return json_is_number(got) && json_number_value(got) >= json_number_value(wanted);
    if (strcmp(name, "$in") == 0)
        return fits_of(wanted, got) > 0;
    if (strcmp(name, "$all") == 0)
        return fits_of(wanted, got) == json_array_size(wanted);
    if (strcmp(name, "$last") == 0)
        return size > 0 && fits(wanted, json_array_get(got, size - 1));
    if (strcmp(name, "$contains") == 0)
        return list && matches_any_element(wanted, got);
    if (strcmp(name, "$types") == 0)
        return list && matches_types(wanted, got);
    if (strcmp(name, "$text") == 0)
        return list && matches_text(wanted, got);
    if (strcmp(name, "$repeat") == 0)
        return text && matches_repeat(wanted, got);
    return false; /* unknown to this adapter: the case fails and shows the matcher */
}

/* The only member of an object that is a matcher; NULL for any other value. */
static const char *matcher_of(const json_t *expected)
{
    const char *name = NULL;
    if (json_object_size(expected) == 1)
        name = json_object_iter_key(json_object_iter((json_t *)expected));
    return name != NULL && name[0] == '$' ? name : NULL;
}

static bool scalars_equal(const json_t *expected, const json_t *got)
{
    if (json_is_integer(expected) && json_is_integer(got))
        return json_integer_value(expected) == json_integer_value(got);
    if (json_is_number(expected) && json_is_number(got))
        return json_number_value(expected) == json_number_value(got);
    return json_equal(expected, got);
}

static bool compare_members(const char *at, const json_t *expected, const json_t *got, json_t *found)
{
    char path[LONGEST_PATH];
    const char *key;
    json_t *value;
    if (!json_is_object(got))
        return false;
    json_object_foreach((json_t *)expected, key, value) {
        snprintf(path, sizeof path, "%s.%s", at, key);
        compare(path, value, json_object_get(got, key), found);
    }
    return true;
}

static bool compare_elements(const char *at, const json_t *expected, const json_t *got, json_t *found)
{
    char path[LONGEST_PATH];
    size_t index;
    json_t *value;
    if (!json_is_array(got) || json_array_size(got) != json_array_size(expected))
        return false;
    json_array_foreach(expected, index, value) {
        snprintf(path, sizeof path, "%s[%zu]", at, index);
        compare(path, value, json_array_get(got, index), found);
    }
    return true;
}

static void complain(const char *at, const json_t *expected, const json_t *got, json_t *found)
{
    char *wanted = json_write(expected);
    char *shown = got != NULL ? json_write(got) : NULL;
    json_append_text(found, "%s: expected %s, got %s", at, wanted, shown != NULL ? shown : "nothing");
    free(shown);
    free(wanted);
}

/* Adds to `found` where `got`, NULL for nothing, is not what is expected. */
static void compare(const char *at, const json_t *expected, const json_t *got, json_t *found)
{
    const char *matcher = matcher_of(expected);
    bool fine;
    if (json_is_null(got))
        got = NULL;
    if (matcher != NULL)
        fine = matches(matcher, json_object_get(expected, matcher), got);
    else if (json_is_null(expected) || got == NULL)
        fine = json_is_null(expected) && got == NULL;
    else if (json_is_object(expected))
        fine = compare_members(at, expected, got, found);
    else if (json_is_array(expected))
        fine = compare_elements(at, expected, got, found);
    else
        fine = scalars_equal(expected, got);
    if (!fine)
        complain(at, expected, got, found);
}

json_t *match_problems(const json_t *expected, const json_t *record)
{
    json_t *found = json_array();
    compare("record", expected, record, found);
    return found;
}
