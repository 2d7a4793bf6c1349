/* Wakers. */
#define _POSIX_C_SOURCE 200809L
#include "full.h"
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static bool readable(int32_t fd, int timeout_ms)
{
    struct pollfd entry = {0, POLLIN, 0};
    entry.fd = fd;
    return poll(&entry, 1, timeout_ms) == 1 && (entry.revents & POLLIN);
}

static uint64_t next_token(const llmspell_waker *waker)
{
    uint64_t token = 99;
    llmspell_error *err;
    need(llmspell_waker_next(waker, 0, &token, &err), err, "llmspell_waker_next");
    return token;
}

/* Takes the events that wait; the type of the last one, 0 when there was none. */
static int32_t drain(llmspell_queue *queue)
{
    llmspell_event *event;
    llmspell_error *err;
    int32_t type = 0;
    for (;;) {
        need(llmspell_queue_next(queue, 0, &event, &err), err, "llmspell_queue_next");
        if (event == NULL)
            return type;
        type = llmspell_event_type(event);
        llmspell_event_free(event);
    }
}

static void wait_in_place(void)
{
    llmspell_agent *agent = new_agent(WEATHER_AGENT);
    llmspell_queue *queue = new_queue();
    llmspell_waker *waker;
    llmspell_run *run;
    llmspell_error *err;
    uint64_t token = 99;
    int32_t last = 0;
    need(llmspell_waker_new(&waker, &err), err, "llmspell_waker_new");
    need(llmspell_waker_next(waker, 1, &token, &err), err, "llmspell_waker_next");
    check(token == 0, "a wait in place ends without news when its time is over");
    need(llmspell_waker_ring(waker, &err), err, "llmspell_waker_ring");
    token = 99;
    need(llmspell_waker_next(waker, -1, &token, &err), err, "llmspell_waker_next");
    check(token == 0, "a wait in place ends when the waker is rung");
    check_failed(llmspell_waker_next(waker, -2, &token, &err), &err, LLMSPELL_E_ARGUMENT, "timeout_ms is -2",
                 "a time limit below -1 is refused");
    need(llmspell_queue_wake_by(queue, waker, 5, &err), err, "llmspell_queue_wake_by");
    run = start(queue, agent, "{\"input\":\"say hello\"}");
    while (last != LLMSPELL_EVENT_DONE) {
        need(llmspell_waker_next(waker, LIVENESS_MS, &token, &err), err, "llmspell_waker_next");
        if (token != 5)
            give_up("a wait in place ends with the token of a queue that has news");
        last = drain(queue);
    }
    check(true, "a run can be followed by waiting in place");
    llmspell_run_free(run);
    llmspell_waker_free(waker);
    llmspell_queue_free(queue);
    llmspell_agent_free(agent);
}

static int connect_to(llmspell_str path, const char *line)
{
    struct sockaddr_un address;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    memset(&address, 0, sizeof(address));
    address.sun_family = AF_UNIX;
    memcpy(address.sun_path, path.data, path.len);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        send(fd, line, strlen(line), 0) != (ssize_t)strlen(line))
        give_up("a connection to the waker's socket");
    return fd;
}

static void follow_by_descriptor(void)
{
    llmspell_agent *agents[2];
    llmspell_queue *queues[2];
    llmspell_run *runs[2];
    llmspell_waker *waker;
    llmspell_error *err;
    int32_t fd;
    bool ended[2] = {false, false};
    int i;
    need(llmspell_waker_new(&waker, &err), err, "llmspell_waker_new");
    need(llmspell_waker_fd(waker, &fd, &err), err, "llmspell_waker_fd");
    check(next_token(waker) == 0 && !readable(fd, 0), "a new waker has no news");
    need(llmspell_waker_ring(waker, &err), err, "llmspell_waker_ring");
    check(readable(fd, 0) && next_token(waker) == 0 && !readable(fd, 0), "it can be rung without news");
    for (i = 0; i < 2; i++) {
        agents[i] = new_agent(WEATHER_AGENT);
        queues[i] = new_queue();
        need(llmspell_queue_wake_by(queues[i], waker, (uint64_t)i + 1, &err), err, "llmspell_queue_wake_by");
        runs[i] = start(queues[i], agents[i], "{\"input\":\"say hello\"}");
    }
    while (!ended[0] || !ended[1]) {
        uint64_t token;
        if (!readable(fd, LIVENESS_MS))
            give_up("the descriptor becomes readable when a queue has news");
        while ((token = next_token(waker)) != 0)
            if (drain(queues[token - 1]) == LLMSPELL_EVENT_DONE)
                ended[token - 1] = true;
    }
    check(true, "two runs can be followed through one descriptor");
    check(!readable(fd, 0), "it is not readable once the waker has told everything");
    check_failed(llmspell_queue_wake_by(queues[0], waker, 0, &err), &err, LLMSPELL_E_ARGUMENT, "token is 0",
                 "the token 0 is refused");
    check_failed(llmspell_queue_wake_by(queues[0], waker, 2, &err), &err, LLMSPELL_E_ARGUMENT, "the token 2",
                 "a token that another queue has is refused");
    need(llmspell_queue_wake_by(queues[0], NULL, 0, &err), err, "llmspell_queue_wake_by");
    check(true, "a queue can leave its waker");
    llmspell_waker_free(waker);
    llmspell_run_free(runs[1]);
    runs[1] = start(queues[1], agents[1], "{\"input\":\"say after\"}");
    check_done(queues[1], "after", "a queue outlives its waker");
    for (i = 0; i < 2; i++) {
        llmspell_run_free(runs[i]);
        llmspell_queue_free(queues[i]);
        llmspell_agent_free(agents[i]);
    }
    llmspell_waker_free(NULL);
}

