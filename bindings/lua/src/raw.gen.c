/* The module llmspell.raw: every function and constant of the C API as Lua sees them.

   Written by `ts-tools emit` from llmspell-c-api/abi/api.json; change the C API and run `make gen`. It is compiled
   once
   per Lua ABI, as part of that ABI's shim. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "llmspell.h"
#include "lua_api.h"
#include "raw_support.h"

#if LS_MAX_BUFFERS < 1
#error "LS_MAX_BUFFERS in raw_support.h must be at least 1"
#endif

static void ls_free_agent(void *object)
{
    llmspell_agent_free(object);
}

static const ls_type ls_type_agent = {"llmspell.agent", ls_free_agent};

static void ls_free_event(void *object)
{
    llmspell_event_free(object);
}

static const ls_type ls_type_event = {"llmspell.event", ls_free_event};

static void ls_free_life(void *object)
{
    llmspell_life_free(object);
}

static const ls_type ls_type_life = {"llmspell.life", ls_free_life};

static void ls_free_openai_answer(void *object)
{
    llmspell_openai_answer_free(object);
}

static const ls_type ls_type_openai_answer = {"llmspell.openai_answer", ls_free_openai_answer};

static void ls_free_queue(void *object)
{
    llmspell_queue_free(object);
}

static const ls_type ls_type_queue = {"llmspell.queue", ls_free_queue};

static void ls_free_run(void *object)
{
    llmspell_run_free(object);
}

static const ls_type ls_type_run = {"llmspell.run", ls_free_run};

static void ls_free_waker(void *object)
{
    llmspell_waker_free(object);
}

static const ls_type ls_type_waker = {"llmspell.waker", ls_free_waker};

/* What an argument of each type may be. */
static const ls_type *const ls_wanted_agent[] = {&ls_type_agent, NULL};
static const ls_type *const ls_wanted_event[] = {&ls_type_event, NULL};
static const ls_type *const ls_wanted_openai_answer[] = {&ls_type_openai_answer, NULL};
static const ls_type *const ls_wanted_queue[] = {&ls_type_queue, NULL};
static const ls_type *const ls_wanted_target[] = {&ls_type_agent, NULL};
static const ls_type *const ls_wanted_run[] = {&ls_type_run, NULL};
static const ls_type *const ls_wanted_waker[] = {&ls_type_waker, NULL};
static const ls_type *const ls_wanted_life[] = {&ls_type_life, NULL};

/* An object as the `target` it can be seen as. */
static const llmspell_target *ls_as_target(const ls_object *object)
{
    if (object != NULL && object->type == &ls_type_agent)
        return llmspell_agent_as_target(object->pointer);
    return ls_pointer(object);
}

/* Makes an agent from options, a JSON object. */
static int ls_raw_agent_new(lua_State *L)
{
    ls_text options_json = ls_check_text(L, "agent_new", 1, "options_json");
    ls_object *agent = ls_new_object(L, &ls_type_agent);
    llmspell_agent *agent_out = NULL;
    int agent_at = lua_gettop(L);
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_agent_new(options_json.data, options_json.len, &agent_out, &pending.error);
    agent->pointer = agent_out;
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_new", status);
    ls_push_object(L, agent_at, agent);
    return 1;
}

/* Adds a count to an agent: `clone` is the same agent, and has to be freed too. */
static int ls_raw_agent_clone(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_clone", 1, "agent", ls_wanted_agent);
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_clone", "agent");
    ls_object *clone = ls_new_object(L, &ls_type_agent);
    llmspell_agent *clone_out = NULL;
    int clone_at = lua_gettop(L);
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_agent_clone(ls_pointer(agent), &clone_out, &pending.error);
    clone->pointer = clone_out;
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_clone", status);
    ls_push_object(L, clone_at, clone);
    return 1;
}

/* Makes a new agent with the same configuration and tools and a copy of the conversation as it is now. */
static int ls_raw_agent_fork(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_fork", 1, "agent", ls_wanted_agent);
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_fork", "agent");
    ls_object *fork = ls_new_object(L, &ls_type_agent);
    llmspell_agent *fork_out = NULL;
    int fork_at = lua_gettop(L);
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_agent_fork(ls_pointer(agent), &fork_out, &pending.error);
    fork->pointer = fork_out;
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_fork", status);
    ls_push_object(L, fork_at, fork);
    return 1;
}

/* Adds a tool to an agent: a JSON object with `name` (text), `description` (text), `schema` (JSON Schema of the
   arguments, an object) and, optionally, `timeout_ms` (milliseconds the host may take for an answer, in place of
   the agent's tool_timeout_ms). */
