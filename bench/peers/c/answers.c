#define _GNU_SOURCE
#include "answers.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "HTTP/1.1 200 OK\r\nx-request-id: req_bench\r\n"
#define CHUNK_HEAD                                                                                                       \
    "{\"id\":\"chatcmpl-bench0123456789abcdefghij\",\"object\":\"chat.completion.chunk\",\"created\":1760000000,"        \
    "\"model\":\"gpt-4o-2024-08-06\",\"service_tier\":\"default\",\"system_fingerprint\":\"fp_0123456789\","
#define USAGE                                                                                                            \
    "\"usage\":{\"prompt_tokens\":19,\"completion_tokens\":%d,\"total_tokens\":%d,\"prompt_tokens_details\":"            \
    "{\"cached_tokens\":0,\"audio_tokens\":0},\"completion_tokens_details\":{\"reasoning_tokens\":0,\"audio_tokens\":0}}"
#define TOOL_CALL "{\"id\":\"call_bench_1\",\"type\":\"function\",\"function\":{\"name\":\"add\",\"arguments\":\"%s\"}}"

static void *must(void *pointer)
{
    if (pointer == NULL) {
        fputs("server: out of memory\n", stderr);
        exit(1);
    }
    return pointer;
}

__attribute__((format(printf, 2, 3))) static void add(answer *to, const char *format, ...)
{
    char *text;
    va_list arguments;
    va_start(arguments, format);
    int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (length < 0) must(NULL);
    to->bytes = must(realloc(to->bytes, to->length + (size_t)length + 1));
    memcpy(to->bytes + to->length, text, (size_t)length + 1);
    to->length += (size_t)length;
    free(text);
}

static void end_part(answer *to)
{
    to->ends = must(realloc(to->ends, sizeof *to->ends * (size_t)(to->parts + 1)));
    to->ends[to->parts++] = to->length;
}

/* One event as one chunk of the transfer coding, as providers send it. */
static void add_event(answer *to, const char *json)
{
    add(to, "%zx\r\ndata: %s\n\n\r\n", strlen(json) + strlen("data: \n\n"), json);
}

static void add_delta(answer *to, const char *delta, const char *finish_reason)
{
    char *json;
    if (asprintf(&json,
                 CHUNK_HEAD "\"choices\":[{\"index\":0,\"delta\":%s,\"logprobs\":null,\"finish_reason\":%s}],"
                            "\"usage\":null}",
                 delta, finish_reason) < 0)
        must(NULL);
    add_event(to, json);
    free(json);
}

static void make_streamed(answer *to)
{
    const answer_shape *shape = &to->shape;
    char text[256];
    add(to, HEAD "content-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n");
    add_delta(to, "{\"role\":\"assistant\",\"content\":\"\",\"refusal\":null}", "null");
    end_part(to);
    if (shape->call) {
        add_delta(to, "{\"tool_calls\":[{\"index\":0,\"id\":\"call_bench_1\",\"type\":\"function\",\"function\":"
                      "{\"name\":\"add\",\"arguments\":\"\"}}]}", "null");
        add_delta(to, "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"a\\\": 2, \"}}]}", "null");
        add_delta(to, "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\"b\\\": 40}\"}}]}", "null");
        end_part(to);
    } else {
        for (int i = 0; i < shape->deltas; i++) {
            snprintf(text, sizeof text, "{\"content\":\" w%04d\"}", i);
            add_delta(to, text, "null");
            end_part(to);
        }
    }
    if (shape->held) return;
    add_delta(to, "{}", shape->call ? "\"tool_calls\"" : "\"stop\"");
    char *usage;
    if (asprintf(&usage, CHUNK_HEAD "\"choices\":[]," USAGE "}", shape->deltas, shape->deltas + 19) < 0) must(NULL);
    add_event(to, usage);
    free(usage);
    add_event(to, "[DONE]");
    add(to, "0\r\n\r\n");
    end_part(to);
}

static void make_plain(answer *to)
{
    const answer_shape *shape = &to->shape;
    answer body = {0};
    add(&body, "{\"id\":\"chatcmpl-bench0123456789abcdefghij\",\"object\":\"chat.completion\",\"created\":1760000000,"
               "\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":");
    if (shape->call) {
        add(&body, "null,\"tool_calls\":[" TOOL_CALL "]", "{\\\"a\\\": 2, \\\"b\\\": 40}");
    } else {
        add(&body, "\"");
        for (int i = 0; i < shape->deltas; i++) add(&body, " w%04d", i);
        add(&body, "\"");
    }
    add(&body, ",\"refusal\":null},\"logprobs\":null,\"finish_reason\":\"%s\"}]," USAGE ",\"service_tier\":\"default\"}",
        shape->call ? "tool_calls" : "stop", shape->deltas, shape->deltas + 19);
    add(to, HEAD "content-type: application/json\r\ncontent-length: %zu\r\n\r\n%s", body.length, body.bytes);
    end_part(to);
    free(body.bytes);
}

static int same(const answer_shape *a, const answer_shape *b)
{
    return a->deltas == b->deltas && a->streamed == b->streamed && a->call == b->call && a->held == b->held;
}

const answer *answer_of(answer_shape shape)
{
    static answer **made;
    static int count;
    for (int i = 0; i < count; i++)
        if (same(&made[i]->shape, &shape)) return made[i];
    answer *fresh = must(calloc(1, sizeof *fresh));
    fresh->shape = shape;
    if (shape.streamed) make_streamed(fresh);
    else make_plain(fresh);
    made = must(realloc(made, sizeof *made * (size_t)(count + 1)));
    made[count++] = fresh;
    return fresh;
}
