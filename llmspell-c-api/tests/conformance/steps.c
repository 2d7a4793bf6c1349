#include "steps.h"

#include <stdlib.h>
#include <string.h>

#include "mock.h"
#include "stream.h"
#include "tool.h"

#define KEY "sk-conformance-0123456789"

/* An operation gives its outcome, which the record keeps under the step's name. */
typedef json_t *operation(struct world *world, const char *name, json_t *args);

static json_t *done(void)
{
    return json_pack("{s:b}", "ok", 1);
}

/* What an agent's options get that the case does not say. */
static json_t *default_options(const struct world *world)
{
    char url[512];
    if (world->scenario == NULL)
        return json_pack("{s:s}", "provider", "demo");
    snprintf(url, sizeof url, "%s/v1", json_member(world->scenario, "url"));
    return json_pack("{s:s, s:s, s:s}", "provider", "openai", "base_url", url, "api_key", KEY);
}

/* `made` has the tools and what else is asked, with what is answered. */
static json_t *create_agent(struct world *world, const char *name, json_t *given, const json_t *made, json_t *state)
{
    json_t *options = default_options(world), *declarations = json_array(), *work = json_object(), *value;
    const char *key;
    size_t index;
    llmspell_agent *agent;
    llmspell_error *err;
    char *text;
    json_object_foreach(given, key, value) {
        if (json_is_null(value))
            json_object_del(options, key);
        else
            json_object_set(options, key, value);
    }
    json_array_foreach(json_object_get(made, "tools"), index, value)
        json_array_append_new(declarations, tool_declare(work, value));
    tool_add_asks(work, json_object_get(made, "asks"));
    json_object_set_new(options, "tools", declarations);
    if (state != NULL)
        json_object_set(options, "state", state);
    text = json_write(options);
    json_decref(options);
    llmspell_agent_new(text, strlen(text), &agent, &err);
    free(text);
    if (err == NULL)
        world_add_agent(world, name, agent, work);
    else
        json_decref(work);
    return world_outcome(json_true(), err);
}

static json_t *op_create(struct world *world, const char *name, json_t *args)
{
    json_t *state = json_object_get(args, "state");
    if (json_is_string(state))
        state = json_object_get(world->states, json_string_value(state));
    return create_agent(world, name, json_object_get(args, "options"), args, state);
}

static json_t *op_execute(struct world *world, const char *name, json_t *args)
{
    (void)name;
    return stream_ask(world, args);
}

static json_t *op_chat(struct world *world, const char *name, json_t *args)
{
    json_t *outcome = stream_ask(world, args);
    json_t *result = json_object_get(outcome, "ok");
    (void)name;
    if (result != NULL)
        json_object_set(outcome, "ok", json_object_get(result, "text"));
    return outcome;
}

static json_t *ending(const char *type)
{
    return json_pack("{s:s}", "ok", type);
}

static json_t *op_stream(struct world *world, const char *name, json_t *args)
{
    struct known_agent *known = world_agent(world, args);
    llmspell_run *run;
    llmspell_error *err;
    struct stream *stream;
    llmspell_queue *queue = stream_start(world, known, args, &run, &err);
    if (err != NULL && llmspell_error_code(err) == LLMSPELL_E_ARGUMENT) {
        llmspell_queue_free(queue);
        return world_outcome(NULL, err);
    }
    stream = stream_add(world, name, known->tools, queue, run, err);
    return ending(stream_read(world, stream, json_object_get(args, "until")));
}

static json_t *op_restore(struct world *world, const char *name, json_t *args)
{
    struct known_agent *known = world_agent(world, args);
    const json_t *given = json_object_get(args, "bytes"), *cut = json_object_get(args, "cut");
    const char *bytes = json_string_value(given);
    size_t length = json_string_length(given);
    llmspell_queue *queue;
    llmspell_run *run;
    llmspell_error *err;
    if (given == NULL) {
        const struct checkpoint *checkpoint = world_checkpoint(world, json_member(args, "checkpoint"));
        bytes = checkpoint->bytes;
        length = checkpoint->length;
    }
    if (cut != NULL && (size_t)json_integer_value(cut) < length)
        length = (size_t)json_integer_value(cut);
    queue = stream_queue(world);
    llmspell_run_restore(queue, llmspell_agent_as_target(known->agent), bytes, length, &run, &err);
    return ending(stream_read(world, stream_add(world, name, known->tools, queue, run, err), json_object_get(args, "until")));
}

