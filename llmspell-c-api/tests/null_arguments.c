/* NULL for every pointer argument of every function: a clear error or a neutral answer, never a crash. */
#include "full.h"

static llmspell_error *err;

/* The argument of this name must be reported as NULL. */
static void refused(llmspell_status status, const char *function, const char *argument)
{
    char words[128], name[160];
    snprintf(words, sizeof words, "%s: %s is NULL", function, argument);
    snprintf(name, sizeof name, "%s: %s", function, argument);
    check_failed(status, &err, LLMSPELL_E_ARGUMENT, words, name);
}

#define REFUSED(function, argument, args) refused(function args, #function, argument)

static void full_layer(void)
{
    llmspell_agent *agent = new_agent(WEATHER_AGENT), *made;
    const llmspell_target *target = llmspell_agent_as_target(agent);
    llmspell_queue *queue = new_queue();
    llmspell_run *run = start(queue, agent, "{\"input\":\"say hello\"}"), *none;
    llmspell_event *event;
    llmspell_json *json;
    llmspell_json_token token;
    llmspell_buf *buf;
    bool truth;
    int32_t number;
    llmspell_waker *waker;
    llmspell_life *line = NULL;
    uint64_t mark;

    need(llmspell_waker_new(&waker, &err), err, "llmspell_waker_new");
    REFUSED(llmspell_agent_new, "options_json", (NULL, 2, &made, &err));
    REFUSED(llmspell_agent_new, "agent", (LIT("{}"), NULL, &err));
    check_failed(llmspell_agent_new(NULL, 0, &made, &err), &err, LLMSPELL_E_ARGUMENT, "agent options: not valid JSON",
                 "llmspell_agent_new: NULL of length 0 is an empty text");
    REFUSED(llmspell_agent_clone, "agent", (NULL, &made, &err));
    REFUSED(llmspell_agent_clone, "clone", (agent, NULL, &err));
    REFUSED(llmspell_agent_fork, "agent", (NULL, &made, &err));
    REFUSED(llmspell_agent_fork, "fork", (agent, NULL, &err));
    REFUSED(llmspell_agent_tool_add, "agent", (NULL, LIT("{}"), &err));
    REFUSED(llmspell_agent_tool_add, "tool_json", (agent, NULL, 2, &err));
    REFUSED(llmspell_agent_tool_add_agent, "agent", (NULL, agent, LIT("{}"), &err));
    REFUSED(llmspell_agent_tool_add_agent, "other", (agent, NULL, LIT("{}"), &err));
    REFUSED(llmspell_agent_tool_add_agent, "tool_json", (agent, agent, NULL, 2, &err));
    REFUSED(llmspell_agent_session_state, "agent", (NULL, LIT("s"), &buf, &err));
    REFUSED(llmspell_agent_session_state, "session", (agent, NULL, 1, &buf, &err));
    REFUSED(llmspell_agent_session_state, "state", (agent, LIT("s"), NULL, &err));
    REFUSED(llmspell_agent_session_reset, "agent", (NULL, LIT("s"), &err));
    REFUSED(llmspell_agent_session_reset, "session", (agent, NULL, 1, &err));
    check(llmspell_event_depth(NULL) == 0, "llmspell_event_depth: 0 for NULL");
    REFUSED(llmspell_agent_state, "agent", (NULL, &buf, &err));
    REFUSED(llmspell_agent_state, "state", (agent, NULL, &err));
    REFUSED(llmspell_agent_reset, "agent", (NULL, &err));
    REFUSED(llmspell_agent_info, "agent", (NULL, &buf, &err));
    REFUSED(llmspell_agent_info, "info", (agent, NULL, &err));
    check(llmspell_agent_as_target(NULL) == NULL, "llmspell_agent_as_target: NULL for NULL");

    REFUSED(llmspell_queue_new, "queue", (NULL, &err));
    REFUSED(llmspell_queue_next, "queue", (NULL, 0, &event, &err));
    REFUSED(llmspell_queue_next, "event", (queue, 0, NULL, &err));
    REFUSED(llmspell_queue_fd, "queue", (NULL, &number, &err));
    REFUSED(llmspell_queue_fd, "fd", (queue, NULL, &err));
    REFUSED(llmspell_waker_new, "waker", (NULL, &err));
    REFUSED(llmspell_waker_next, "waker", (NULL, 0, &mark, &err));
    REFUSED(llmspell_waker_next, "token", (waker, 0, NULL, &err));
    REFUSED(llmspell_waker_fd, "waker", (NULL, &number, &err));
    REFUSED(llmspell_waker_fd, "fd", (waker, NULL, &err));
    REFUSED(llmspell_waker_listen, "waker", (NULL, NULL, 0, &buf, &err));
    REFUSED(llmspell_waker_listen, "path", (waker, NULL, 0, NULL, &err));
    REFUSED(llmspell_waker_listen, "directory", (waker, NULL, 3, &buf, &err));
    REFUSED(llmspell_waker_tie, "waker", (NULL, 1, 1, &err));
    REFUSED(llmspell_waker_life, "waker", (NULL, 1, &line, &err));
    REFUSED(llmspell_waker_life, "line", (waker, 1, NULL, &err));
    REFUSED(llmspell_waker_ring, "waker", (NULL, &err));
    REFUSED(llmspell_queue_wake_by, "queue", (NULL, waker, 1, &err));

    REFUSED(llmspell_run_start, "queue", (NULL, target, LIT("{}"), &none, &err));
    REFUSED(llmspell_run_start, "target", (queue, NULL, LIT("{}"), &none, &err));
    REFUSED(llmspell_run_start, "input_json", (queue, target, NULL, 2, &none, &err));
    REFUSED(llmspell_run_start, "run", (queue, target, LIT("{}"), NULL, &err));
    REFUSED(llmspell_run_restore, "queue", (NULL, target, LIT("x"), &none, &err));
    REFUSED(llmspell_run_restore, "target", (queue, NULL, LIT("x"), &none, &err));
    REFUSED(llmspell_run_restore, "checkpoint", (queue, target, NULL, 1, &none, &err));
    REFUSED(llmspell_run_restore, "run", (queue, target, LIT("x"), NULL, &err));
    REFUSED(llmspell_run_reply, "run", (NULL, LIT("{}"), &err));
    REFUSED(llmspell_run_reply, "reply_json", (run, NULL, 2, &err));
    REFUSED(llmspell_run_awaits, "run", (NULL, LIT("r"), &truth, &err));
    REFUSED(llmspell_run_awaits, "request_id", (run, NULL, 1, &truth, &err));
    REFUSED(llmspell_run_awaits, "awaits", (run, LIT("r"), NULL, &err));
    REFUSED(llmspell_run_cancel, "run", (NULL, &err));
    REFUSED(llmspell_run_checkpoint, "run", (NULL, &buf, &err));
    REFUSED(llmspell_run_checkpoint, "checkpoint", (run, NULL, &err));

    REFUSED(llmspell_json_parse, "text", (NULL, 2, &json, &err));
    REFUSED(llmspell_json_parse, "json", (LIT("1"), NULL, &err));
    memset(&token, 0, sizeof token);
    token.struct_size = sizeof token;
    check(!llmspell_json_next(NULL, &token) && token.type == LLMSPELL_JSON_END, "llmspell_json_next: json");
    check(!llmspell_json_shortest(1.5, NULL), "llmspell_json_shortest: decimal");

    check(llmspell_agent_new(NULL, 2, NULL, NULL) == LLMSPELL_E_ARGUMENT && llmspell_queue_new(NULL, NULL) == LLMSPELL_E_ARGUMENT,
          "err may be NULL together with the rest");
    check(llmspell_buf_str(NULL).len == 0, "llmspell_buf_str: an empty text for NULL");

    check_done(queue, "hello", "the run was not disturbed");
    llmspell_run_free(run);
    llmspell_life_free(line);
    llmspell_waker_free(waker);
    llmspell_queue_free(queue);
    llmspell_agent_free(agent);

    llmspell_error_free(NULL);
    llmspell_buf_free(NULL);
    llmspell_agent_free(NULL);
    llmspell_queue_free(NULL);
    llmspell_run_free(NULL);
    llmspell_event_free(NULL);
    llmspell_json_free(NULL);
    check(true, "NULL can be freed as anything");
}