static int ls_raw_agent_tool_add(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_tool_add", 1, "agent", ls_wanted_agent);
    ls_text tool_json = ls_check_text(L, "agent_tool_add", 2, "tool_json");
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_tool_add", "agent");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_agent_tool_add(ls_pointer(agent), tool_json.data, tool_json.len, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_tool_add", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Offers another agent to an agent's model, as a tool or as one that takes the conversation over: a JSON object
   with `name` (text; by default the other agent's, after "transfer_to_" for a hand-off), `description` (text),
   `schema` (JSON Schema of the arguments; by default an object with the text `input`), `timeout_ms` (milliseconds
   for one call), `forward_events` (whether the events of its run come among the caller's; false) and `handoff`
   (whether the conversation goes on with it; false). */
static int ls_raw_agent_tool_add_agent(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_tool_add_agent", 1, "agent", ls_wanted_agent);
    ls_object *other = ls_check_object(L, "agent_tool_add_agent", 2, "other", ls_wanted_agent);
    ls_text tool_json = ls_check_text(L, "agent_tool_add_agent", 3, "tool_json");
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_tool_add_agent", "agent");
    if (ls_is_closed(other))
        return ls_closed(L, "agent_tool_add_agent", "other");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_agent_tool_add_agent(ls_pointer(agent), ls_pointer(other), tool_json.data, tool_json.len, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_tool_add_agent", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Tells an agent's conversation as a JSON object {version, messages, usage}, which the option `state` accepts. */
static int ls_raw_agent_state(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_state", 1, "agent", ls_wanted_agent);
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_state", "agent");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 1);
    status = llmspell_agent_state(ls_pointer(agent), &pending.buffers[0], &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_state", status);
    ls_push_buffers(L, &pending);
    return 1;
}

/* Tells the conversation of one of an agent's sessions, like llmspell_agent_state. */
static int ls_raw_agent_session_state(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_session_state", 1, "agent", ls_wanted_agent);
    ls_text session = ls_check_text(L, "agent_session_state", 2, "session");
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_session_state", "agent");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 1);
    status = llmspell_agent_session_state(ls_pointer(agent), session.data, session.len, &pending.buffers[0], &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_session_state", status);
    ls_push_buffers(L, &pending);
    return 1;
}

/* Makes an agent forget one of its sessions. */
static int ls_raw_agent_session_reset(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_session_reset", 1, "agent", ls_wanted_agent);
    ls_text session = ls_check_text(L, "agent_session_reset", 2, "session");
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_session_reset", "agent");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_agent_session_reset(ls_pointer(agent), session.data, session.len, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_session_reset", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Makes an agent forget its own conversation; configuration, tools and sessions stay. */
static int ls_raw_agent_reset(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_reset", 1, "agent", ls_wanted_agent);
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_reset", "agent");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_agent_reset(ls_pointer(agent), &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_reset", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Tells about an agent, as a JSON object {name, provider, model, tools}, where `tools` are names. */
static int ls_raw_agent_info(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_info", 1, "agent", ls_wanted_agent);
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_info", "agent");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 1);
    status = llmspell_agent_info(ls_pointer(agent), &pending.buffers[0], &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_info", status);
    ls_push_buffers(L, &pending);
    return 1;
}

/* Tells what was played of the script or cassette that answers for an agent (provider "scripted" or "replay"), as
   a JSON object: {kind: "script", total, played, asked, requests}, where `requests` are the bodies that the turns
   were asked, in the Chat format; or {kind: "cassette", name, total, played, left}, where `left` are {exchange,
   method, path} of those that were not played. */
static int ls_raw_agent_played(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_played", 1, "agent", ls_wanted_agent);
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_played", "agent");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 1);
    status = llmspell_agent_played(ls_pointer(agent), &pending.buffers[0], &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_played", status);
    ls_push_buffers(L, &pending);
    return 1;
}

/* Has an agent go on with the script or cassette of another agent: what either of them uses up, the other does not
   get. */
static int ls_raw_agent_play_with(lua_State *L)
{
    ls_object *agent = ls_check_object(L, "agent_play_with", 1, "agent", ls_wanted_agent);
    ls_object *other = ls_check_object(L, "agent_play_with", 2, "other", ls_wanted_agent);
    if (ls_is_closed(agent))
        return ls_closed(L, "agent_play_with", "agent");
    if (ls_is_closed(other))
        return ls_closed(L, "agent_play_with", "other");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_agent_play_with(ls_pointer(agent), ls_pointer(other), &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "agent_play_with", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Takes one count from an agent and frees it with the last one. */
static int ls_raw_agent_free(lua_State *L)
{
    ls_object *agent = ls_opt_object(L, "agent_free", 1, "agent", ls_wanted_agent);
    ls_close_object(agent);
    return 0;
}

/* Tells how many agents lead from the one whose run it is to the one that speaks in an event: 0 for that agent
   itself, and for NULL. */
static int ls_raw_event_depth(lua_State *L)
{
    ls_object *event = ls_check_object(L, "event_depth", 1, "event", ls_wanted_event);
    if (ls_is_closed(event))
        return ls_closed_error(L, "event_depth", "event");
    ls_push_unsigned(L, llmspell_event_depth(ls_pointer(event)));
    return 1;
}

/* Tells an event's type, one of the LLMSPELL_EVENT_ constants; 0 for NULL. */
static int ls_raw_event_type(lua_State *L)
{
    ls_object *event = ls_check_object(L, "event_type", 1, "event", ls_wanted_event);
    if (ls_is_closed(event))
        return ls_closed_error(L, "event_type", "event");
    ls_push_signed(L, llmspell_event_type(ls_pointer(event)));
    return 1;
}

/* Tells an event's number within its run: 1 for the first, one more for each, wanted or not; 0 for NULL. */
static int ls_raw_event_seq(lua_State *L)
{
    ls_object *event = ls_check_object(L, "event_seq", 1, "event", ls_wanted_event);
    if (ls_is_closed(event))
        return ls_closed_error(L, "event_seq", "event");
    ls_push_unsigned(L, llmspell_event_seq(ls_pointer(event)));
    return 1;
}

/* Tells the step that an event belongs to: 1 for the first, 0 before it and for NULL. */
static int ls_raw_event_step(lua_State *L)
{
    ls_object *event = ls_check_object(L, "event_step", 1, "event", ls_wanted_event);
    if (ls_is_closed(event))
        return ls_closed_error(L, "event_step", "event");
    ls_push_unsigned(L, llmspell_event_step(ls_pointer(event)));
    return 1;
}

/* Tells the id of the run that an event belongs to; empty for NULL. */
static int ls_raw_event_run_id(lua_State *L)
{
    ls_object *event = ls_check_object(L, "event_run_id", 1, "event", ls_wanted_event);
    if (ls_is_closed(event))
        return ls_closed_error(L, "event_run_id", "event");
    ls_push_str(L, llmspell_event_run_id(ls_pointer(event)));
    return 1;
}

/* Tells an event's text: `text` of text_delta and reasoning_delta, `arguments_delta` of tool_call_delta, `content`
   of tool_result, the whole answer of done, `message` of warning; empty for every other event and for NULL. */
static int ls_raw_event_text(lua_State *L)
{
    ls_object *event = ls_check_object(L, "event_text", 1, "event", ls_wanted_event);
    if (ls_is_closed(event))
        return ls_closed_error(L, "event_text", "event");
    ls_push_str(L, llmspell_event_text(ls_pointer(event)));
    return 1;
}

/* Tells the id of a request event, which its reply names; empty for every other event and for NULL. */
static int ls_raw_event_request_id(lua_State *L)
{
    ls_object *event = ls_check_object(L, "event_request_id", 1, "event", ls_wanted_event);
    if (ls_is_closed(event))
        return ls_closed_error(L, "event_request_id", "event");
    ls_push_str(L, llmspell_event_request_id(ls_pointer(event)));
    return 1;
}

/* Tells a whole event as a JSON object; empty for NULL. */
static int ls_raw_event_json(lua_State *L)
{
    ls_object *event = ls_check_object(L, "event_json", 1, "event", ls_wanted_event);
    if (ls_is_closed(event))
        return ls_closed_error(L, "event_json", "event");
    ls_push_str(L, llmspell_event_json(ls_pointer(event)));
    return 1;
}

/* Frees an event. */
static int ls_raw_event_free(lua_State *L)
{
    ls_object *event = ls_opt_object(L, "event_free", 1, "event", ls_wanted_event);
    ls_close_object(event);
    return 0;
}

/* Reads the body of a request for `POST /v1/chat/completions`. */
static int ls_raw_openai_read(lua_State *L)
{
    ls_text body = ls_check_text(L, "openai_read", 1, "body");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 1);
    status = llmspell_openai_read(body.data, body.len, &pending.buffers[0], &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "openai_read", status);
    ls_push_buffers(L, &pending);
    return 1;
}

/* Makes the answer to a request, of which nothing is written yet. */
static int ls_raw_openai_answer_new(lua_State *L)
{
    ls_text request_json = ls_check_text(L, "openai_answer_new", 1, "request_json");
    ls_object *answer = ls_new_object(L, &ls_type_openai_answer);
    llmspell_openai_answer *answer_out = NULL;
    int answer_at = lua_gettop(L);
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_openai_answer_new(request_json.data, request_json.len, &answer_out, &pending.error);
    answer->pointer = answer_out;
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "openai_answer_new", status);
    ls_push_object(L, answer_at, answer);
    return 1;
}

/* Takes the next event of the run, as llmspell_event_json gives it, and gives what is to be sent to the client
   now: chunks of a stream, or a whole body, with the run's last event. */
static int ls_raw_openai_answer_next(lua_State *L)
{
    ls_object *answer = ls_check_object(L, "openai_answer_next", 1, "answer", ls_wanted_openai_answer);
    ls_text event_json = ls_check_text(L, "openai_answer_next", 2, "event_json");
    if (ls_is_closed(answer))
        return ls_closed(L, "openai_answer_next", "answer");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 1);
    status = llmspell_openai_answer_next(ls_pointer(answer), event_json.data, event_json.len, &pending.buffers[0], &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "openai_answer_next", status);
    ls_push_buffers(L, &pending);
    return 1;
}

/* Tells the head of the HTTP answer, once there is something to send: JSON `{status, content_type, ended}` and,
   where a failure says so, `retry_after_ms`. */
static int ls_raw_openai_answer_head(lua_State *L)
{
    ls_object *answer = ls_check_object(L, "openai_answer_head", 1, "answer", ls_wanted_openai_answer);
    if (ls_is_closed(answer))
        return ls_closed(L, "openai_answer_head", "answer");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 1);
    status = llmspell_openai_answer_head(ls_pointer(answer), &pending.buffers[0], &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "openai_answer_head", status);
    ls_push_buffers(L, &pending);
    return 1;
}

/* Frees an answer. */
static int ls_raw_openai_answer_free(lua_State *L)
{
    ls_object *answer = ls_opt_object(L, "openai_answer_free", 1, "answer", ls_wanted_openai_answer);
    ls_close_object(answer);
    return 0;
}

/* Makes an empty queue. */
static int ls_raw_queue_new(lua_State *L)
{
    ls_object *queue = ls_new_object(L, &ls_type_queue);
    llmspell_queue *queue_out = NULL;
    int queue_at = lua_gettop(L);
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_queue_new(&queue_out, &pending.error);
    queue->pointer = queue_out;
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "queue_new", status);
    ls_push_object(L, queue_at, queue);
    return 1;
}

/* Takes the next event out of a queue and waits for one at most `timeout_ms` milliseconds: 0 does not wait, -1
   waits without end. */
static int ls_raw_queue_next(lua_State *L)
{
    ls_object *queue = ls_check_object(L, "queue_next", 1, "queue", ls_wanted_queue);
    int32_t timeout_ms = (int32_t)ls_check_signed(L, "queue_next", 2, "timeout_ms", INT32_MIN, INT32_MAX);
    if (ls_is_closed(queue))
        return ls_closed(L, "queue_next", "queue");
    ls_object *event = ls_new_object(L, &ls_type_event);
    llmspell_event *event_out = NULL;
    int event_at = lua_gettop(L);
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_queue_next(ls_pointer(queue), timeout_ms, &event_out, &pending.error);
    event->pointer = event_out;
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "queue_next", status);
    ls_push_object(L, event_at, event);
    return 1;
}

/* Tells a file descriptor, a socket, that is readable while an event waits, for the host's own event loop. */
static int ls_raw_queue_fd(lua_State *L)
{
    ls_object *queue = ls_check_object(L, "queue_fd", 1, "queue", ls_wanted_queue);
    if (ls_is_closed(queue))
        return ls_closed(L, "queue_fd", "queue");
    int32_t fd = 0;
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_queue_fd(ls_pointer(queue), &fd, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "queue_fd", status);
    ls_push_signed(L, fd);
    return 1;
}

/* Frees a queue and the events in it. */
static int ls_raw_queue_free(lua_State *L)
{
    ls_object *queue = ls_opt_object(L, "queue_free", 1, "queue", ls_wanted_queue);
    ls_close_object(queue);
    return 0;
}

/* Starts a run of `target` whose events go to `queue`. */
static int ls_raw_run_start(lua_State *L)
{
    ls_object *queue = ls_check_object(L, "run_start", 1, "queue", ls_wanted_queue);
    ls_object *target = ls_check_object(L, "run_start", 2, "target", ls_wanted_target);
    ls_text input_json = ls_check_text(L, "run_start", 3, "input_json");
    if (ls_is_closed(queue))
        return ls_closed(L, "run_start", "queue");
    if (ls_is_closed(target))
        return ls_closed(L, "run_start", "target");
    ls_object *run = ls_new_object(L, &ls_type_run);
    llmspell_run *run_out = NULL;
    int run_at = lua_gettop(L);
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_run_start(ls_pointer(queue), ls_as_target(target), input_json.data, input_json.len, &run_out, &pending.error);
    run->pointer = run_out;
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "run_start", status);
    ls_push_object(L, run_at, run);
    return 1;
}

/* Starts a run again from a checkpoint. */
static int ls_raw_run_restore(lua_State *L)
{
    ls_object *queue = ls_check_object(L, "run_restore", 1, "queue", ls_wanted_queue);
    ls_object *target = ls_check_object(L, "run_restore", 2, "target", ls_wanted_target);
    ls_text checkpoint = ls_check_text(L, "run_restore", 3, "checkpoint");
    if (ls_is_closed(queue))
        return ls_closed(L, "run_restore", "queue");
    if (ls_is_closed(target))
        return ls_closed(L, "run_restore", "target");
    ls_object *run = ls_new_object(L, &ls_type_run);
    llmspell_run *run_out = NULL;
    int run_at = lua_gettop(L);
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_run_restore(ls_pointer(queue), ls_as_target(target), checkpoint.data, checkpoint.len, &run_out, &pending.error);
    run->pointer = run_out;
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "run_restore", status);
    ls_push_object(L, run_at, run);
    return 1;
}

/* Answers a request event: a JSON object {"id": the request's id, "ok": any value} or {"id": ..., "error":
   {"message": text, "kind": text}}, where `kind` may be absent. */
static int ls_raw_run_reply(lua_State *L)
{
    ls_object *run = ls_check_object(L, "run_reply", 1, "run", ls_wanted_run);
    ls_text reply_json = ls_check_text(L, "run_reply", 2, "reply_json");
    if (ls_is_closed(run))
        return ls_closed(L, "run_reply", "run");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_run_reply(ls_pointer(run), reply_json.data, reply_json.len, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "run_reply", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Tells whether a request of a run is still open: neither answered nor timed out nor cancelled. */
static int ls_raw_run_awaits(lua_State *L)
{
    ls_object *run = ls_check_object(L, "run_awaits", 1, "run", ls_wanted_run);
    ls_text request_id = ls_check_text(L, "run_awaits", 2, "request_id");
    if (ls_is_closed(run))
        return ls_closed(L, "run_awaits", "run");
    bool awaits = 0;
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_run_awaits(ls_pointer(run), request_id.data, request_id.len, &awaits, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "run_awaits", status);
    lua_pushboolean(L, awaits);
    return 1;
}

/* Feeds the head of an answer that the host carries (a request event of the kind "http", which runs of agents with
   `transport` "host" make), as a JSON object {"status": 200 to 599, "headers": {name: text}}, where `headers` may
   be absent. */
static int ls_raw_run_http_head(lua_State *L)
{
    ls_object *run = ls_check_object(L, "run_http_head", 1, "run", ls_wanted_run);
    ls_text request_id = ls_check_text(L, "run_http_head", 2, "request_id");
    ls_text head_json = ls_check_text(L, "run_http_head", 3, "head_json");
    if (ls_is_closed(run))
        return ls_closed(L, "run_http_head", "run");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_run_http_head(ls_pointer(run), request_id.data, request_id.len, head_json.data, head_json.len, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "run_http_head", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Feeds bytes of the body of an answer that the host carries, split anywhere. */
static int ls_raw_run_http_bytes(lua_State *L)
{
    ls_object *run = ls_check_object(L, "run_http_bytes", 1, "run", ls_wanted_run);
    ls_text request_id = ls_check_text(L, "run_http_bytes", 2, "request_id");
    ls_text bytes = ls_check_text(L, "run_http_bytes", 3, "bytes");
    if (ls_is_closed(run))
        return ls_closed(L, "run_http_bytes", "run");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_run_http_bytes(ls_pointer(run), request_id.data, request_id.len, bytes.data, bytes.len, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "run_http_bytes", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Ends the body of an answer that the host carries. */
static int ls_raw_run_http_end(lua_State *L)
{
    ls_object *run = ls_check_object(L, "run_http_end", 1, "run", ls_wanted_run);
    ls_text request_id = ls_check_text(L, "run_http_end", 2, "request_id");
    if (ls_is_closed(run))
        return ls_closed(L, "run_http_end", "run");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_run_http_end(ls_pointer(run), request_id.data, request_id.len, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "run_http_end", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Cancels a run: its connection is closed and its last event is cancelled, unless it ended before. */
static int ls_raw_run_cancel(lua_State *L)
{
    ls_object *run = ls_check_object(L, "run_cancel", 1, "run", ls_wanted_run);
    if (ls_is_closed(run))
        return ls_closed(L, "run_cancel", "run");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_run_cancel(ls_pointer(run), &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "run_cancel", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Tells a run as bytes from which llmspell_run_restore goes on, in this process or another. */
static int ls_raw_run_checkpoint(lua_State *L)
{
    ls_object *run = ls_check_object(L, "run_checkpoint", 1, "run", ls_wanted_run);
    if (ls_is_closed(run))
        return ls_closed(L, "run_checkpoint", "run");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 1);
    status = llmspell_run_checkpoint(ls_pointer(run), &pending.buffers[0], &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "run_checkpoint", status);
    ls_push_buffers(L, &pending);
    return 1;
}

/* Tells a run's id, which its events carry as run_id; empty for NULL. */
static int ls_raw_run_id(lua_State *L)
{
    ls_object *run = ls_check_object(L, "run_id", 1, "run", ls_wanted_run);
    if (ls_is_closed(run))
        return ls_closed_error(L, "run_id", "run");
    ls_push_str(L, llmspell_run_id(ls_pointer(run)));
    return 1;
}

/* Tells the session whose conversation a run goes on with, as `session` of its input named it or, for a restored
   run, its checkpoint; empty for the agent's own conversation and for NULL. */
static int ls_raw_run_session(lua_State *L)
{
    ls_object *run = ls_check_object(L, "run_session", 1, "run", ls_wanted_run);
    if (ls_is_closed(run))
        return ls_closed_error(L, "run_session", "run");
    ls_push_str(L, llmspell_run_session(ls_pointer(run)));
    return 1;
}

/* Tells how far a run is: LLMSPELL_RUN_QUEUED, LLMSPELL_RUN_RUNNING or LLMSPELL_RUN_ENDED; 0 for NULL. */
static int ls_raw_run_status(lua_State *L)
{
    ls_object *run = ls_check_object(L, "run_status", 1, "run", ls_wanted_run);
    if (ls_is_closed(run))
        return ls_closed_error(L, "run_status", "run");
    ls_push_signed(L, llmspell_run_status(ls_pointer(run)));
    return 1;
}

/* Frees a run and cancels it when it has not ended; its last event still arrives. */
static int ls_raw_run_free(lua_State *L)
{
    ls_object *run = ls_opt_object(L, "run_free", 1, "run", ls_wanted_run);
    ls_close_object(run);
    return 0;
}

/* Forbids real requests in this process, and in what it forks from now on, or allows them again. */
static int ls_raw_forbid_requests(lua_State *L)
{
    bool forbid = ls_check_boolean(L, "forbid_requests", 1, "forbid");
    llmspell_forbid_requests(forbid);
    return 0;
}

/* Tells the version of the binary interface of the library that is loaded. */
static int ls_raw_abi_version(lua_State *L)
{
    ls_push_unsigned(L, llmspell_abi_version());
    return 1;
}

/* Tells the oldest version of the binary interface that the library that is loaded still serves. */
static int ls_raw_abi_min(lua_State *L)
{
    ls_push_unsigned(L, llmspell_abi_min());
    return 1;
}

/* Makes a waker of no queue yet. */
static int ls_raw_waker_new(lua_State *L)
{
    ls_object *waker = ls_new_object(L, &ls_type_waker);
    llmspell_waker *waker_out = NULL;
    int waker_at = lua_gettop(L);
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_waker_new(&waker_out, &pending.error);
    waker->pointer = waker_out;
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "waker_new", status);
    ls_push_object(L, waker_at, waker);
    return 1;
}

/* Tells the news of a queue to `waker` under `token`, in place of the waker and token that the queue had; a NULL
   waker ends that. */
static int ls_raw_queue_wake_by(lua_State *L)
{
    ls_object *queue = ls_check_object(L, "queue_wake_by", 1, "queue", ls_wanted_queue);
    ls_object *waker = ls_opt_object(L, "queue_wake_by", 2, "waker", ls_wanted_waker);
    uint64_t token = (uint64_t)ls_check_unsigned(L, "queue_wake_by", 3, "token", UINT64_MAX);
    if (ls_is_closed(queue))
        return ls_closed(L, "queue_wake_by", "queue");
    if (ls_is_closed(waker))
        return ls_closed(L, "queue_wake_by", "waker");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_queue_wake_by(ls_pointer(queue), ls_pointer(waker), token, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "queue_wake_by", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Takes the token of a queue that has news, the oldest first, and waits for one at most `timeout_ms` milliseconds:
   0 does not wait, -1 waits without end. */
static int ls_raw_waker_next(lua_State *L)
{
    ls_object *waker = ls_check_object(L, "waker_next", 1, "waker", ls_wanted_waker);
    int32_t timeout_ms = (int32_t)ls_check_signed(L, "waker_next", 2, "timeout_ms", INT32_MIN, INT32_MAX);
    if (ls_is_closed(waker))
        return ls_closed(L, "waker_next", "waker");
    uint64_t token = 0;
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_waker_next(ls_pointer(waker), timeout_ms, &token, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "waker_next", status);
    ls_push_unsigned(L, token);
    return 1;
}

/* Tells a file descriptor, a socket, that is readable while llmspell_waker_next has a token to give. */
static int ls_raw_waker_fd(lua_State *L)
{
    ls_object *waker = ls_check_object(L, "waker_fd", 1, "waker", ls_wanted_waker);
    if (ls_is_closed(waker))
        return ls_closed(L, "waker_fd", "waker");
    int32_t fd = 0;
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_waker_fd(ls_pointer(waker), &fd, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "waker_fd", status);
    ls_push_signed(L, fd);
    return 1;
}

/* Opens a unix socket for a host that can connect but not wait on a descriptor (an nginx worker), and tells its
   path. */
static int ls_raw_waker_listen(lua_State *L)
{
    ls_object *waker = ls_check_object(L, "waker_listen", 1, "waker", ls_wanted_waker);
    ls_text directory = ls_opt_text(L, "waker_listen", 2, "directory");
    if (ls_is_closed(waker))
        return ls_closed(L, "waker_listen", "waker");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 1);
    status = llmspell_waker_listen(ls_pointer(waker), directory.data, directory.len, &pending.buffers[0], &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "waker_listen", status);
    ls_push_buffers(L, &pending);
    return 1;
}

/* Ties the queue that has `token` to a life line, in place of the one that it was tied to: when the connection
   that said `life NUMBER` ends, or what llmspell_waker_life gave for the number is freed, the runs of that queue
   are cancelled. */
static int ls_raw_waker_tie(lua_State *L)
{
    ls_object *waker = ls_check_object(L, "waker_tie", 1, "waker", ls_wanted_waker);
    uint64_t token = (uint64_t)ls_check_unsigned(L, "waker_tie", 2, "token", UINT64_MAX);
    uint64_t life = (uint64_t)ls_check_unsigned(L, "waker_tie", 3, "life", UINT64_MAX);
    if (ls_is_closed(waker))
        return ls_closed(L, "waker_tie", "waker");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_waker_tie(ls_pointer(waker), token, life, &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "waker_tie", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Makes a life line of the number `life` that ends when it is freed, and needs no descriptor. */
static int ls_raw_waker_life(lua_State *L)
{
    ls_object *waker = ls_check_object(L, "waker_life", 1, "waker", ls_wanted_waker);
    uint64_t life = (uint64_t)ls_check_unsigned(L, "waker_life", 2, "life", UINT64_MAX);
    if (ls_is_closed(waker))
        return ls_closed(L, "waker_life", "waker");
    ls_object *line = ls_new_object(L, &ls_type_life);
    llmspell_life *line_out = NULL;
    int line_at = lua_gettop(L);
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_waker_life(ls_pointer(waker), life, &line_out, &pending.error);
    line->pointer = line_out;
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "waker_life", status);
    ls_push_object(L, line_at, line);
    return 1;
}

/* Ends a life line and cancels the runs that are tied to it, from any thread. */
static int ls_raw_life_free(lua_State *L)
{
    ls_object *line = ls_opt_object(L, "life_free", 1, "line", ls_wanted_life);
    ls_close_object(line);
    return 0;
}

/* Makes whoever waits for the waker look, although no queue has news: llmspell_waker_next may give no token then. */
static int ls_raw_waker_ring(lua_State *L)
{
    ls_object *waker = ls_check_object(L, "waker_ring", 1, "waker", ls_wanted_waker);
    if (ls_is_closed(waker))
        return ls_closed(L, "waker_ring", "waker");
    ls_pending pending;
    llmspell_status status;
    ls_protect(L, &pending, 0);
    status = llmspell_waker_ring(ls_pointer(waker), &pending.error);
    if (status != LLMSPELL_OK)
        return ls_fail(L, &pending, "waker_ring", status);
    lua_pushboolean(L, 1);
    return 1;
}

/* Frees a waker and removes its socket. */
static int ls_raw_waker_free(lua_State *L)
{
    ls_object *waker = ls_opt_object(L, "waker_free", 1, "waker", ls_wanted_waker);
    ls_close_object(waker);
    return 0;
}

static const luaL_Reg ls_raw_functions[] = {
    {"agent_new", ls_raw_agent_new},
    {"agent_clone", ls_raw_agent_clone},
    {"agent_fork", ls_raw_agent_fork},
    {"agent_tool_add", ls_raw_agent_tool_add},
    {"agent_tool_add_agent", ls_raw_agent_tool_add_agent},
    {"agent_state", ls_raw_agent_state},
    {"agent_session_state", ls_raw_agent_session_state},
    {"agent_session_reset", ls_raw_agent_session_reset},
    {"agent_reset", ls_raw_agent_reset},
    {"agent_info", ls_raw_agent_info},
    {"agent_played", ls_raw_agent_played},
    {"agent_play_with", ls_raw_agent_play_with},
    {"agent_free", ls_raw_agent_free},
    {"event_depth", ls_raw_event_depth},
    {"event_type", ls_raw_event_type},
    {"event_seq", ls_raw_event_seq},
    {"event_step", ls_raw_event_step},
    {"event_run_id", ls_raw_event_run_id},
    {"event_text", ls_raw_event_text},
    {"event_request_id", ls_raw_event_request_id},
    {"event_json", ls_raw_event_json},
    {"event_free", ls_raw_event_free},
    {"openai_read", ls_raw_openai_read},
    {"openai_answer_new", ls_raw_openai_answer_new},
    {"openai_answer_next", ls_raw_openai_answer_next},
    {"openai_answer_head", ls_raw_openai_answer_head},
    {"openai_answer_free", ls_raw_openai_answer_free},
    {"queue_new", ls_raw_queue_new},
    {"queue_next", ls_raw_queue_next},
    {"queue_fd", ls_raw_queue_fd},
    {"queue_free", ls_raw_queue_free},
    {"run_start", ls_raw_run_start},
    {"run_restore", ls_raw_run_restore},
    {"run_reply", ls_raw_run_reply},
    {"run_awaits", ls_raw_run_awaits},
    {"run_http_head", ls_raw_run_http_head},
    {"run_http_bytes", ls_raw_run_http_bytes},
    {"run_http_end", ls_raw_run_http_end},
    {"run_cancel", ls_raw_run_cancel},
    {"run_checkpoint", ls_raw_run_checkpoint},
    {"run_id", ls_raw_run_id},
    {"run_session", ls_raw_run_session},
    {"run_status", ls_raw_run_status},
    {"run_free", ls_raw_run_free},
    {"forbid_requests", ls_raw_forbid_requests},
    {"abi_version", ls_raw_abi_version},
    {"abi_min", ls_raw_abi_min},
    {"waker_new", ls_raw_waker_new},
    {"queue_wake_by", ls_raw_queue_wake_by},
    {"waker_next", ls_raw_waker_next},
    {"waker_fd", ls_raw_waker_fd},
    {"waker_listen", ls_raw_waker_listen},
    {"waker_tie", ls_raw_waker_tie},
    {"waker_life", ls_raw_waker_life},
    {"life_free", ls_raw_life_free},
    {"waker_ring", ls_raw_waker_ring},
    {"waker_free", ls_raw_waker_free},
    {NULL, NULL},
};

static const ls_integer_constant ls_raw_integers[] = {
    {"OK", LLMSPELL_OK},
    {"E_ARGUMENT", LLMSPELL_E_ARGUMENT},
    {"E_CONFIG", LLMSPELL_E_CONFIG},
    {"E_AUTH", LLMSPELL_E_AUTH},
    {"E_NOT_FOUND", LLMSPELL_E_NOT_FOUND},
    {"E_CLOSED", LLMSPELL_E_CLOSED},
    {"E_TIMEOUT", LLMSPELL_E_TIMEOUT},
    {"E_NETWORK", LLMSPELL_E_NETWORK},
    {"E_PROTOCOL", LLMSPELL_E_PROTOCOL},
    {"E_RATE_LIMIT", LLMSPELL_E_RATE_LIMIT},
    {"E_OVERLOADED", LLMSPELL_E_OVERLOADED},
    {"E_PROVIDER", LLMSPELL_E_PROVIDER},
    {"E_CONTENT_FILTER", LLMSPELL_E_CONTENT_FILTER},
    {"E_TOOL", LLMSPELL_E_TOOL},
    {"E_VALIDATION", LLMSPELL_E_VALIDATION},
    {"E_POLICY", LLMSPELL_E_POLICY},
    {"E_APPROVAL", LLMSPELL_E_APPROVAL},
    {"E_SCRIPT", LLMSPELL_E_SCRIPT},
    {"E_BUDGET", LLMSPELL_E_BUDGET},
    {"E_MAX_STEPS", LLMSPELL_E_MAX_STEPS},
    {"E_PAUSED", LLMSPELL_E_PAUSED},
    {"E_BUSY", LLMSPELL_E_BUSY},
    {"E_CANCELLED", LLMSPELL_E_CANCELLED},
    {"E_UNSUPPORTED_CONTEXT", LLMSPELL_E_UNSUPPORTED_CONTEXT},
    {"E_FORKED", LLMSPELL_E_FORKED},
    {"E_STORE", LLMSPELL_E_STORE},
    {"E_INTERNAL", LLMSPELL_E_INTERNAL},
    {"EVENT_RUN_START", LLMSPELL_EVENT_RUN_START},
    {"EVENT_STEP_START", LLMSPELL_EVENT_STEP_START},
    {"EVENT_TEXT_DELTA", LLMSPELL_EVENT_TEXT_DELTA},
    {"EVENT_REASONING_DELTA", LLMSPELL_EVENT_REASONING_DELTA},
    {"EVENT_OBJECT_DELTA", LLMSPELL_EVENT_OBJECT_DELTA},
    {"EVENT_TOOL_CALL_DELTA", LLMSPELL_EVENT_TOOL_CALL_DELTA},
    {"EVENT_TOOL_CALL", LLMSPELL_EVENT_TOOL_CALL},
    {"EVENT_TOOL_RESULT", LLMSPELL_EVENT_TOOL_RESULT},
    {"EVENT_REQUEST", LLMSPELL_EVENT_REQUEST},
    {"EVENT_RETRY", LLMSPELL_EVENT_RETRY},
    {"EVENT_WARNING", LLMSPELL_EVENT_WARNING},
    {"EVENT_STEP_END", LLMSPELL_EVENT_STEP_END},
    {"EVENT_DONE", LLMSPELL_EVENT_DONE},
    {"EVENT_ERROR", LLMSPELL_EVENT_ERROR},
    {"EVENT_CANCELLED", LLMSPELL_EVENT_CANCELLED},
    {"RUN_QUEUED", LLMSPELL_RUN_QUEUED},
    {"RUN_RUNNING", LLMSPELL_RUN_RUNNING},
    {"RUN_ENDED", LLMSPELL_RUN_ENDED},
    {"ABI_VERSION", LLMSPELL_ABI_VERSION},
    {"ABI_MIN", LLMSPELL_ABI_MIN},
    {NULL, 0},
};

static const ls_text_constant ls_raw_texts[] = {
    {"VERSION", LLMSPELL_VERSION},
    {NULL, NULL},
};

/* Makes the types and pushes the module's table. */
LS_UNUSED static void ls_open_raw(lua_State *L)
{
    ls_new_type(L, &ls_type_agent);
    ls_new_type(L, &ls_type_event);
    ls_new_type(L, &ls_type_life);
    ls_new_type(L, &ls_type_openai_answer);
    ls_new_type(L, &ls_type_queue);
    ls_new_type(L, &ls_type_run);
    ls_new_type(L, &ls_type_waker);
    ls_new_module(L, ls_raw_functions, ls_raw_integers, ls_raw_texts);
}

/* Not here:

   applied by the functions that take what it gives:
     llmspell_agent_as_target

   reads or frees what becomes a Lua value:
     llmspell_buf_str
     llmspell_buf_free
     llmspell_error_code
     llmspell_error_kind
     llmspell_error_message
     llmspell_error_json
     llmspell_error_free

   shim layer:
     llmspell_json_parse
     llmspell_json_next
     llmspell_json_free
     llmspell_json_shortest

   plain layer:
     llmspell_agent_create
     llmspell_agent_destroy
     llmspell_agent_chat
     llmspell_agent_execute
     llmspell_agent_add_tool
     llmspell_agent_get_state
     llmspell_init
     llmspell_cleanup
     llmspell_version
     llmspell_result_free
     llmspell_free_string
     llmspell_tool_create
     llmspell_tool_create_with_destructor
     llmspell_tool_destroy */
