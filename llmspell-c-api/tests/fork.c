/* A fork: in the child agents stay usable, runs and queues from before give `forked`; the parent notices nothing. */
/* valgrind: --leak-check=no: in the child llmspell gives up, on purpose, what threads of the parent may hold */
#define _POSIX_C_SOURCE 200809L
#include "full.h"
#include "plain.h"
#include <sys/wait.h>
#include <unistd.h>

static llmspell_agent *agent, *busy_agent;
static llmspell_queue *queue;
static llmspell_run *run;
static llmspell_event *request;
static LLMSpellAgent *plain;

/* What the child finds, as the answer to each of these questions. */
static const char *questions[] = {
    "taking events from the parent's queue gives forked",
    "its descriptor gives forked",
    "starting a run into it gives forked",
    "replying to the parent's run gives forked",
    "cancelling it gives forked",
    "asking it for a checkpoint gives forked",
    "its status is ended, its id can be read",
    "an event from before can be read",
    "a new queue serves the parent's agent, which remembers",
    "an agent that the parent keeps busy is free here",
    "a plain agent answers, with its tool",
    "what came from the parent can be freed",
};
#define QUESTIONS (sizeof questions / sizeof questions[0])

static bool forked(llmspell_status status, llmspell_error *err)
{
    bool good = status == LLMSPELL_E_FORKED && err != NULL && is(llmspell_error_kind(err), "forked");
    llmspell_error_free(err);
    return good;
}

/* Runs an agent on a new queue and tells whether the answer has these words. Nothing is printed: TAP is the parent's. */
static bool answers(const llmspell_agent *who, const char *input, const char *words)
{
    llmspell_queue *fresh = NULL;
    llmspell_run *started = NULL;
    llmspell_event *event = NULL;
    bool good = false, ended = false;
    if (llmspell_queue_new(&fresh, NULL) != LLMSPELL_OK ||
        llmspell_run_start(fresh, llmspell_agent_as_target(who), input, strlen(input), &started, NULL) != LLMSPELL_OK)
        return false;
    while (!ended && llmspell_queue_next(fresh, LIVENESS_MS, &event, NULL) == LLMSPELL_OK && event != NULL) {
        ended = llmspell_event_type(event) >= LLMSPELL_EVENT_DONE;
        good = ended && llmspell_event_type(event) == LLMSPELL_EVENT_DONE && has(llmspell_event_text(event), words);
        llmspell_event_free(event);
    }
    llmspell_run_free(started);
    llmspell_queue_free(fresh);
    return good;
}

static bool plain_answers(void)
{
    LLMSpellResult result = llmspell_agent_chat(plain, "weather please");
    bool good = !result.error && strstr(result.response, "mist") != NULL;
    llmspell_result_free(&result);
    return good;
}

static void child(int to_parent)
{
    static const char input[] = "{\"input\":\"x\"}", reply[] = "{\"id\":\"req_1\",\"ok\":1}";
    char found[QUESTIONS];
    llmspell_error *err = NULL;
    llmspell_event *event;
    llmspell_run *none;
    llmspell_buf *buf;
    llmspell_status status;
    int32_t fd;
    size_t i = 0;

    alarm(60);
    status = llmspell_queue_next(queue, 0, &event, &err);
    found[i++] = forked(status, err) && event == NULL;
    status = llmspell_queue_fd(queue, &fd, &err);
    found[i++] = forked(status, err);
    status = llmspell_run_start(queue, llmspell_agent_as_target(agent), LIT(input), &none, &err);
    found[i++] = forked(status, err) && none == NULL;
    status = llmspell_run_reply(run, LIT(reply), &err);
    found[i++] = forked(status, err);
    status = llmspell_run_cancel(run, &err);
    found[i++] = forked(status, err);
    status = llmspell_run_checkpoint(run, &buf, &err);
    found[i++] = forked(status, err);
    found[i++] = llmspell_run_status(run) == LLMSPELL_RUN_ENDED && llmspell_run_id(run).len > 0;
    found[i++] = has(llmspell_event_json(request), "\"type\":\"request\"");
    found[i++] = answers(agent, "{\"input\":\"What did I say?\"}", "before the fork");
    found[i++] = answers(busy_agent, "{\"input\":\"say free\"}", "free");
    found[i++] = plain_answers();
    llmspell_run_free(run);
    llmspell_queue_free(queue);
    llmspell_event_free(request);
    llmspell_agent_free(agent);
    llmspell_agent_free(busy_agent);
    llmspell_agent_destroy(plain);
    found[i++] = true;
    _exit(write(to_parent, found, sizeof found) == (ssize_t)sizeof found ? 0 : 1);
}

/* Forks, and tells what the child found. */
static void forks(const char *when)
{
    char found[QUESTIONS];
    int fds[2], status;
    ssize_t got;
    size_t i;
    pid_t pid = -1;

    fflush(stdout);
    if (pipe(fds) != 0 || (pid = fork()) < 0)
        give_up("the process can fork");
    if (pid == 0)
        child(fds[1]);
    close(fds[1]);
    memset(found, 0, sizeof found);
    got = read(fds[0], found, sizeof found);
    close(fds[0]);
    waitpid(pid, &status, 0);
    check(got == (ssize_t)sizeof found && WIFEXITED(status) && WEXITSTATUS(status) == 0, "%s: the child ends in the ordinary way", when);
    for (i = 0; i < QUESTIONS; i++)
        check(found[i], "%s: %s", when, questions[i]);
}

int main(void)
{
    static char mist[] = "mist";
    LLMSpellTool *tool = weather_tool(say_user_data, mist);
    llmspell_run *first;

    agent = new_agent("{\"provider\":\"demo\"}");
    busy_agent = new_agent(WEATHER_AGENT);
    plain = demo_agent(tool);
    queue = new_queue();
    first = start(queue, agent, "{\"input\":\"say \\\"before the fork\\\"\"}");
    check_done(queue, "before the fork", "the agent answers before");
    llmspell_run_free(first);
    run = start(queue, busy_agent, "{\"input\":\"weather\"}");
    request = next_of(queue, LLMSPELL_EVENT_REQUEST);

    forks("first child");
    forks("second child");

    answer(run, request, "drizzle");
    check_done(queue, "drizzle", "the parent's run goes on");
    check(plain_answers(), "the parent's plain agent answers");
    llmspell_run_free(run);
    llmspell_queue_free(queue);
    llmspell_agent_free(agent);
    llmspell_agent_free(busy_agent);
    llmspell_agent_destroy(plain);
    llmspell_tool_destroy(tool);
    return tap_done();
}
