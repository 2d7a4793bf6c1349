#include "carry.h"

#include <stdlib.h>
#include <string.h>

#include "tool.h"

static void must(struct world *world, llmspell_error *err, const char *what)
{
    if (err != NULL) {
        llmspell_str message = llmspell_error_message(err);
        world_trouble(world, "%s was refused: %.*s", what, (int)message.len, message.data);
    }
}

/* The size that a member tells; `usual` when there is none. */
static size_t size_of(const json_t *answer, const char *member, size_t usual)
{
    const json_t *size = json_object_get(answer, member);
    return size != NULL ? (size_t)json_integer_value(size) : usual;
}

static void give_pieces(struct world *world, const struct stream *stream, const char *id, const json_t *answer)
{
    const json_t *body = json_object_get(answer, "body");
    const char *bytes = json_string_value(body);
    size_t length = json_string_length(body), limit = size_of(answer, "bytes", length), piece, at;
    json_t *head = json_pack("{s:O, s:O}", "status", json_object_get(answer, "status"), "headers", json_object_get(answer, "headers"));
    char *text = json_write(head);
    llmspell_error *err;
    json_decref(head);
    llmspell_run_http_head(stream->run, id, strlen(id), text, strlen(text), &err);
    free(text);
    must(world, err, "a head");
    if (limit < length)
        length = limit;
    piece = size_of(answer, "pieces_of", length);
    for (at = 0; at < length; at += piece) {
        llmspell_run_http_bytes(stream->run, id, strlen(id), bytes + at, piece < length - at ? piece : length - at, &err);
        must(world, err, "a piece");
    }
}

static void reply(struct world *world, struct stream *stream, const char *id, const char *member, json_t *value)
{
    json_t *whole = json_pack("{s:s, s:O}", "id", id, member, value);
    char *text = json_write(whole);
    llmspell_error *err;
    json_decref(whole);
    llmspell_run_reply(stream->run, text, strlen(text), &err);
    free(text);
    must(world, err, "a reply");
}

void carry_answer(struct world *world, struct stream *stream, const char *id, const json_t *answer)
{
    const json_t *after = json_object_get(answer, "after");
    json_t *failure = json_object_get(after, "fails"), *cancels = json_object_get(after, "cancels");
    llmspell_error *err;
    if (after == NULL && json_object_get(answer, "pieces_of") == NULL && json_object_get(answer, "bytes") == NULL) {
        reply(world, stream, id, "ok", (json_t *)answer);
        return;
    }
    give_pieces(world, stream, id, answer);
    if (after == NULL) {
        llmspell_run_http_end(stream->run, id, strlen(id), &err);
        must(world, err, "an end");
        return;
    }
    if (failure != NULL) {
        reply(world, stream, id, "error", failure);
        return;
    }
    if (cancels != NULL)
        json_decref(stream_cancel(stream_find(world, json_string_value(cancels))));
    json_array_append_new(world->calls, json_pack("{s:s, s:b}", "asked", "http", "told", (int)tool_waits_until_unwanted(stream, id)));
}
