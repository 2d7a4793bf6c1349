/* Agents. */
#define _POSIX_C_SOURCE 200809L
#include "full.h"
#include <unistd.h>

static const char *state_of(const llmspell_agent *agent)
{
    static char copy[4096];
    llmspell_buf *state;
    llmspell_error *err;
    need(llmspell_agent_state(agent, &state, &err), err, "llmspell_agent_state");
    snprintf(copy, sizeof copy, "%s", text(llmspell_buf_str(state)));
    llmspell_buf_free(state);
    return copy;
}

static bool info_has(const llmspell_agent *agent, const char *part)
{
    llmspell_buf *info;
    llmspell_error *err;
    bool found;
    need(llmspell_agent_info(agent, &info, &err), err, "llmspell_agent_info");
    found = has(llmspell_buf_str(info), part);
    llmspell_buf_free(info);
    return found;
}

static void ask(const llmspell_agent *agent, const char *input, const char *words, const char *name)
{
    llmspell_queue *queue = new_queue();
    llmspell_run *run = start(queue, agent, input);
    check_done(queue, words, name);
    llmspell_run_free(run);
    llmspell_queue_free(queue);
}

/* Whether the text of a session's conversation holds a part. */
static bool session_has(const llmspell_agent *agent, const char *part)
{
    llmspell_buf *state;
    llmspell_error *err;
    bool found;
    need(llmspell_agent_session_state(agent, LIT("ann"), &state, &err), err, "llmspell_agent_session_state");
    found = has(llmspell_buf_str(state), part);
    llmspell_buf_free(state);
    return found;
}

static void sessions(void)
{
    llmspell_agent *agent = new_agent(WEATHER_AGENT);
    llmspell_error *err;
    ask(agent, "{\"input\":\"say hello\",\"session\":\"ann\"}", "hello", "the agent answers in a session");
    check(session_has(agent, "say hello") && strstr(state_of(agent), "say hello") == NULL,
          "a session's conversation is its own");
    need(llmspell_agent_session_reset(agent, LIT("ann"), &err), err, "llmspell_agent_session_reset");
    check(session_has(agent, "\"messages\":[]"), "a session is forgotten");
    llmspell_agent_free(agent);
}

/* Memory of this process in use, in KiB; 0 where it cannot be told (a sanitizer keeps what was freed for a while). */
static long resident_kib(void)
{
#if defined(__SANITIZE_ADDRESS__)
    return 0;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
    return 0;
#endif
#endif
    {
        long pages = 0, all = 0;
        FILE *file = fopen("/proc/self/statm", "r");
        if (file == NULL)
            return 0;
        if (fscanf(file, "%ld %ld", &all, &pages) != 2)
            pages = 0;
        fclose(file);
        return pages * (sysconf(_SC_PAGESIZE) / 1024);
    }
}

/* Agents that hand over to one another go with their handles. (Where a leak check looks on, it would find them, too.) */
static void circles(void)
{
    enum { PAIRS = 200, PROMPT = 256 * 1024 };
    static char options[PROMPT + 128];
    long before, after;
    int pair;
    llmspell_error *err;
    char *end = options + sprintf(options, "{\"provider\":\"demo\",\"name\":\"other\",\"system_prompt\":\"");
    memset(end, 'x', PROMPT);
    strcpy(end + PROMPT, "\"}");
    before = resident_kib();
    for (pair = 0; pair < PAIRS; pair++) {
        llmspell_agent *one = new_agent(options), *other = new_agent(options);
        need(llmspell_agent_tool_add_agent(one, other, LIT("{\"handoff\":true}"), &err), err, "llmspell_agent_tool_add_agent");
        need(llmspell_agent_tool_add_agent(other, one, LIT("{\"handoff\":true}"), &err), err, "llmspell_agent_tool_add_agent");
        if (pair == 0) {
            ask(one, "{\"input\":\"say hello\"}", "hello", "one of two that lead to one another answers");
            ask(other, "{\"input\":\"say hello\"}", "hello", "and so does the other");
        }
        llmspell_agent_free(one);
        llmspell_agent_free(other);
    }
    after = resident_kib();
    /* All of them would be 100 MiB. */
    check(after - before < 32 * 1024, "agents that lead to one another are freed");
}

