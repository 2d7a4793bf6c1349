/* A conversation of three turns with two tools, over the plain C API: conversation [base_url]
 * The key comes from OPENAI_API_KEY, and the address, when none is given, from OPENAI_BASE_URL. */
#include <llmspell.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The number that stands behind "key": in a small JSON object; the schema has made sure that it is there. */
static double number(const char *params_json, const char *key)
{
    const char *found = strstr(params_json, key);
    found = found != NULL ? strchr(found, ':') : NULL;
    return found != NULL ? strtod(found + 1, NULL) : 0;
}

/* Both tools: `user_data` says which. The library copies the answer before it calls again, so one buffer is enough. */
static LLMSpellResult calculate(const char *params_json, void *user_data)
{
    static char text[64];
    LLMSpellResult result = {false, NULL, text, NULL};
    double a = number(params_json, "\"a\"");
    double b = number(params_json, "\"b\"");
    snprintf(text, sizeof text, "%g", strcmp(user_data, "add") == 0 ? a + b : a * b);
    return result;
}

static bool ask(LLMSpellAgent *agent, const char *question)
{
    LLMSpellResult answer = llmspell_agent_chat(agent, question);
    bool good = !answer.error;
    printf("%s\n  %s\n", question, good ? answer.response : answer.error_message);
    llmspell_result_free(&answer);
    return good;
}

int main(int argc, char **argv)
{
    static const char pair[] =
        "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\"},\"b\":{\"type\":\"number\"}},\"required\":[\"a\",\"b\"]}";
    static char add[] = "add", multiply[] = "multiply";
    char options[512] = "{}";
    LLMSpellTool *tools[2];
    LLMSpellAgentConfig config = {NULL, "openai", "gpt-4o", tools, 2, options};
    LLMSpellAgent *agent;
    bool good;

    if (argc > 1)
        snprintf(options, sizeof options, "{\"base_url\":\"%s\"}", argv[1]);
    if (!llmspell_init())
        return 1;
    tools[0] = llmspell_tool_create("add", "Adds a and b", pair, calculate, add);
    tools[1] = llmspell_tool_create("multiply", "Multiplies a by b", pair, calculate, multiply);
    agent = llmspell_agent_create(&config);
    if (agent == NULL) {
        fprintf(stderr, "the agent could not be made\n");
        return 1;
    }
    good = ask(agent, "What is 2 plus 3?") && ask(agent, "Now times 10.") &&
           ask(agent, "Add 1 to it, and double it: what are the two results?");
    llmspell_agent_destroy(agent);
    llmspell_tool_destroy(tools[0]);
    llmspell_tool_destroy(tools[1]);
    llmspell_cleanup();
    return good ? 0 : 1;
}
