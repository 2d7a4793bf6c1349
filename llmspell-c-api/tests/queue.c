/* Queues. */
#define _POSIX_C_SOURCE 200809L
#include "full.h"
#include <poll.h>

static bool readable(int32_t fd, int timeout_ms)
{
    struct pollfd entry = {0, POLLIN, 0};
    entry.fd = fd;
    return poll(&entry, 1, timeout_ms) == 1 && (entry.revents & POLLIN);
}

int main(void)
{
    llmspell_agent *agent = new_agent(WEATHER_AGENT);
    llmspell_queue *queue = new_queue();
    llmspell_event *event = (llmspell_event *)&event;
    llmspell_error *err;
    llmspell_run *run;
    int32_t fd, again;
    bool ended = false;

    check(llmspell_queue_next(queue, 0, &event, &err) == LLMSPELL_OK && event == NULL && err == NULL,
          "without an event a poll gives NULL and no error");
    check(llmspell_queue_next(queue, 20, &event, &err) == LLMSPELL_OK && event == NULL, "so does a wait that times out");
    check_failed(llmspell_queue_next(queue, -7, &event, &err), &err, LLMSPELL_E_ARGUMENT, "timeout_ms is -7",
                 "a negative time but -1 is refused");

    need(llmspell_queue_fd(queue, &fd, &err), err, "llmspell_queue_fd");
    need(llmspell_queue_fd(queue, &again, &err), err, "llmspell_queue_fd");
    check(fd >= 0 && fd == again, "the descriptor stays the same");
    check(!readable(fd, 0), "it is not readable while nothing waits");
    run = start(queue, agent, "{\"input\":\"say hello\"}");
    while (!ended) {
        if (!readable(fd, LIVENESS_MS))
            give_up("the descriptor becomes readable when events come");
        for (;;) {
            need(llmspell_queue_next(queue, 0, &event, &err), err, "llmspell_queue_next");
            if (event == NULL)
                break;
            ended = llmspell_event_type(event) == LLMSPELL_EVENT_DONE;
            llmspell_event_free(event);
        }
    }
    check(ended, "a run can be followed through the descriptor alone");
    check(!readable(fd, 0), "it is not readable once all events are taken");
    llmspell_run_free(run);

    run = start(queue, agent, "{\"input\":\"say hello\",\"events\":[]}");
    need(llmspell_queue_next(queue, -1, &event, &err), err, "llmspell_queue_next");
    check(llmspell_event_type(event) == LLMSPELL_EVENT_DONE, "a wait without end gives the next event, and only wanted ones come");
    llmspell_event_free(event);
    llmspell_run_free(run);

    run = start(queue, agent, "{\"input\":\"weather\"}");
    llmspell_queue_free(queue);
    check(true, "a queue can be freed while a run writes to it");
    queue = new_queue();
    llmspell_run_free(run);
    run = start(queue, agent, "{\"input\":\"say after\"}");
    check_done(queue, "after", "which ends the run, so that the agent is free");
    llmspell_run_free(run);
    llmspell_queue_free(queue);
    llmspell_queue_free(NULL);
    llmspell_agent_free(agent);
    return tap_done();
}
