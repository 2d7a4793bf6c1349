#include "stream.h"

#include <stdlib.h>
#include <string.h>

#include "carry.h"
#include "tool.h"

/* How long an event may take: longer than any limit that a case sets. */
#define PATIENCE_MS 120000

static void copy_text(char **copy, const char *text)
{
    *copy = malloc(strlen(text) + 1);
    if (*copy == NULL)
        abort();
    strcpy(*copy, text);
}

llmspell_queue *stream_queue(struct world *world)
{
    llmspell_queue *queue;
    if (llmspell_queue_new(&queue, NULL) != LLMSPELL_OK)
        world_trouble(world, "there is no queue");
    return queue;
}

/* What llmspell_run_start takes: the message of `args`, and beside it the options of the call. */
static char *input_of(const json_t *args)
{
    json_t *options = json_object_get(args, "options");
    json_t *input = options != NULL ? json_copy(options) : json_object();
    char *text;
    json_object_set(input, "input", json_object_get(args, "message"));
    text = json_write(input);
    json_decref(input);
    return text;
}

llmspell_queue *stream_start(struct world *world, const struct known_agent *known, const json_t *args, llmspell_run **run,
                             llmspell_error **err)
{
    llmspell_queue *queue = stream_queue(world);
    char *input = input_of(args);
    llmspell_run_start(queue, llmspell_agent_as_target(known->agent), input, strlen(input), run, err);
    free(input);
    return queue;
}

struct stream *stream_add(struct world *world, const char *name, json_t *tools, llmspell_queue *queue, llmspell_run *run,
                          llmspell_error *err)
{
    struct stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL)
        abort();
    if (name != NULL)
        copy_text(&stream->name, name);
    stream->queue = queue;
    stream->run = run;
    stream->tools = json_incref(tools);
    stream->events = json_array();
    stream->asked = json_object();
    stream->next = world->streams;
    world->streams = stream;
    if (err != NULL) {
        json_array_append_new(stream->events, json_pack("{s:s, s:o}", "type", "error", "error", world_error(err)));
        strcpy(stream->ending, "error");
    }
    return stream;
}

struct stream *stream_find(struct world *world, const char *name)
{
    struct stream *stream = world->streams;
    while (stream != NULL && (stream->name == NULL || strcmp(stream->name, name) != 0))
        stream = stream->next;
    if (stream == NULL)
        world_trouble(world, "there is no stream %s", name);
    return stream;
}

static void reply(struct world *world, struct stream *stream, const char *id, json_t *answer)
{
    llmspell_error *err;
    char *text;
    json_object_set_new(answer, "id", json_string(id));
    text = json_write(answer);
    json_decref(answer);
    llmspell_run_reply(stream->run, text, strlen(text), &err);
    free(text);
    if (err != NULL) {
        llmspell_str message = llmspell_error_message(err);
        world_trouble(world, "a tool's answer was refused: %.*s", (int)message.len, message.data);
    }
}

/* Serves a request. Whether it is an approval that a step has to give. */
static bool serve(struct world *world, struct stream *stream, const json_t *request)
{
    const char *id = json_member(request, "id"), *kind = json_member(request, "kind");
    const json_t *payload = json_object_get(request, "payload");
    bool awaits = false;
    json_t *answer;
    /* its time may be over before it is read */
    llmspell_run_awaits(stream->run, id, strlen(id), &awaits, NULL);
    if (!awaits)
        return false;
    answer = strcmp(kind, "tool") == 0 ? tool_call(world, stream, request) : tool_asked(world, stream, request);
    if (answer == NULL) {
        const char *call = json_string_value(json_object_get(payload, "tool_call_id"));
        json_object_set(stream->asked, call != NULL ? call : kind, json_object_get(request, "id"));
        return strcmp(kind, "approval") == 0;
    }
    if (stream->run != NULL && strcmp(kind, "http") == 0 && json_object_get(answer, "ok") != NULL) {
        carry_answer(world, stream, id, json_object_get(answer, "ok"));
        json_decref(answer);
    } else if (stream->run != NULL)
        reply(world, stream, id, answer);
    else
        json_decref(answer);
    return false;
}

static void note(struct stream *stream, json_t *event, bool last)
{
    if (last)
        snprintf(stream->ending, sizeof stream->ending, "%s", json_member(event, "type"));
    /* what else was on its way when a run was cancelled depends on time */
    if (last || !stream->cancelled)
        json_array_append(stream->events, event);
}

