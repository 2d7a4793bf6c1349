/* A program written against the declarations that the plain layer began with: names, fields and order are used as they
 * were first published, without anything that came later. */
#include "llmspell.h"
#include "tap.h"
#include <string.h>

/* The types are exactly these: an assignment between different ones would not compile. */
static bool (*const init)(void) = llmspell_init;
static void (*const cleanup)(void) = llmspell_cleanup;
static const char *(*const version)(void) = llmspell_version;
static LLMSpellAgent *(*const agent_create)(const LLMSpellAgentConfig *config) = llmspell_agent_create;
static void (*const agent_destroy)(LLMSpellAgent *agent) = llmspell_agent_destroy;
static LLMSpellResult (*const agent_chat)(LLMSpellAgent *agent, const char *message) = llmspell_agent_chat;
static LLMSpellResult (*const agent_execute)(LLMSpellAgent *agent, const char *input_json) = llmspell_agent_execute;
static LLMSpellTool *(*const tool_create)(const char *name, const char *description, const char *schema_json,
                                          LLMSpellToolCallback callback, void *user_data) = llmspell_tool_create;
static void (*const tool_destroy)(LLMSpellTool *tool) = llmspell_tool_destroy;
static void (*const free_string)(const char *str) = llmspell_free_string;

/* A calculator for products; the count of its calls is the user data. */
static LLMSpellResult calculator(const char *params_json, void *user_data)
{
    static char response[64];
    LLMSpellResult result = {0};
    const char *expression = strstr(params_json, "\"expression\":\"");
    int a, b;

    ++*(int *)user_data;
    if (expression == NULL || sscanf(expression + 14, "%d * %d", &a, &b) != 2) {
        result.error = true;
        result.error_message = "expected a product such as 15 * 23";
        return result;
    }
    snprintf(response, sizeof response, "%d", a * b);
    result.response = response;
    return result;
}

int main(void)
{
    int calls = 0;
    LLMSpellTool *tool;
    LLMSpellTool *tools[1];
    LLMSpellAgent *agent;
    LLMSpellResult result;

    check(init(), "init");
    check(version() != NULL && version()[0] != '\0', "version");
    tool = tool_create("calculator", "Perform mathematical calculations",
                       "{\"type\":\"object\",\"properties\":{\"expression\":{\"type\":\"string\"}},\"required\":[\"expression\"]}", calculator,
                       &calls);
    check(tool != NULL, "tool_create");
    tools[0] = tool;
    {
        LLMSpellAgentConfig config = {
            .system_prompt = "You are a helpful assistant",
            .provider = "demo",
            .model = NULL,
            .tools = tools,
            .tool_count = 1,
            .config_json = NULL,
        };
        agent = agent_create(&config);
    }
    check(agent != NULL, "agent_create");
    if (agent == NULL)
        return tap_done();

    result = agent_chat(agent, "What is 15 * 23?");
    check(!result.error && strstr(result.response, "345") != NULL, "agent_chat with a tool");
    check(calls == 1, "the callback was called once, with its user data");
    free_string(result.response);
    free_string(result.metadata_json);

    result = agent_execute(agent, "{\"input\": \"say done\"}");
    check(!result.error && strcmp(result.response, "done") == 0 && result.metadata_json != NULL, "agent_execute");
    free_string(result.response);
    free_string(result.metadata_json);

    result = agent_execute(agent, "not JSON");
    check(result.error && result.error_message != NULL, "a failure has a message");
    free_string(result.error_message);
    free_string(result.metadata_json);

    agent_destroy(agent);
    tool_destroy(tool);
    cleanup();
    return tap_done();
}