static void follow_by_socket(void)
{
    llmspell_agent *agent = new_agent(WEATHER_AGENT);
    llmspell_queue *queue = new_queue();
    llmspell_waker *waker;
    llmspell_life *line;
    llmspell_buf *path, *again;
    llmspell_error *err;
    llmspell_run *run;
    int news, life;
    int32_t last = 0;
    char byte;
    need(llmspell_waker_new(&waker, &err), err, "llmspell_waker_new");
    check_failed(llmspell_waker_listen(waker, "/proc/nowhere", 13, &path, &err), &err, LLMSPELL_E_CONFIG,
                 "LLMSPELL_SOCKET_DIR", "a folder that cannot be used is an error that tells what to set");
    need(llmspell_queue_wake_by(queue, waker, 7, &err), err, "llmspell_queue_wake_by");
    need(llmspell_waker_listen(waker, NULL, 0, &path, &err), err, "llmspell_waker_listen");
    need(llmspell_waker_listen(waker, NULL, 0, &again, &err), err, "llmspell_waker_listen");
    check(llmspell_buf_str(path).len == llmspell_buf_str(again).len &&
              memcmp(llmspell_buf_str(path).data, llmspell_buf_str(again).data, llmspell_buf_str(path).len) == 0,
          "the path of the socket stays the same");
    news = connect_to(llmspell_buf_str(path), "news\n");
    run = start(queue, agent, "{\"input\":\"say hello\"}");
    while (last != LLMSPELL_EVENT_DONE) {
        if (!readable(news, LIVENESS_MS) || recv(news, &byte, 1, 0) != 1)
            give_up("the connection gets a byte when there is news");
        while (next_token(waker) == 7)
            last = drain(queue);
    }
    check(true, "a run can be followed over a connection");
    llmspell_run_free(run);

    run = start(queue, agent, "{\"input\":\"weather\"}");
    life = connect_to(llmspell_buf_str(path), "life 3\n");
    need(llmspell_waker_tie(waker, 7, 3, &err), err, "llmspell_waker_tie");
    check_failed(llmspell_waker_tie(waker, 8, 3, &err), &err, LLMSPELL_E_ARGUMENT, "no queue has the token 8",
                 "a token that no queue has cannot be tied");
    close(life);
    while (last != LLMSPELL_EVENT_CANCELLED) {
        if (!readable(news, LIVENESS_MS) || recv(news, &byte, 1, 0) != 1)
            give_up("the end of a life line cancels the run");
        while (next_token(waker) == 7)
            last = drain(queue);
    }
    check(true, "the end of a life line cancels the run that was tied to it");
    llmspell_run_free(run);

    run = start(queue, agent, "{\"input\":\"weather\"}");
    check_failed(llmspell_waker_life(waker, 0, &line, &err), &err, LLMSPELL_E_ARGUMENT, "life is 0",
                 "a life line without a number is refused");
    need(llmspell_waker_life(waker, 4, &line, &err), err, "llmspell_waker_life");
    need(llmspell_waker_tie(waker, 7, 4, &err), err, "llmspell_waker_tie");
    llmspell_life_free(line);
    for (last = 0; last != LLMSPELL_EVENT_CANCELLED;) {
        if (!readable(news, LIVENESS_MS) || recv(news, &byte, 1, 0) != 1)
            give_up("a life line that is freed cancels the run");
        while (next_token(waker) == 7)
            last = drain(queue);
    }
    check(true, "a life line that the program frees cancels the run that was tied to it");
    llmspell_run_free(run);
    close(news);
    llmspell_buf_free(path);
    llmspell_buf_free(again);
    llmspell_waker_free(waker);
    llmspell_queue_free(queue);
    llmspell_agent_free(agent);
}

int main(void)
{
    wait_in_place();
    follow_by_descriptor();
    follow_by_socket();
    return tap_done();
}
