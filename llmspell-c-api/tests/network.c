/* What goes wrong between here and the model is a clear error, without the key, and the agent goes on. */
#include "mock.h"

#include "full.h"

#define KEY "key-of-the-test"

static LLMSpellAgent *agent_for(const char *url, const char *model, const char *more)
{
    char config_json[512]; /* a failure is not tried again: the scenario has each once */
    LLMSpellAgentConfig config = {NULL, "openai", NULL, NULL, 0, NULL};
    snprintf(config_json, sizeof config_json, "{\"base_url\":\"%s/v1\",\"api_key\":\"" KEY "\",\"max_retries\":0,\"headers\":{\"X-Secret\":\"" KEY "\"}%s}", url,
             more);
    config.model = model;
    config.config_json = config_json;
    return llmspell_agent_create(&config);
}

/* A chat must fail with one of these kinds, and leave no trace. */
static void fails(const char *url, const char *model, const char *more, const char *kind, const char *words)
{
    LLMSpellAgent *agent = agent_for(url, model, more);
    LLMSpellResult result = llmspell_agent_chat(agent, "Hello");
    char member[64];
    snprintf(member, sizeof member, "\"kind\":\"%s\"", kind);
    if (!check(result.error && strstr(result.metadata_json, member) != NULL && strstr(result.error_message, words) != NULL,
               "%s: kind %s", model, kind))
        note("%s", result.error ? result.metadata_json : result.response);
    if (result.error)
        check(strstr(result.error_message, KEY) == NULL && strstr(result.metadata_json, KEY) == NULL, "%s: the error has no key", model);
    llmspell_result_free(&result);
    result = llmspell_agent_get_state(agent);
    check(!result.error && strstr(result.response, "\"messages\":[]") != NULL, "%s: the agent remembers nothing of it", model);
    llmspell_result_free(&result);
    llmspell_agent_destroy(agent);
}

int main(void)
{
    char url[64];
    LLMSpellAgent *agent;
    LLMSpellResult result;

    mock_start("llmspell-c-api/tests/scenarios/failures.yaml");
    fails(mock_url, "garbage", "", "protocol", "not HTTP");
    fails(mock_url, "not-json", "", "protocol", "");
    fails(mock_url, "ends-early", "", "network", "");
    fails(mock_url, "reset", "", "network", "");
    fails(mock_url, "refused", "", "auth", "");
    fails(mock_url, "limited", "", "rate_limit", "");
    fails(mock_url, "silent", ",\"idle_timeout_ms\":200", "timeout", "idle_timeout_ms");
    snprintf(url, sizeof url, "http://127.0.0.1:%d", dead_port());
    fails(url, "dead server", "", "network", "127.0.0.1");
    snprintf(url, sizeof url, "https://127.0.0.1:%d", mock_port);
    fails(url, "no TLS", "", "network", "TLS");

    agent = agent_for(mock_url, "fine", "");
    result = llmspell_agent_chat(agent, "Hello");
    check(!result.error && strcmp(result.response, "All is well.") == 0, "after all that a good server is understood");
    llmspell_result_free(&result);
    llmspell_agent_destroy(agent);
    return tap_done();
}
