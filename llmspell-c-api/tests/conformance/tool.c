#define _POSIX_C_SOURCE 200809L
#include "tool.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How long a handler waits at most that waits to be cancelled, and between two looks. */
#define LONGEST_MS 120000
#define LOOK_MS 5

json_t *tool_declare(json_t *tools, const json_t *tool)
{
    json_t *declaration = json_copy((json_t *)tool);
    json_t *work = json_pack("{s:O, s:i}", "handlers", json_object_get(tool, "handler"), "count", 0);
    json_object_del(declaration, "handler");
    json_object_set_new(tools, json_member(tool, "name"), work);
    return declaration;
}

static json_t *answer(json_t *value)
{
    return json_pack("{s:o}", "ok", value);
}

static json_t *failure(const char *message)
{
    return json_pack("{s:{s:s}}", "error", "message", message);
}

static bool is_wanted(const struct stream *stream, const char *id)
{
    bool awaits = false;
    llmspell_run_awaits(stream->run, id, strlen(id), &awaits, NULL);
    return awaits;
}

static json_int_t now_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (json_int_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

/* Waits so long, or until nobody wants the answer any more. */
static void wait_while_wanted(const struct stream *stream, const char *id, json_int_t limit_ms)
{
    const struct timespec look = {0, LOOK_MS * 1000000L};
    json_int_t end = now_ms() + limit_ms;
    while (is_wanted(stream, id) && now_ms() < end)
        nanosleep(&look, NULL);
}

static json_t *chat(struct world *world, const json_t *args)
{
    json_t *outcome = stream_ask(world, args);
    json_t *error = json_object_get(outcome, "error");
    json_t *made = error != NULL ? json_pack("{s:O}", "error", json_object_get(error, "kind"))
                                 : json_incref(json_object_get(json_object_get(outcome, "ok"), "text"));
    json_decref(outcome);
    return answer(made);
}

static json_t *act(struct world *world, struct stream *stream, const char *id, const char *what, json_t *value, json_t *arguments)
{
    if (strcmp(what, "returns") == 0)
        return answer(json_incref(value));
    if (strcmp(what, "echoes") == 0)
        return answer(json_incref(arguments));
    if (strcmp(what, "fails") == 0)
        return json_pack("{s:O}", "error", value);
    if (strcmp(what, "raises") == 0)
        return failure(json_string_value(value));
    if (strcmp(what, "waits_ms") == 0) {
        wait_while_wanted(stream, id, json_integer_value(value));
        return answer(json_string("late"));
    }
    if (strcmp(what, "waits_until_cancelled") == 0) {
        wait_while_wanted(stream, id, LONGEST_MS);
        return is_wanted(stream, id) ? failure("nobody cancelled the call") : answer(json_string("late"));
    }
    if (strcmp(what, "cancels") == 0) {
        json_decref(stream_cancel(stream_find(world, json_string_value(value))));
        return answer(json_string("late"));
    }
    if (strcmp(what, "chats") == 0)
        return chat(world, value);
    if (strcmp(what, "by_hand") == 0)
        return NULL;
    return failure("this host has no such handler");
}

json_t *tool_call(struct world *world, struct stream *stream, const char *id, const json_t *payload)
{
    const char *name = json_member(payload, "name");
    json_t *arguments = json_object_get(payload, "arguments");
    json_t *work = json_object_get(stream->tools, name);
    json_t *handlers = json_object_get(work, "handlers"), *handler;
    json_int_t count = json_integer_value(json_object_get(work, "count"));
    json_int_t last = (json_int_t)json_array_size(handlers) - 1;
    void *first;
    if (work == NULL)
        return failure("the case has no such tool");
    json_object_set_new(work, "count", json_integer(count + 1));
    json_array_append_new(world->calls, json_pack("{s:s, s:O}", "tool", name, "arguments", arguments));
    handler = json_array_get(handlers, (size_t)(count < last ? count : last));
    first = json_object_iter(handler);
    return act(world, stream, id, json_object_iter_key(first), json_object_iter_value(first), arguments);
}
