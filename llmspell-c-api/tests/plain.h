/* What the tests of the plain layer share. */
#ifndef PLAIN_H
#define PLAIN_H
#include "llmspell.h"
#include "tap.h"
#include <string.h>

/* An answer must have come, with these words. */
static inline void check_says(LLMSpellResult result, const char *words, const char *name)
{
    bool good = !result.error && result.error_message == NULL && result.response != NULL && strstr(result.response, words) != NULL;
    if (!check(good, "%s", name))
        note("%s", result.error ? result.error_message : result.response);
    llmspell_result_free(&result);
}

/* A call must have failed with this kind and these words. */
static inline void check_fails(LLMSpellResult result, const char *kind, const char *words, const char *name)
{
    char member[64];
    snprintf(member, sizeof member, "\"kind\":\"%s\"", kind);
    if (!check(result.error && result.response == NULL && strstr(result.error_message, words) != NULL &&
                   strstr(result.metadata_json, member) != NULL,
               "%s", name))
        note("%s", result.error ? result.metadata_json : result.response);
    llmspell_result_free(&result);
}

/* A tool that answers with the text that is its user data. */
static inline LLMSpellResult say_user_data(const char *params_json, void *user_data)
{
    LLMSpellResult result = {false, NULL, NULL, NULL};
    (void)params_json;
    result.response = user_data;
    return result;
}

static inline LLMSpellTool *weather_tool(LLMSpellToolCallback callback, void *user_data)
{
    return llmspell_tool_create("weather", "Tells the weather", "{\"type\":\"object\"}", callback, user_data);
}

/* An agent on the offline model with one tool, or none. */
static inline LLMSpellAgent *demo_agent(LLMSpellTool *tool)
{
    LLMSpellAgentConfig config = {NULL, "demo", NULL, NULL, 0, NULL};
    config.tools = &tool;
    config.tool_count = tool != NULL ? 1 : 0;
    return llmspell_agent_create(&config);
}
#endif