static json_t *op_read(struct world *world, const char *name, json_t *args)
{
    (void)name;
    return ending(stream_read(world, stream_find(world, json_member(args, "stream")), json_object_get(args, "until")));
}

static json_t *op_cancel(struct world *world, const char *name, json_t *args)
{
    (void)name;
    return stream_cancel(stream_find(world, json_member(args, "stream")));
}

static json_t *op_reply(struct world *world, const char *name, json_t *args)
{
    (void)name;
    return stream_reply(world, stream_find(world, json_member(args, "stream")), args);
}

static void hand_on(struct world *world, llmspell_str bytes)
{
    FILE *file = world->carry_file != NULL ? fopen(world->carry_file, "wb") : NULL;
    bool written = file != NULL && fwrite(bytes.data, 1, bytes.len, file) == bytes.len;
    if (file == NULL || fclose(file) != 0 || !written)
        world_trouble(world, "no folder for bytes is set, or it cannot be written to; run `make conformance`");
}

static json_t *op_checkpoint(struct world *world, const char *name, json_t *args)
{
    struct stream *stream = stream_find(world, json_member(args, "stream"));
    llmspell_buf *buf;
    llmspell_error *err;
    if (llmspell_run_checkpoint(stream->run, &buf, &err) == LLMSPELL_OK) {
        llmspell_str bytes = llmspell_buf_str(buf);
        world_add_checkpoint(world, name, bytes.data, bytes.len);
        if (json_object_get(args, "carry") != NULL)
            hand_on(world, bytes);
        llmspell_buf_free(buf);
    }
    return world_outcome(json_true(), err);
}

static json_t *op_fork(struct world *world, const char *name, json_t *args)
{
    struct known_agent *known = world_agent(world, args);
    llmspell_agent *fork;
    llmspell_error *err;
    llmspell_agent_fork(known->agent, &fork, &err);
    if (err == NULL)
        world_add_agent(world, name, fork, json_copy(known->tools));
    return world_outcome(json_true(), err);
}

static json_t *op_add_tool(struct world *world, const char *name, json_t *args)
{
    struct known_agent *known = world_agent(world, args);
    json_t *work = json_object();
    json_t *declaration = tool_declare(work, json_object_get(args, "tool"));
    char *text = json_write(declaration);
    llmspell_error *err;
    (void)name;
    llmspell_agent_tool_add(known->agent, text, strlen(text), &err);
    if (err == NULL)
        json_object_update(known->tools, work);
    free(text);
    json_decref(declaration);
    json_decref(work);
    return world_outcome(json_true(), err);
}

/* How many tools an agent has, and the name of the last, to be released, where `last` is not NULL. */
static size_t count_tools(const llmspell_agent *agent, json_t **last)
{
    llmspell_buf *buf = NULL;
    llmspell_str text;
    json_t *info, *tools;
    size_t count;
    llmspell_agent_info(agent, &buf, NULL);
    text = llmspell_buf_str(buf);
    info = json_read(text.data, text.len);
    llmspell_buf_free(buf);
    tools = json_object_get(info, "tools");
    count = json_array_size(tools);
    if (last != NULL)
        *last = json_incref(json_array_get(tools, count - 1));
    json_decref(info);
    return count;
}

static json_t *op_add_agent(struct world *world, const char *name, json_t *args)
{
    struct known_agent *known = world_agent(world, args), *other;
    json_t *about = json_pack("{s:O}", "agent", json_object_get(args, "other")), *last;
    char *text = json_write(json_object_get(args, "as_tool"));
    llmspell_error *err;
    (void)name;
    other = world_agent(world, about);
    json_decref(about);
    llmspell_agent_tool_add_agent(known->agent, other->agent, text, strlen(text), &err);
    if (err == NULL && count_tools(known->agent, &last) > 0) {
        json_object_set_new(known->tools, json_string_value(last), tool_of_agent(other->tools));
        json_decref(last);
    }
    free(text);
    return world_outcome(json_true(), err);
}

