/* Agents of the plain layer. */
#include "plain.h"

static LLMSpellAgent *configured(const char *prompt, const char *provider, const char *model, const char *json)
{
    LLMSpellAgentConfig config = {NULL, NULL, NULL, NULL, 0, NULL};
    config.system_prompt = prompt;
    config.provider = provider;
    config.model = model;
    config.config_json = json;
    return llmspell_agent_create(&config);
}

/* A faulty configuration must give an agent whose calls all say what is wrong. */
static void faulty(const char *name, const char *provider, const char *model, const char *json, const char *kind, const char *words)
{
    LLMSpellAgent *agent = configured("Be short.", provider, model, json);
    if (!check(agent != NULL, "%s: there is an agent to ask", name))
        return;
    check_fails(llmspell_agent_get_state(agent), kind, words, name);
    check_fails(llmspell_agent_chat(agent, "Hello"), kind, words, name);
    check_fails(llmspell_agent_execute(agent, "{\"input\":\"Hello\"}"), kind, words, name);
    llmspell_agent_destroy(agent);
}

static void talking(void)
{
    LLMSpellAgent *agent = configured("Be short.", "demo", NULL, "{\"name\":\"tester\",\"temperature\":0.5}");
    LLMSpellResult result = llmspell_agent_chat(agent, "say hello");
    char options[4096];

    check(!result.error && strcmp(result.response, "hello") == 0, "an agent answers");
    check(strstr(result.metadata_json, "\"tokens_used\":") != NULL && strstr(result.metadata_json, "\"execution_time_ms\":") != NULL &&
              strstr(result.metadata_json, "\"tools_used\":[]") != NULL,
          "with figures");
    llmspell_result_free(&result);
    check(!result.error && result.response == NULL && result.metadata_json == NULL, "a freed result is zeroed");
    llmspell_result_free(&result);

    result = llmspell_agent_execute(agent, "{\"input\":\"What did I say?\",\"max_tokens\":100}");
    check(!result.error && strstr(result.response, "say hello") != NULL, "execute takes an input in full");
    check(strstr(result.metadata_json, "\"messages\":[") != NULL && strstr(result.metadata_json, "\"finish_reason\":\"stop\"") != NULL &&
              strstr(result.metadata_json, "\"usage\":{") != NULL && strstr(result.metadata_json, "\"tokens_used\":") != NULL,
          "and tells more");
    llmspell_free_string(result.response);
    llmspell_free_string(result.metadata_json);
    llmspell_free_string(NULL);

    check_fails(llmspell_agent_execute(agent, "{\"input\":\"x\",\"max_step\":1}"), "argument", "did you mean max_steps?",
                "an unknown option of a call is named");
    check_fails(llmspell_agent_execute(agent, "Hello"), "argument", "run input: not valid JSON", "an input that is no JSON is refused");
    check_fails(llmspell_agent_chat(agent, ""), "argument", "empty message", "an empty message is refused");
    check_fails(llmspell_agent_chat(agent, "a\xff"), "argument", "message is not UTF-8: the byte at offset 1",
                "a message that is not UTF-8 is refused with the place");
    check_fails(llmspell_agent_chat(agent, "fail with 500"), "provider", "", "a server's failure is an error");

    result = llmspell_agent_get_state(agent);
    check(!result.error && strstr(result.response, "say hello") != NULL && strstr(result.metadata_json, "\"name\":\"tester\"") != NULL,
          "the state has the conversation, its metadata the agent");
    snprintf(options, sizeof options, "{\"state\":%s}", result.response);
    llmspell_result_free(&result);
    llmspell_agent_destroy(agent);
    agent = configured(NULL, "demo", NULL, options);
    check_says(llmspell_agent_chat(agent, "What did I say?"), "What did I say?", "another agent can begin with that state");
    llmspell_agent_destroy(agent);
    llmspell_agent_destroy(NULL);
}

int main(void)
{
    LLMSpellAgentConfig config = {NULL, "demo", NULL, NULL, 2, NULL};
    LLMSpellTool *same[2];
    LLMSpellAgent *agent;

    talking();
    faulty("unknown option", "demo", NULL, "{\"temprature\":1}", "argument", "did you mean temperature?");
    faulty("wrong type", "demo", NULL, "{\"max_tokens\":\"many\"}", "argument", "max_tokens: expected an integer");
    faulty("no JSON", "demo", NULL, "{", "argument", "config_json: not valid JSON");
    faulty("no object", "demo", NULL, "[1]", "argument", "config_json: expected a JSON object");
    faulty("given twice", "demo", NULL, "{\"provider\":\"demo\"}", "argument", "provider stands in the field");
    faulty("tools in JSON", "demo", NULL, "{\"tools\":[]}", "argument", "field tools");
    faulty("unknown provider", "dmo", NULL, NULL, "argument", "did you mean \"demo\"?");
    faulty("not UTF-8", "demo", "m\xff", NULL, "argument", "model is not UTF-8: the byte at offset 1");
    check(llmspell_agent_create(NULL) == NULL, "without a configuration there is no agent");

    agent = llmspell_agent_create(&config);
    check_fails(llmspell_agent_get_state(agent), "argument", "tools is NULL although tool_count is 2", "tools must be there when counted");
    llmspell_agent_destroy(agent);
    same[0] = weather_tool(say_user_data, "sun");
    same[1] = NULL;
    config.tools = same;
    agent = llmspell_agent_create(&config);
    check_fails(llmspell_agent_get_state(agent), "argument", "tools[1] is NULL", "a missing tool is named");
    llmspell_agent_destroy(agent);
    same[1] = same[0];
    agent = llmspell_agent_create(&config);
    check_fails(llmspell_agent_get_state(agent), "argument", "\"weather\" is there twice", "two tools of one name are refused");
    llmspell_agent_destroy(agent);
    llmspell_tool_destroy(same[0]);
    return tap_done();
}
