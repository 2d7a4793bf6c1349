/* All that a case has made so far, and its record. */
#ifndef CONFORMANCE_WORLD_H
#define CONFORMANCE_WORLD_H
#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

#include "json.h"
#include "llmspell.h"

/* An agent; `tools` is what its tools do, by name (tool.h). */
struct known_agent {
    char *name;
    llmspell_agent *agent;
    json_t *tools;
    struct known_agent *next;
};

/* The bytes that a checkpoint step took. */
struct checkpoint {
    char *name;
    char *bytes;
    size_t length;
    struct checkpoint *next;
};

struct stream; /* stream.h */

struct world {
    json_t *scenario; /* what the mock server said of it; NULL without one */
    const char *carry_file; /* where bytes for other hosts go; NULL without a folder */
    struct known_agent *agents;
    struct stream *streams;
    struct checkpoint *checkpoints;
    json_t *states;
    json_t *steps;
    json_t *calls;
    json_t *seen;
    char *trouble; /* what kept the case from being played, for its report */
    jmp_buf end;
};

/* Plays a case to its end and gives its record; closes everything. `bytes` are those that the case goes on from, or NULL.
 * `trouble`, to be freed, says what kept it from being played; NULL when nothing did. */
json_t *world_play(const json_t *given_case, const char *carry_file, const char *bytes, size_t length, char **trouble);

/* Ends the case with a word of why, a printf format. */
void world_trouble(struct world *world, const char *format, ...);

/* Keeps an agent under a name, and its tools. Takes both over. */
void world_add_agent(struct world *world, const char *name, llmspell_agent *agent, json_t *tools);

/* The agent that a step's arguments are about. */
struct known_agent *world_agent(struct world *world, const json_t *args);

/* Frees an agent. */
void world_close_agent(struct world *world, struct known_agent *known);

/* Keeps a copy of a checkpoint. */
void world_add_checkpoint(struct world *world, const char *name, const char *bytes, size_t length);

const struct checkpoint *world_checkpoint(struct world *world, const char *name);

/* The outcome of a call: {ok: value}, which is taken over, or {error}, when `err` is one. Frees `err`. */
json_t *world_outcome(json_t *value, llmspell_error *err);

/* An error as JSON. Frees it. */
json_t *world_error(llmspell_error *err);

#endif
