/* What the tests of the full layer share. */
#ifndef FULL_H
#define FULL_H
#include "llmspell.h"
#include "tap.h"
#include <string.h>

/* Longest wait for an event that must come: many times what it takes, so that only a hang meets it. */
#define LIVENESS_MS 30000

/* An agent on the offline model, with a tool that it calls when the message has the word weather. */
#define WEATHER_AGENT \
    "{\"provider\":\"demo\",\"name\":\"tester\",\"tools\":[{\"name\":\"weather\",\"description\":\"Tells the weather\"}]}"

#define LIT(text) text, sizeof(text) - 1

/* A copy with a NUL at its end, valid until eight more were made. */
static inline const char *text(llmspell_str str)
{
    static char *copies[8];
    static unsigned next;
    char **slot = &copies[next++ % 8];
    free(*slot);
    *slot = malloc(str.len + 1);
    if (*slot == NULL)
        abort();
    memcpy(*slot, str.data, str.len);
    (*slot)[str.len] = '\0';
    return *slot;
}

static inline bool has(llmspell_str str, const char *part)
{
    return strstr(text(str), part) != NULL;
}

static inline bool is(llmspell_str str, const char *whole)
{
    return str.len == strlen(whole) && memcmp(str.data, whole, str.len) == 0;
}

/* A call must have failed with this code and these words; frees the error. */
static inline void check_failed(llmspell_status status, llmspell_error **err, llmspell_status code, const char *words,
                                const char *name)
{
    bool good = status == code && *err != NULL && llmspell_error_code(*err) == code &&
                has(llmspell_error_message(*err), words);
    if (!check(good, "%s", name))
        note("status %d, message %s, expected %d and \"%s\"", (int)status, text(llmspell_error_message(*err)), (int)code,
             words);
    llmspell_error_free(*err);
    *err = NULL;
}

/* A call that the test needs must have succeeded. */
static inline void need(llmspell_status status, llmspell_error *err, const char *what)
{
    if (status == LLMSPELL_OK)
        return;
    note("%s", text(llmspell_error_message(err)));
    give_up(what);
}

static inline llmspell_agent *new_agent(const char *options)
{
    llmspell_agent *agent;
    llmspell_error *err;
    need(llmspell_agent_new(options, strlen(options), &agent, &err), err, "llmspell_agent_new");
    return agent;
}

static inline llmspell_queue *new_queue(void)
{
    llmspell_queue *queue;
    llmspell_error *err;
    need(llmspell_queue_new(&queue, &err), err, "llmspell_queue_new");
    return queue;
}

static inline llmspell_run *start(llmspell_queue *queue, const llmspell_agent *agent, const char *input)
{
    llmspell_run *run;
    llmspell_error *err;
    need(llmspell_run_start(queue, llmspell_agent_as_target(agent), input, strlen(input), &run, &err), err,
         "llmspell_run_start");
    return run;
}

static inline llmspell_event *next(llmspell_queue *queue)
{
    llmspell_event *event;
    llmspell_error *err;
    need(llmspell_queue_next(queue, LIVENESS_MS, &event, &err), err, "llmspell_queue_next");
    if (event == NULL)
        give_up("an event comes in time");
    return event;
}

/* Takes events up to the first of this type, or to the end of the run. */
static inline llmspell_event *next_of(llmspell_queue *queue, int32_t type)
{
    for (;;) {
        llmspell_event *event = next(queue);
        if (llmspell_event_type(event) == type || llmspell_event_type(event) >= LLMSPELL_EVENT_DONE) {
            if (llmspell_event_type(event) != type)
                note("unexpected end: %s", text(llmspell_event_json(event)));
            return event;
        }
        llmspell_event_free(event);
    }
}

/* Answers the request of an event with a text and frees the event. */
static inline void answer(llmspell_run *run, llmspell_event *request, const char *words)
{
    char reply[512];
    llmspell_error *err;
    snprintf(reply, sizeof reply, "{\"id\":\"%s\",\"ok\":\"%s\"}", text(llmspell_event_request_id(request)), words);
    need(llmspell_run_reply(run, reply, strlen(reply), &err), err, "llmspell_run_reply");
    llmspell_event_free(request);
}

/* The run must end with an answer that has these words. */
static inline void check_done(llmspell_queue *queue, const char *words, const char *name)
{
    llmspell_event *event = next_of(queue, LLMSPELL_EVENT_DONE);
    bool good = llmspell_event_type(event) == LLMSPELL_EVENT_DONE && has(llmspell_event_text(event), words);
    if (!check(good, "%s", name))
        note("%s", text(llmspell_event_json(event)));
    llmspell_event_free(event);
}
#endif
