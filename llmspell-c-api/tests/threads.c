/* Threads: what the header's thread rules allow, all at once. */
#define _POSIX_C_SOURCE 200809L
#include "full.h"
#include "plain.h"
#include <pthread.h>

#define THREADS 4
#define ROUNDS 25

static LLMSpellAgent *shared_plain;
static llmspell_agent *shared;

static void *chats(void *failures)
{
    int i;
    for (i = 0; i < ROUNDS; i++) {
        LLMSpellResult result = llmspell_agent_chat(shared_plain, i % 5 == 0 ? "weather please" : "say hello");
        *(int *)failures += result.error || strstr(result.response, i % 5 == 0 ? "frost" : "hello") == NULL;
        llmspell_result_free(&result);
    }
    return NULL;
}

/* Runs a shared agent and forks of it, with a queue of its own. */
static void *runs(void *failures)
{
    llmspell_queue *queue = NULL;
    int i;
    if (llmspell_queue_new(&queue, NULL) != LLMSPELL_OK)
    {
        *(int *)failures += 1;
        return NULL;
    }
    for (i = 0; i < ROUNDS; i++) {
        llmspell_agent *agent = NULL;
        llmspell_run *run = NULL;
        llmspell_event *event = NULL;
        bool good = (i % 2 == 0 ? llmspell_agent_clone(shared, &agent, NULL) : llmspell_agent_fork(shared, &agent, NULL)) == LLMSPELL_OK &&
                    llmspell_run_start(queue, llmspell_agent_as_target(agent), LIT("{\"input\":\"say hello\",\"events\":[]}"), &run, NULL) == LLMSPELL_OK;
        llmspell_agent_free(agent);
        good = good && llmspell_queue_next(queue, LIVENESS_MS, &event, NULL) == LLMSPELL_OK && llmspell_event_type(event) == LLMSPELL_EVENT_DONE;
        *(int *)failures += !good;
        llmspell_event_free(event);
        llmspell_run_free(run);
    }
    llmspell_queue_free(queue);
    return NULL;
}

static void *cancels(void *run)
{
    return llmspell_run_cancel(run, NULL) == LLMSPELL_OK ? run : NULL;
}

static void all(void *(*work)(void *), const char *name)
{
    pthread_t threads[THREADS];
    int failures[THREADS] = {0}, sum = 0, i;
    for (i = 0; i < THREADS; i++)
        if (pthread_create(&threads[i], NULL, work, &failures[i]) != 0)
            give_up("threads can be started");
    for (i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
        sum += failures[i];
    }
    if (!check(sum == 0, "%s", name))
        note("%d failures", sum);
}

int main(void)
{
    static char frost[] = "frost";
    LLMSpellTool *tool = weather_tool(say_user_data, frost);
    llmspell_queue *queue = new_queue();
    llmspell_run *run;
    llmspell_event *event;
    llmspell_buf *state;
    pthread_t thread;
    void *result;

    shared_plain = demo_agent(tool);
    shared = new_agent(WEATHER_AGENT);
    all(chats, "threads chat with one plain agent, one after another");
    all(runs, "threads run one agent, clones and forks of it");
    need(llmspell_agent_state(shared, &state, NULL), NULL, "llmspell_agent_state");
    check(has(llmspell_buf_str(state), "\"version\":1"), "the agent is whole");
    llmspell_buf_free(state);

    run = start(queue, shared, "{\"input\":\"weather please\"}");
    llmspell_event_free(next_of(queue, LLMSPELL_EVENT_REQUEST));
    pthread_create(&thread, NULL, cancels, run);
    event = next_of(queue, LLMSPELL_EVENT_CANCELLED);
    check(llmspell_event_type(event) == LLMSPELL_EVENT_CANCELLED, "another thread can cancel while this one waits");
    pthread_join(thread, &result);
    check(result == run, "and was told so");
    llmspell_event_free(event);
    llmspell_run_free(run);
    llmspell_queue_free(queue);
    llmspell_agent_free(shared);
    llmspell_agent_destroy(shared_plain);
    llmspell_tool_destroy(tool);
    return tap_done();
}
