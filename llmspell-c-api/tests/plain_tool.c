/* Tools of the plain layer. */
#define _POSIX_C_SOURCE 200809L
#include "plain.h"
#include <time.h>

static LLMSpellResult failing(const char *params_json, void *user_data)
{
    LLMSpellResult result = {true, NULL, NULL, NULL};
    (void)params_json;
    result.error_message = user_data;
    return result;
}

/* Calls the agent that runs it, and another one. */
struct pair {
    LLMSpellAgent *own, *other;
};

static LLMSpellResult calling(const char *params_json, void *user_data)
{
    static char words[256];
    struct pair *pair = user_data;
    LLMSpellResult own = llmspell_agent_chat(pair->own, "say hello");
    LLMSpellResult other = llmspell_agent_chat(pair->other, "say \"the other one\"");
    LLMSpellResult result = {false, NULL, words, NULL};
    (void)params_json;
    snprintf(words, sizeof words, "%s / %s", own.error && strstr(own.metadata_json, "\"kind\":\"busy\"") ? "busy" : "not busy",
             other.error ? other.error_message : other.response);
    llmspell_result_free(&own);
    llmspell_result_free(&other);
    return result;
}

/* Keeps what it was called with. */
static LLMSpellResult recording(const char *params_json, void *user_data)
{
    LLMSpellResult result = {false, NULL, "noted", NULL};
    snprintf(user_data, 256, "%s", params_json);
    return result;
}

/* Takes ten times as long as it may. */
static LLMSpellResult slow(const char *params_json, void *user_data)
{
    const struct timespec time = {2, 0};
    LLMSpellResult result = {false, NULL, "too late", NULL};
    (void)params_json;
    (void)user_data;
    nanosleep(&time, NULL);
    return result;
}

static void outliving(void)
{
    LLMSpellTool *tool = weather_tool(slow, NULL);
    LLMSpellAgentConfig config = {NULL, "demo", NULL, NULL, 1, "{\"tool_timeout_ms\":200}"};
    LLMSpellAgent *agent;
    LLMSpellResult result;

    config.tools = &tool;
    agent = llmspell_agent_create(&config);
    result = llmspell_agent_execute(agent, "{\"input\":\"weather please\"}");
    check(!result.error && strstr(result.metadata_json, "\"is_error\":true") != NULL && strstr(result.response, "200 ms") != NULL,
          "a callback that outlives its time is an error for the model, which answers");
    check(!result.error && strstr(result.metadata_json, "too late") == NULL, "and what it returns is dropped");
    if (result.error)
        note("%s", result.metadata_json);
    llmspell_result_free(&result);
    check_says(llmspell_agent_chat(agent, "say next"), "next", "the next call is not disturbed");
    llmspell_agent_destroy(agent);
    llmspell_tool_destroy(tool);
}

static int destroyed;

static void destructor(void *user_data)
{
    destroyed += *(int *)user_data;
}

static LLMSpellResult constant(const char *params_json, void *user_data)
{
    LLMSpellResult result = {false, NULL, "forty-two", NULL};
    (void)params_json;
    (void)user_data;
    return result;
}

static void with_callback(LLMSpellToolCallback callback, void *user_data, const char *words, const char *name)
{
    LLMSpellTool *tool = weather_tool(callback, user_data);
    LLMSpellAgent *agent = demo_agent(tool);
    /* The agent keeps it. */
    llmspell_tool_destroy(tool);
    check_says(llmspell_agent_chat(agent, "weather please"), words, name);
    llmspell_agent_destroy(agent);
}

static void lifetimes(void)
{
    int weight = 1;
    LLMSpellTool *tool = llmspell_tool_create_with_destructor("weather", NULL, NULL, constant, &weight, destructor);
    LLMSpellAgent *first = demo_agent(tool), *second = demo_agent(NULL);

    check(llmspell_agent_add_tool(second, tool), "a tool can be added to a second agent");
    llmspell_tool_destroy(tool);
    check(destroyed == 0, "a tool lives on while agents have it");
    llmspell_agent_destroy(first);
    check(destroyed == 0, "also when one of them goes");
    check_says(llmspell_agent_chat(second, "weather please"), "forty-two", "and the other can call it");
    llmspell_agent_destroy(second);
    check(destroyed == 1, "it goes with the last, and its destructor is called once");

    tool = llmspell_tool_create_with_destructor("weather", NULL, NULL, constant, &weight, destructor);
    llmspell_tool_destroy(tool);
    check(destroyed == 2, "a tool that no agent has goes at once");
    check(llmspell_tool_create_with_destructor(NULL, NULL, NULL, constant, &weight, destructor) == NULL && destroyed == 2,
          "a tool that was not made calls no destructor");
    llmspell_tool_destroy(NULL);
}

