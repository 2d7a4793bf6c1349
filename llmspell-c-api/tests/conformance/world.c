#include "world.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "mock.h"
#include "steps.h"
#include "stream.h"

static void *allocated(size_t size)
{
    void *block = calloc(1, size);
    if (block == NULL)
        abort();
    return block;
}

static char *copied(const char *bytes, size_t length)
{
    char *copy = allocated(length + 1);
    if (length > 0)
        memcpy(copy, bytes, length);
    return copy;
}

void world_trouble(struct world *world, const char *format, ...)
{
    char text[4096];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    world->trouble = copied(text, strlen(text));
    longjmp(world->end, 1);
}

void world_add_agent(struct world *world, const char *name, llmspell_agent *agent, json_t *tools)
{
    struct known_agent *known = allocated(sizeof *known);
    known->name = copied(name, strlen(name));
    known->agent = agent;
    known->tools = tools;
    known->next = world->agents;
    world->agents = known;
}

struct known_agent *world_agent(struct world *world, const json_t *args)
{
    const char *name = json_object_get(args, "agent") != NULL ? json_member(args, "agent") : "agent";
    struct known_agent *known = world->agents;
    while (known != NULL && strcmp(known->name, name) != 0)
        known = known->next;
    if (known == NULL)
        world_trouble(world, "there is no agent %s", name);
    return known;
}

void world_close_agent(struct world *world, struct known_agent *known)
{
    struct known_agent **place = &world->agents;
    while (*place != known)
        place = &(*place)->next;
    *place = known->next;
    llmspell_agent_free(known->agent);
    json_decref(known->tools);
    free(known->name);
    free(known);
}

void world_add_checkpoint(struct world *world, const char *name, const char *bytes, size_t length)
{
    struct checkpoint *made = allocated(sizeof *made);
    made->name = copied(name, strlen(name));
    made->bytes = copied(bytes, length);
    made->length = length;
    made->next = world->checkpoints;
    world->checkpoints = made;
}

const struct checkpoint *world_checkpoint(struct world *world, const char *name)
{
    const struct checkpoint *found = world->checkpoints;
    while (found != NULL && strcmp(found->name, name) != 0)
        found = found->next;
    if (found == NULL)
        world_trouble(world, "there is no checkpoint %s", name);
    return found;
}

json_t *world_error(llmspell_error *err)
{
    llmspell_str text = llmspell_error_json(err);
    json_t *error = json_read(text.data, text.len);
    llmspell_error_free(err);
    return error;
}

json_t *world_outcome(json_t *value, llmspell_error *err)
{
    if (err == NULL)
        return json_pack("{s:o}", "ok", value);
    json_decref(value);
    return json_pack("{s:o}", "error", world_error(err));
}

static json_t *events_of(const struct world *world)
{
    json_t *events = json_object();
    for (const struct stream *stream = world->streams; stream != NULL; stream = stream->next) {
        if (stream->name != NULL)
            json_object_set(events, stream->name, stream->events);
    }
    return events;
}

static void free_all(struct world *world)
{
    struct known_agent *known;
    stream_free_all(world->streams);
    /* the tools of agents that hand over to each other hold each other */
    for (known = world->agents; known != NULL; known = known->next)
        json_object_clear(known->tools);
    while (world->agents != NULL)
        world_close_agent(world, world->agents);
    while (world->checkpoints != NULL) {
        struct checkpoint *first = world->checkpoints;
        world->checkpoints = first->next;
        free(first->name);
        free(first->bytes);
        free(first);
    }
    json_decref(world->states);
    json_decref(world->scenario);
}

json_t *world_play(const json_t *given_case, const char *carry_file, const char *bytes, size_t length, char **trouble)
{
    struct world *world = allocated(sizeof *world);
    json_t *record;
    world->carry_file = carry_file;
    world->states = json_object();
    world->steps = json_object();
    world->calls = json_array();
    if (bytes != NULL)
        world_add_checkpoint(world, "carried", bytes, length);
    if (setjmp(world->end) == 0)
        steps_carry_out(world, given_case);
    record = json_pack("{s:o, s:o, s:o, s:o*}", "steps", world->steps, "events", events_of(world), "calls", world->calls, "seen",
                       world->seen);
    *trouble = world->trouble;
    if (world->scenario != NULL && !mock_remove(world) && *trouble == NULL)
        *trouble = copied("the mock server did not remove the scenario", 43);
    free_all(world);
    free(world);
    return record;
}
