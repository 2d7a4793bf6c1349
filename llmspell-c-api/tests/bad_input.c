/* Bad input through the full layer: a clear error, and the process, the agent's history and the next call intact. */
#define _POSIX_C_SOURCE 200809L
#include "full.h"

static llmspell_error *err;

static void bad_options(const char *options, const char *words)
{
    llmspell_agent *agent;
    check_failed(llmspell_agent_new(options, strlen(options), &agent, &err), &err, LLMSPELL_E_ARGUMENT, words, options);
}

static void bad_inputs(llmspell_queue *queue, const llmspell_agent *agent)
{
    static const struct {
        const char *input, *words;
    } cases[] = {
        {"", "run input: not valid JSON"},
        {"\"hello\"", "run input: expected an object"},
        {"{}", "input: missing"},
        {"{\"input\":5}", "input: expected a string"},
        {"{\"input\":\"\"}", "empty message"},
        {"{\"input\":[]}", "empty message"},
        {"{\"input\":{\"role\":\"robot\",\"content\":\"x\"}}", "input:"},
        {"{\"input\":{\"role\":\"tool\",\"content\":\"x\"}}", "input:"},
        {"{\"input\":[{\"text\":\"x\"}]}", "needs a `type`"},
        {"{\"input\":\"x\",\"temperature\":\"hot\"}", "temperature: expected a number from 0 to 2, got \"hot\""},
        {"{\"input\":\"x\",\"temperature\":NaN}", "not valid JSON"},
        {"{\"input\":\"x\",\"max_steps\":0}", "max_steps: expected an integer from 1"},
        {"{\"input\":\"x\",\"events\":[\"text\"]}", "events[0]: expected one of"},
        {"{\"input\":\"x\",\"model\":\"y\"}", "model: unknown option"},
        {"{\"input\":\"x\",\"seed\":9223372036854775808}", "seed: expected an integer from -9223372036854775808"},
        {"{\"input\":\"x\",\"tool_choice\":{\"name\":\"nope\"}}", "tool_choice: the agent has no tool \"nope\""},
    };
    size_t i;
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        llmspell_run *run;
        check_failed(llmspell_run_start(queue, llmspell_agent_as_target(agent), cases[i].input, strlen(cases[i].input), &run, &err), &err,
                     LLMSPELL_E_ARGUMENT, cases[i].words, cases[i].input[0] != '\0' ? cases[i].input : "no text");
    }
}

static void deep(void)
{
    static char options[40064];
    llmspell_agent *agent;
    size_t at = (size_t)sprintf(options, "{\"provider_options\":{\"x\":");
    memset(options + at, '[', 10000);
    memset(options + at + 10000, ']', 10000);
    strcpy(options + at + 20000, "}}");
    check_failed(llmspell_agent_new(options, strlen(options), &agent, &err), &err, LLMSPELL_E_ARGUMENT, "nested deeper than 128",
                 "10,000 levels are refused");
}

static void large(llmspell_queue *queue, const llmspell_agent *agent)
{
    size_t size = 10 << 20;
    char *input = malloc(size + 64);
    llmspell_run *run;
    if (input == NULL)
        give_up("there is memory");
    strcpy(input, "{\"input\":\"say ");
    memset(input + 14, 'x', size);
    strcpy(input + 14 + size, "\",\"events\":[]}");
    run = start(queue, agent, input);
    check_done(queue, "xxxxxxxxxx", "a message of 10 MB is sent and answered");
    llmspell_run_free(run);
    free(input);
}

static void missing_key(llmspell_queue *queue)
{
    llmspell_agent *agent = new_agent("{\"model\":\"openai/gpt-4o\"}");
    llmspell_run *run;
    unsetenv("OPENAI_API_KEY");
    check_failed(llmspell_run_start(queue, llmspell_agent_as_target(agent), LIT("{\"input\":\"x\"}"), &run, &err), &err, LLMSPELL_E_AUTH,
                 "OPENAI_API_KEY", "a missing key is an auth error that names the variable");
    setenv("OPENAI_API_KEY", "key-of-the-test", 1);
    setenv("OPENAI_BASE_URL", "not an address", 1);
    check_failed(llmspell_run_start(queue, llmspell_agent_as_target(agent), LIT("{\"input\":\"x\"}"), &run, &err), &err, LLMSPELL_E_CONFIG,
                 "OPENAI_BASE_URL", "an address that is none is a config error that names the variable");
    llmspell_agent_free(agent);
}

int main(void)
{
    llmspell_agent *agent = new_agent("{\"provider\":\"demo\"}"), *none;
    llmspell_queue *queue = new_queue();
    llmspell_run *run = start(queue, agent, "{\"input\":\"say \\\"remember me\\\"\"}");
    check_done(queue, "remember me", "the agent works before");
    llmspell_run_free(run);

    bad_options("[]", "agent options: expected an object");
    bad_options("\"x\"", "agent options: expected an object");
    bad_options("{\"systemPrompt\":\"x\"}", "systemPrompt: unknown option; did you mean system_prompt?");
    bad_options("{\"max_attempts\":1}", "max_attempts: unknown option");
    bad_options("{\"model\":5}", "model: expected a string that is not empty, got 5");
    bad_options("{\"provider\":\"opnai\"}", "did you mean \"openai\"?");
    bad_options("{\"api_key\":12345}", "api_key: expected a string, got a number");
    bad_options("{\"tools\":[{\"name\":\"a\"},{\"name\":\"a\"}]}", "\"a\" is there twice");
    bad_options("{\"tools\":[{\"name\":\"a\",\"schema\":{\"type\":\"strin\"}}]}", "tools[0].schema: not a JSON Schema");
    bad_options("{\"tools\":[{\"name\":\"a\",\"schema\":7}]}", "tools[0].schema: expected an object");
    bad_options("{\"state\":{\"version\":2}}", "state: version 2");
    bad_options("{\"base_url\":\"localhost\"}", "base_url: expected an http");
    bad_options("{\"timeout_ms\":99999999999}", "timeout_ms: expected an integer from 1");
    bad_options("{\"seed\":1e300}", "seed: expected an integer from -9223372036854775808 to 9223372036854775807, got 1e+300");
    bad_options("{\"seed\":-9223372036854775809}", "seed: expected an integer from -9223372036854775808");
    bad_options("{\"max_tokens\":9223372036854775808}", "max_tokens: expected an integer from 1 to 2147483647");
    bad_options("{\"base_url\":\"http://h:99999\"}", "got \"http://h:99999\" (invalid port number)");
    bad_options("{\"name\":\"\\ud800\"}", "two such escapes");
    bad_options("{\"\\u0000\":1}", "\"\\0\": unknown option");
    check_failed(llmspell_agent_new(LIT("{\"name\":\"a\xff\"}"), &none, &err), &err, LLMSPELL_E_ARGUMENT,
                 "options_json is not UTF-8: the byte at offset 10", "invalid UTF-8 is refused with its place");
    deep();
    bad_inputs(queue, agent);
    missing_key(queue);

    run = start(queue, agent, "{\"input\":\"What did I say?\"}");
    check_done(queue, "remember me", "after all that the agent and its history are intact");
    llmspell_run_free(run);
    large(queue, agent);
    llmspell_queue_free(queue);
    llmspell_agent_free(agent);
    return tap_done();
}
