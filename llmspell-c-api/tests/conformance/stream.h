/* A run with the queue of its own and the events that were read of it. */
#ifndef CONFORMANCE_STREAM_H
#define CONFORMANCE_STREAM_H
#include "world.h"

struct stream {
    char *name; /* NULL for one of a blocking call */
    llmspell_queue *queue;
    llmspell_run *run; /* NULL when it could not begin, or was closed */
    json_t *tools;
    json_t *events;
    json_t *asked; /* ids of requests that a step answers, by tool call */
    char ending[16]; /* type of the last event; "" while it is open */
    bool cancelled;
    struct stream *next;
};

/* A stream of what was started with `queue`, under a name: of `run`, or of the error alone. Takes all three over. */
struct stream *stream_add(struct world *world, const char *name, json_t *tools, llmspell_queue *queue, llmspell_run *run,
                          llmspell_error *err);

struct stream *stream_find(struct world *world, const char *name);

/* Reads on to `until` (NULL: to the end) and tells the ending. */
const char *stream_read(struct world *world, struct stream *stream, const json_t *until);

/* Sends the message of `args` and reads to the end: the outcome, with the whole result as `ok`. */
json_t *stream_ask(struct world *world, const json_t *args);

/* Answers a call by hand, and reads on to its request before if that has not come. The outcome. */
json_t *stream_reply(struct world *world, struct stream *stream, const json_t *args);

/* The outcome of cancelling its run. */
json_t *stream_cancel(struct stream *stream);

/* Gives the run up, which cancels it. */
void stream_close(struct stream *stream);

/* Frees a list of streams. */
void stream_free_all(struct stream *streams);

/* Starts a run of an agent with the message of `args` and the options beside it. Its events go to the queue that is given
 * back; `run` and `err` are as llmspell_run_start leaves them. */
llmspell_queue *stream_start(struct world *world, const struct known_agent *known, const json_t *args, llmspell_run **run,
                             llmspell_error **err);

/* A new queue. */
llmspell_queue *stream_queue(struct world *world);

#endif