/* Takes one event and serves it when it is a request. To be released. */
static json_t *take(struct world *world, struct stream *stream)
{
    llmspell_event *event;
    llmspell_str text;
    json_t *value;
    int32_t type;
    if (llmspell_queue_next(stream->queue, PATIENCE_MS, &event, NULL) != LLMSPELL_OK || event == NULL)
        world_trouble(world, "no event came for two minutes");
    text = llmspell_event_json(event);
    value = json_read(text.data, text.len);
    type = llmspell_event_type(event);
    llmspell_event_free(event);
    if (value == NULL)
        world_trouble(world, "an event is no JSON");
    if (type == LLMSPELL_EVENT_REQUEST) {
        /* what is served on the way is no event of the case's */
        if (!serve(world, stream, value))
            json_object_set_new(value, "type", json_string(""));
    } else {
        note(stream, value, type == LLMSPELL_EVENT_DONE || type == LLMSPELL_EVENT_ERROR || type == LLMSPELL_EVENT_CANCELLED);
    }
    return value;
}

const char *stream_read(struct world *world, struct stream *stream, const json_t *until)
{
    const json_t *count = json_object_get(until, "count");
    json_int_t left = count != NULL ? json_integer_value(count) : 1;
    if (json_is_string(until))
        return "open";
    while (stream->ending[0] == '\0') {
        json_t *event = take(world, stream);
        bool wanted = until != NULL && strcmp(json_member(event, "type"), json_member(until, "type")) == 0;
        json_decref(event);
        if (wanted && --left == 0)
            break;
    }
    return stream->ending[0] != '\0' ? stream->ending : "open";
}

/* The outcome that the last event of a run stands for. */
static json_t *outcome_of(const json_t *last)
{
    json_t *error = json_object_get(last, "error");
    if (strcmp(json_member(last, "type"), "done") == 0)
        return json_pack("{s:O}", "ok", json_object_get(last, "result"));
    error = error != NULL ? json_copy(error)
                          : json_pack("{s:s, s:i, s:s, s:b}", "kind", "cancelled", "code", LLMSPELL_E_CANCELLED, "message",
                                      "the run was cancelled", "retryable", 0);
    if (json_object_get(last, "partial") != NULL)
        json_object_set(error, "partial", json_object_get(last, "partial"));
    return json_pack("{s:o}", "error", error);
}

json_t *stream_ask(struct world *world, const json_t *args)
{
    struct known_agent *known = world_agent(world, args);
    llmspell_run *run;
    llmspell_error *err;
    struct stream *stream;
    llmspell_queue *queue = stream_start(world, known, args, &run, &err);
    if (err != NULL) {
        llmspell_queue_free(queue);
        return world_outcome(NULL, err);
    }
    stream = stream_add(world, NULL, known->tools, queue, run, NULL);
    stream_read(world, stream, NULL);
    return outcome_of(json_array_get(stream->events, json_array_size(stream->events) - 1));
}

json_t *stream_reply(struct world *world, struct stream *stream, const json_t *args)
{
    const char *call = json_member(args, "tool_call_id");
    json_t *answer = json_object();
    llmspell_error *err;
    char *text;
    while (json_object_get(stream->asked, call) == NULL && stream->ending[0] == '\0')
        json_decref(take(world, stream));
    if (json_object_get(stream->asked, call) == NULL)
        world_trouble(world, "%s was never asked by hand", call);
    json_object_set(answer, "id", json_object_get(stream->asked, call));
    if (json_object_get(args, "ok") != NULL)
        json_object_set(answer, "ok", json_object_get(args, "ok"));
    if (json_object_get(args, "error") != NULL)
        json_object_set(answer, "error", json_object_get(args, "error"));
    text = json_write(answer);
    json_decref(answer);
    llmspell_run_reply(stream->run, text, strlen(text), &err);
    free(text);
    return world_outcome(json_true(), err);
}

json_t *stream_cancel(struct stream *stream)
{
    llmspell_error *err;
    stream->cancelled = true;
    llmspell_run_cancel(stream->run, &err);
    return world_outcome(json_true(), err);
}

void stream_close(struct stream *stream)
{
    llmspell_run_free(stream->run);
    stream->run = NULL;
    if (stream->ending[0] == '\0')
        strcpy(stream->ending, "cancelled");
}

void stream_free_all(struct stream *streams)
{
    while (streams != NULL) {
        struct stream *first = streams;
        streams = first->next;
        llmspell_run_free(first->run);
        llmspell_queue_free(first->queue);
        json_decref(first->tools);
        json_decref(first->events);
        json_decref(first->asked);
        free(first->name);
        free(first);
    }
}