static void agents(void)
{
    llmspell_agent *boss = new_agent("{\"provider\":\"demo\"}"), *clerk = new_agent("{\"provider\":\"demo\",\"name\":\"clerk\"}");
    llmspell_error *err;
    check_failed(llmspell_agent_tool_add_agent(clerk, boss, LIT("{}"), &err), &err, LLMSPELL_E_ARGUMENT, "name: missing",
                 "an agent without a name gives no tool its name");
    check_failed(llmspell_agent_tool_add_agent(boss, clerk, LIT("{\"nam\":\"x\"}"), &err), &err, LLMSPELL_E_ARGUMENT,
                 "did you mean name?", "an unknown member is refused");
    need(llmspell_agent_tool_add_agent(boss, clerk, LIT("{\"description\":\"Relays a text to the clerk\"}"), &err), err,
         "llmspell_agent_tool_add_agent");
    need(llmspell_agent_tool_add_agent(boss, clerk, LIT("{\"handoff\":true}"), &err), err, "llmspell_agent_tool_add_agent");
    check(info_has(boss, "\"tools\":[\"clerk\",\"transfer_to_clerk\"]"), "the tools have the agent's name");
    check_failed(llmspell_agent_tool_add_agent(boss, clerk, LIT("{}"), &err), &err, LLMSPELL_E_ARGUMENT, "is there twice",
                 "a name that is taken is refused");
    llmspell_agent_free(clerk);
    ask(boss, "{\"input\":\"say hello\"}", "hello", "an agent keeps those behind its tools alive");
    llmspell_agent_free(boss);
}

int main(void)
{
    llmspell_agent *agent = new_agent(WEATHER_AGENT), *clone, *fork, *other;
    llmspell_error *err;
    char before[4096], options[8192];

    check(info_has(agent, "\"name\":\"tester\"") && info_has(agent, "\"provider\":\"demo\"") &&
              info_has(agent, "\"tools\":[\"weather\"]"),
          "info tells name, provider and tools");
    check(strncmp(state_of(agent), "{\"version\":1,\"messages\":[],", 27) == 0, "a new agent remembers nothing");
    ask(agent, "{\"input\":\"say hello\"}", "hello", "the agent answers");
    check(strstr(state_of(agent), "say hello") != NULL, "the agent remembers");

    need(llmspell_agent_clone(agent, &clone, &err), err, "llmspell_agent_clone");
    need(llmspell_agent_tool_add(clone, LIT("{\"name\":\"extra\"}"), &err), err, "llmspell_agent_tool_add");
    check(info_has(agent, "\"weather\",\"extra\""), "a clone is the same agent");
    check_failed(llmspell_agent_tool_add(agent, LIT("{\"name\":\"extra\"}"), &err), &err, LLMSPELL_E_ARGUMENT,
                 "\"extra\" is there twice", "two tools of one name are refused");
    check_failed(llmspell_agent_tool_add(agent, LIT("{\"name\":\"t\",\"schema\":{\"type\":\"strin\"}}"), &err), &err,
                 LLMSPELL_E_ARGUMENT, "tool.schema", "a schema that is none is refused");
    llmspell_agent_free(clone);
    check(info_has(agent, "tester"), "the agent lives on when a clone is freed");

    need(llmspell_agent_fork(agent, &fork, &err), err, "llmspell_agent_fork");
    ask(fork, "{\"input\":\"What did I say?\"}", "say hello", "a fork remembers what came before");
    check(strstr(state_of(agent), "What did I say") == NULL, "the first agent does not know what its fork did");
    check(info_has(fork, "extra"), "a fork has the tools");
    llmspell_agent_free(fork);

    strcpy(before, state_of(agent));
    snprintf(options, sizeof options, "{\"provider\":\"demo\",\"state\":%s}", before);
    other = new_agent(options);
    check(strcmp(state_of(other), before) == 0, "an agent can begin with another's state");
    need(llmspell_agent_reset(other, &err), err, "llmspell_agent_reset");
    check(strstr(state_of(other), "\"messages\":[]") != NULL, "reset forgets");
    llmspell_agent_free(other);

    sessions();
    agents();
    circles();
    check(llmspell_agent_as_target(NULL) == NULL, "NULL as a target is NULL");
    llmspell_agent_free(agent);
    llmspell_agent_free(NULL);
    check(true, "NULL can be freed");
    return tap_done();
}