static void refusals(void)
{
    LLMSpellTool *bad = llmspell_tool_create("bad", "d", "{\"type\":\"strin\"}", constant, NULL);
    LLMSpellTool *worse = llmspell_tool_create("worse", "d", "{", constant, NULL);
    LLMSpellTool *good = weather_tool(say_user_data, "fog");
    LLMSpellAgent *agent = demo_agent(good);
    LLMSpellTool *worst;
    LLMSpellResult state;
    char deep[512];

    check(bad != NULL && worse != NULL, "a schema is judged where the tool is used");
    check(!llmspell_agent_add_tool(agent, bad), "a schema that is none is refused");
    state = llmspell_agent_get_state(agent);
    check(!state.error && strstr(state.metadata_json, "\"last_error\":{\"kind\":\"argument\"") != NULL &&
              strstr(state.metadata_json, "tool.schema") != NULL,
          "and the reason can be read");
    llmspell_result_free(&state);
    strcpy(deep, "{\"x\":");
    memset(deep + 5, '[', 200);
    memset(deep + 205, ']', 200);
    strcpy(deep + 405, "}");
    worst = llmspell_tool_create("worst", "d", deep, constant, NULL);
    check(!llmspell_agent_add_tool(agent, worst), "a schema of 200 levels is refused");
    state = llmspell_agent_get_state(agent);
    check(!state.error && strstr(state.metadata_json, "schema_json: nested deeper than 128 levels") != NULL, "in words that tell the limit");
    llmspell_result_free(&state);
    llmspell_tool_destroy(worst);
    check(!llmspell_agent_add_tool(agent, worse) && !llmspell_agent_add_tool(agent, good), "so are text that is no JSON, and a name that is taken");
    check_says(llmspell_agent_chat(agent, "weather please"), "fog", "the agent goes on with what it has");
    llmspell_agent_destroy(agent);
    agent = demo_agent(worse);
    check_fails(llmspell_agent_chat(agent, "Hello"), "argument", "tools[0]", "an agent made with one says which");
    check(!llmspell_agent_add_tool(agent, good), "and takes no other");
    llmspell_agent_destroy(agent);
    llmspell_tool_destroy(bad);
    llmspell_tool_destroy(worse);
    llmspell_tool_destroy(good);
    check(llmspell_tool_create(NULL, "d", "{}", constant, NULL) == NULL && llmspell_tool_create("t", "d", "{}", NULL, NULL) == NULL,
          "without a name or a callback there is no tool");
}

int main(void)
{
    char params[256] = "";
    struct pair pair;
    LLMSpellTool *tool;
    LLMSpellAgent *agent;

    with_callback(say_user_data, "sunshine", "sunshine", "the model reads what a callback returns");
    with_callback(say_user_data, NULL, "gave", "a callback that returns no text counts as an empty one");
    with_callback(say_user_data, "\xff\xfe", "not UTF-8", "a text that is not UTF-8 is the tool's error");
    with_callback(failing, "the station is down", "the station is down", "the model reads a callback's error");
    with_callback(failing, NULL, "gave no message", "also one without a message");

    tool = llmspell_tool_create("weather", "Tells the weather of a city",
                                "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\"}},\"required\":[\"city\"]}", recording, params);
    agent = demo_agent(tool);
    check_says(llmspell_agent_chat(agent, "weather in \"Oslo\" please"), "noted", "a callback is called");
    check(strcmp(params, "{\"city\":\"Oslo\"}") == 0, "with the parameters as JSON and its user data");
    llmspell_agent_destroy(agent);
    llmspell_tool_destroy(tool);

    tool = weather_tool(calling, &pair);
    pair.own = demo_agent(tool);
    pair.other = demo_agent(NULL);
    check_says(llmspell_agent_chat(pair.own, "weather please"), "busy / the other one",
               "a callback that calls its own agent is told busy; other agents answer");
    check_says(llmspell_agent_chat(pair.own, "say after"), "after", "and the agent is free afterwards");
    llmspell_agent_destroy(pair.own);
    llmspell_agent_destroy(pair.other);
    llmspell_tool_destroy(tool);

    outliving();
    lifetimes();
    refusals();
    return tap_done();
}
