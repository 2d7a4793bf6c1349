/* JSON as the adapter handles it: jansson, and what more than one file needs on top of it. */
#ifndef CONFORMANCE_JSON_H
#define CONFORMANCE_JSON_H
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A value from text; NULL when it is no JSON. Integers beyond 64 bits become doubles. */
json_t *json_read(const char *text, size_t length);

/* A value as text, to be freed. */
char *json_write(const json_t *value);

/* The value of a member as a C string; "" when there is none. */
const char *json_member(const json_t *object, const char *key);

/* The text that {$repeat: [text, n]} stands for. */
json_t *json_repeated(const json_t *pair);

/* A copy in which every {$repeat: [text, n]} is replaced by its text. */
json_t *json_expanded(const json_t *value);

/* Adds one more text to a list, by a printf format. */
void json_append_text(json_t *list, const char *format, ...);

#endif
