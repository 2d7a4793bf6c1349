/* A conversation of three turns with two tools over HTTP, through the plain layer, with key and address as options, and
 * through the full layer, with both from the environment. */
#include "mock.h"

#include "full.h"

#define SCENARIO "llmspell-c-api/tests/scenarios/conversation.yaml"
#define PAIR "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\"},\"b\":{\"type\":\"number\"}},\"required\":[\"a\",\"b\"]}"

static const char *questions[] = {"What is 2 plus 3?", "Now times ten.", "Both at once."};
static const char *answers[] = {"It is five.", "That makes fifty.", "Fifty-one and a hundred."};

static double number(const char *json, const char *key)
{
    const char *found = strstr(json, key);
    return found != NULL ? strtod(found + strlen(key) + 1, NULL) : 0;
}

static double compute(const char *tool, const char *json)
{
    double a = number(json, "\"a\""), b = number(json, "\"b\"");
    return strcmp(tool, "add") == 0 ? a + b : a * b;
}

static LLMSpellResult calculate(const char *params_json, void *user_data)
{
    static char words[64];
    LLMSpellResult result = {false, NULL, words, NULL};
    snprintf(words, sizeof words, "%g", compute(user_data, params_json));
    return result;
}

static void plain_layer(void)
{
    static char add[] = "add", multiply[] = "multiply";
    char config_json[128];
    LLMSpellTool *tools[2];
    LLMSpellAgentConfig config = {"You calculate.", "openai", "gpt-4o", tools, 2, config_json};
    LLMSpellAgent *agent;
    LLMSpellResult result;
    size_t turn;

    snprintf(config_json, sizeof config_json, "{\"base_url\":\"%s/v1\",\"api_key\":\"key-of-the-test\"}", mock_url);
    tools[0] = llmspell_tool_create("add", "Adds a and b", PAIR, calculate, add);
    tools[1] = llmspell_tool_create("multiply", "Multiplies a by b", PAIR, calculate, multiply);
    agent = llmspell_agent_create(&config);
    for (turn = 0; turn < 3; turn++) {
        result = llmspell_agent_chat(agent, questions[turn]);
        if (!check(!result.error && strcmp(result.response, answers[turn]) == 0, "plain layer, turn %u", (unsigned)turn + 1))
            note("%s", result.error ? result.error_message : result.response);
        llmspell_result_free(&result);
    }
    result = llmspell_agent_get_state(agent);
    check(!result.error && strstr(result.response, "\"total_tokens\":") != NULL, "usage is counted");
    check(strstr(result.response, "key-of-the-test") == NULL && strstr(result.metadata_json, "key-of-the-test") == NULL,
          "the state has no key");
    llmspell_result_free(&result);
    llmspell_agent_destroy(agent);
    llmspell_tool_destroy(tools[0]);
    llmspell_tool_destroy(tools[1]);
}

/* Follows one turn: prints nothing, calls the tools, gives back whether the streamed text is the expected one. */
static bool turn(llmspell_queue *queue, llmspell_agent *agent, const char *question, const char *expected)
{
    char input[128], streamed[256] = "", words[64];
    llmspell_run *run;
    llmspell_event *event;
    int32_t type;

    snprintf(input, sizeof input, "{\"input\":\"%s\",\"events\":[\"text_delta\"]}", question);
    run = start(queue, agent, input);
    do {
        event = next(queue);
        type = llmspell_event_type(event);
        if (type == LLMSPELL_EVENT_TEXT_DELTA)
            strncat(streamed, text(llmspell_event_text(event)), sizeof streamed - strlen(streamed) - 1);
        if (type == LLMSPELL_EVENT_REQUEST) {
            const char *json = text(llmspell_event_json(event));
            snprintf(words, sizeof words, "%g", compute(strstr(json, "\"add\"") != NULL ? "add" : "multiply", json));
            answer(run, event, words);
        } else {
            if (type == LLMSPELL_EVENT_ERROR)
                note("%s", text(llmspell_event_json(event)));
            llmspell_event_free(event);
        }
    } while (type < LLMSPELL_EVENT_DONE);
    llmspell_run_free(run);
    return type == LLMSPELL_EVENT_DONE && strcmp(streamed, expected) == 0;
}

static void full_layer(void)
{
    char options[1024], base_url[128];
    llmspell_queue *queue = new_queue();
    llmspell_agent *agent;
    size_t i;

    snprintf(options, sizeof options,
             "{\"system_prompt\":\"You calculate.\",\"model\":\"openai/gpt-4o\","
             "\"tools\":[{\"name\":\"add\",\"schema\":" PAIR "},{\"name\":\"multiply\",\"schema\":" PAIR "}]}");
    /* Key and address are looked up when a run starts. */
    agent = new_agent(options);
    snprintf(base_url, sizeof base_url, "%s/v1/", mock_url);
    setenv("OPENAI_API_KEY", "key-of-the-test", 1);
    setenv("OPENAI_BASE_URL", base_url, 1);
    for (i = 0; i < 3; i++)
        check(turn(queue, agent, questions[i], answers[i]), "full layer, turn %u", (unsigned)i + 1);
    llmspell_agent_free(agent);
    llmspell_queue_free(queue);
}

static void server_was_satisfied(const char *layer)
{
    const char *seen = mock_seen();
    check(strstr(seen, "\"mismatches\":[]") != NULL && strstr(seen, "\"unused\":0") != NULL,
          "%s: the server was asked for exactly this", layer);
    check(strstr(seen, "\"connection\":2") == NULL, "%s: all over one connection", layer);
}

int main(void)
{
    mock_start(SCENARIO);
    plain_layer();
    server_was_satisfied("plain layer");
    mock_stop();
    mock_start(SCENARIO);
    full_layer();
    server_was_satisfied("full layer");
    return tap_done();
}
