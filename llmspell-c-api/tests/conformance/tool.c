#define _POSIX_C_SOURCE 200809L
#include "tool.h"

#include <stdio.h>
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

bool tool_waits_until_unwanted(const struct stream *stream, const char *id)
{
    wait_while_wanted(stream, id, LONGEST_MS);
    return !is_wanted(stream, id);
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

/* Keeps a stream's run as bytes. */
static json_t *keep(struct world *world, const json_t *args)
{
    llmspell_buf *buf;
    llmspell_str bytes;
    if (llmspell_run_checkpoint(stream_find(world, json_member(args, "stream"))->run, &buf, NULL) != LLMSPELL_OK)
        return failure("there is no checkpoint");
    bytes = llmspell_buf_str(buf);
    world_add_checkpoint(world, json_member(args, "as"), bytes.data, bytes.len);
    llmspell_buf_free(buf);
    return answer(json_null());
}

static json_t *act(struct world *world, struct stream *stream, const char *id, const char *what, json_t *value, json_t *arguments)
{
    /* an answer is for carry_answer to give */
    if (strcmp(what, "returns") == 0 || strcmp(what, "answers") == 0)
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
    if (strcmp(what, "keeps") == 0)
        return keep(world, value);
    if (strcmp(what, "chats") == 0)
        return chat(world, value);
    if (strcmp(what, "by_hand") == 0)
        return NULL;
    return failure("this host has no such handler");
}

/* What the list of handlers `work` does this time; `note`, which is taken over, goes into the record. */
static json_t *answer_with(struct world *world, struct stream *stream, const char *id, json_t *work, json_t *note, json_t *arguments)
{
    json_t *handlers = json_object_get(work, "handlers"), *handler;
    json_int_t count = json_integer_value(json_object_get(work, "count"));
    json_int_t last = (json_int_t)json_array_size(handlers) - 1;
    void *first;
    json_object_set_new(work, "count", json_integer(count + 1));
    json_array_append_new(world->calls, note);
    handler = json_array_get(handlers, (size_t)(count < last ? count : last));
    first = json_object_iter(handler);
    return act(world, stream, id, json_object_iter_key(first), json_object_iter_value(first), arguments);
}

json_t *tool_of_agent(json_t *tools)
{
    return json_pack("{s:O}", "behind", tools);
}

/* What the tools of the agent do that a request comes from. */
static json_t *tools_of(const struct stream *stream, const json_t *path)
{
    json_t *tools = stream->tools, *name;
    size_t index;
    json_array_foreach(path, index, name)
        tools = json_object_get(json_object_get(tools, json_string_value(name)), "behind");
    return tools;
}

json_t *tool_call(struct world *world, struct stream *stream, const json_t *request)
{
    const char *id = json_member(request, "id");
    const json_t *payload = json_object_get(request, "payload");
    const char *name = json_member(payload, "name");
    json_t *arguments = json_object_get(payload, "arguments");
    json_t *work = json_object_get(tools_of(stream, json_object_get(request, "agent")), name);
    if (work == NULL)
        return failure("the case has no such tool");
    return answer_with(world, stream, id, work, json_pack("{s:s, s:O}", "tool", name, "arguments", arguments), arguments);
}

/* What is asked besides tools stands among them, under names that begin so. */
#define ASKED "?"

void tool_add_asks(json_t *tools, const json_t *asks)
{
    json_t *ask;
    size_t index;
    json_array_foreach(asks, index, ask) {
        char name[256];
        snprintf(name, sizeof name, ASKED "%s", json_member(ask, "key"));
        json_object_set_new(tools, name, json_pack("{s:O, s:i}", "handlers", json_object_get(ask, "handler"), "count", 0));
    }
}

json_t *tool_asked(struct world *world, struct stream *stream, const json_t *request)
{
    const char *id = json_member(request, "id");
    static const char *const NOTED[] = {"name", "arguments", "text", "content", "is_error", "method", "url", "headers"};
    const char *kind = json_member(request, "kind");
    json_t *payload = json_object_get(request, "payload"), *work, *note;
    char name[256];
    if (strcmp(kind, "hook") == 0)
        snprintf(name, sizeof name, ASKED "hook %s", json_member(payload, "point"));
    else if (strcmp(kind, "guardrail") == 0)
        snprintf(name, sizeof name, ASKED "guardrail %s", json_member(payload, "name"));
    else
        snprintf(name, sizeof name, ASKED "%s", kind);
    work = json_object_get(tools_of(stream, json_object_get(request, "agent")), name);
    if (work == NULL)
        return json_pack("{s:{s:s, s:s}}", "error", "message", "the case says nothing of approval", "kind", "approval");
    if (json_object_get(json_array_get(json_object_get(work, "handlers"), 0), "by_hand") != NULL)
        return NULL;
    note = json_pack("{s:s}", "asked", name + strlen(ASKED));
    for (size_t i = 0; i < sizeof NOTED / sizeof *NOTED; i++) {
        if (json_object_get(payload, NOTED[i]) != NULL)
            json_object_set(note, NOTED[i], json_object_get(payload, NOTED[i]));
    }
    if (strcmp(kind, "http") == 0) {
        const json_t *body = json_object_get(payload, "body");
        json_object_set_new(note, "body", json_read(json_string_value(body), json_string_length(body)));
    }
    return answer_with(world, stream, id, work, note, payload);
}