static LLMSpellResult nothing(const char *params_json, void *user_data)
{
    LLMSpellResult result = {false, NULL, NULL, NULL};
    (void)params_json;
    (void)user_data;
    return result;
}

/* A call of the plain layer must have failed with these words. */
static void plain_refused(LLMSpellResult result, const char *words)
{
    if (!check(result.error && strstr(result.error_message, words) != NULL && strstr(result.metadata_json, "\"argument\"") != NULL, "%s", words))
        note("%s", result.error ? result.error_message : result.response);
    llmspell_result_free(&result);
}

static void plain_layer(void)
{
    LLMSpellAgentConfig config = {NULL, NULL, NULL, NULL, 0, NULL};
    LLMSpellTool *tool = llmspell_tool_create("t", NULL, NULL, nothing, NULL);
    LLMSpellAgent *agent;

    check(llmspell_agent_create(NULL) == NULL, "llmspell_agent_create: config");
    agent = llmspell_agent_create(&config);
    check(agent != NULL && tool != NULL, "every field of a configuration may be NULL, and a tool's description, schema and data");
    plain_refused(llmspell_agent_chat(NULL, "x"), "llmspell_agent_chat: agent is NULL");
    plain_refused(llmspell_agent_chat(agent, NULL), "llmspell_agent_chat: message is NULL");
    plain_refused(llmspell_agent_execute(NULL, "{}"), "llmspell_agent_execute: agent is NULL");
    plain_refused(llmspell_agent_execute(agent, NULL), "llmspell_agent_execute: input_json is NULL");
    plain_refused(llmspell_agent_get_state(NULL), "llmspell_agent_get_state: agent is NULL");
    check(!llmspell_agent_add_tool(NULL, tool), "llmspell_agent_add_tool: agent");
    check(!llmspell_agent_add_tool(agent, NULL), "llmspell_agent_add_tool: tool");
    check(llmspell_agent_add_tool(agent, tool), "the agent is whole");
    check(llmspell_tool_create(NULL, "", "{}", nothing, NULL) == NULL, "llmspell_tool_create: name");
    check(llmspell_tool_create("t", "", "{}", NULL, NULL) == NULL, "llmspell_tool_create: callback");
    check(llmspell_tool_create_with_destructor(NULL, "", "{}", nothing, NULL, NULL) == NULL, "llmspell_tool_create_with_destructor: name");
    check(llmspell_tool_create_with_destructor("t", "", "{}", NULL, NULL, NULL) == NULL, "llmspell_tool_create_with_destructor: callback");
    llmspell_agent_destroy(agent);
    llmspell_agent_destroy(NULL);
    llmspell_tool_destroy(tool);
    llmspell_tool_destroy(NULL);
    llmspell_result_free(NULL);
    llmspell_free_string(NULL);
    check(true, "NULL can be destroyed and freed as anything");
}

int main(void)
{
    full_layer();
    plain_layer();
    return tap_done();
}