static json_t *op_get_state(struct world *world, const char *name, json_t *args)
{
    llmspell_buf *buf;
    llmspell_error *err;
    llmspell_str text;
    const char *session = json_string_value(json_object_get(args, "session"));
    json_t *state;
    if (session != NULL)
        llmspell_agent_session_state(world_agent(world, args)->agent, session, strlen(session), &buf, &err);
    else
        llmspell_agent_state(world_agent(world, args)->agent, &buf, &err);
    text = llmspell_buf_str(buf);
    state = err == NULL ? json_read(text.data, text.len) : NULL;
    llmspell_buf_free(buf);
    if (state != NULL)
        json_object_set(world->states, name, state);
    return world_outcome(state, err);
}

static json_t *op_played(struct world *world, const char *name, json_t *args)
{
    llmspell_buf *buf;
    llmspell_error *err;
    llmspell_str text;
    json_t *played;
    (void)name;
    llmspell_agent_played(world_agent(world, args)->agent, &buf, &err);
    text = llmspell_buf_str(buf);
    played = err == NULL ? json_read(text.data, text.len) : NULL;
    llmspell_buf_free(buf);
    return world_outcome(played, err);
}

static json_t *op_reset(struct world *world, const char *name, json_t *args)
{
    const char *session = json_string_value(json_object_get(args, "session"));
    llmspell_error *err;
    (void)name;
    if (session != NULL)
        llmspell_agent_session_reset(world_agent(world, args)->agent, session, strlen(session), &err);
    else
        llmspell_agent_reset(world_agent(world, args)->agent, &err);
    return world_outcome(json_true(), err);
}

static json_t *op_close(struct world *world, const char *name, json_t *args)
{
    (void)name;
    if (json_object_get(args, "stream") != NULL)
        stream_close(stream_find(world, json_member(args, "stream")));
    else
        world_close_agent(world, world_agent(world, args));
    return done();
}

static json_t *op_release(struct world *world, const char *name, json_t *args)
{
    (void)name;
    mock_release(world, json_member(args, "hold"));
    return done();
}

static json_t *op_await(struct world *world, const char *name, json_t *args)
{
    (void)name;
    mock_await(world, (int)json_integer_value(json_object_get(args, "requests")),
               (int)json_integer_value(json_object_get(args, "aborted")));
    return done();
}

static const struct {
    const char *name;
    operation *carry_out;
} OPERATIONS[] = {
    {"add_agent", op_add_agent},
    {"add_tool", op_add_tool}, {"await", op_await},         {"cancel", op_cancel},   {"chat", op_chat},
    {"checkpoint", op_checkpoint}, {"close", op_close},     {"create", op_create},   {"execute", op_execute},
    {"fork", op_fork},         {"get_state", op_get_state}, {"played", op_played},   {"read", op_read},       {"release", op_release},
    {"reply", op_reply},       {"reset", op_reset},         {"restore", op_restore}, {"stream", op_stream},
};

static operation *operation_of(struct world *world, const char *name)
{
    for (size_t i = 0; i < sizeof OPERATIONS / sizeof *OPERATIONS; i++) {
        if (strcmp(OPERATIONS[i].name, name) == 0)
            return OPERATIONS[i].carry_out;
    }
    world_trouble(world, "this host does not know the operation %s", name);
    return NULL;
}

void steps_carry_out(struct world *world, const json_t *given_case)
{
    json_t *given = json_object_get(given_case, "given"), *scenario = json_object_get(given, "scenario"), *made, *step;
    size_t index;
    if (scenario != NULL)
        mock_play(world, scenario);
    made = create_agent(world, "agent", json_object_get(given, "agent"), given, NULL);
    if (json_object_get(made, "error") != NULL)
        world_trouble(world, "%s", json_member(json_object_get(made, "error"), "message"));
    json_decref(made);
    json_array_foreach(json_object_get(given_case, "steps"), index, step) {
        const char *name = json_member(step, "as");
        operation *carry_out = operation_of(world, json_member(step, "op"));
        json_object_set_new(world->steps, name, carry_out(world, name, json_object_get(step, "args")));
    }
    if (world->scenario != NULL)
        world->seen = mock_seen(world);
}
