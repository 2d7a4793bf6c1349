/* The benchmark server: one thread, epoll, keep-alive. It prints its port and serves until its standard input ends, so
 * it never outlives the runner.
 *
 * POST /<shape>/… where the shape is letters with numbers: d<deltas> g<microseconds between them> s<tool steps before the
 * text> h<1 to leave the stream open> w<milliseconds before the answer>, like /d100g1000/v1/chat/completions. It streams when the body has "stream":true.
 * A request that it cannot read gets a 400 that says why. */
#define _GNU_SOURCE
#include "answers.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct connection {
    int fd;
    char *in;
    size_t in_length, in_room;
    const answer *out; /* being sent, or NULL */
    size_t sent;
    int part;          /* parts that may be sent by now */
    int64_t gap_ns, due_ns;
    struct connection *next_paced, *previous_paced;
    int paced;
} connection;

static int poller;
static connection *paced_list;

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void stop(const char *what)
{
    fprintf(stderr, "server: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void unpace(connection *c)
{
    if (!c->paced) return;
    if (c->previous_paced) c->previous_paced->next_paced = c->next_paced;
    else paced_list = c->next_paced;
    if (c->next_paced) c->next_paced->previous_paced = c->previous_paced;
    c->paced = 0;
}

static void pace(connection *c)
{
    c->paced = 1;
    c->previous_paced = NULL;
    c->next_paced = paced_list;
    if (paced_list) paced_list->previous_paced = c;
    paced_list = c;
}

static void drop(connection *c)
{
    unpace(c);
    close(c->fd);
    free(c->in);
    free(c);
}

/* Sends what may be sent. Returns 0 when the connection is gone. */
static int flush_out(connection *c)
{
    while (c->out != NULL) {
        size_t end = c->part > 0 ? c->out->ends[c->part - 1] : 0;
        if (c->sent == end) {
            if (c->part < c->out->parts || c->out->shape.held) return 1;
            c->out = NULL;
            return 1;
        }
        ssize_t got = send(c->fd, c->out->bytes + c->sent, end - c->sent, MSG_NOSIGNAL);
        if (got < 0) return errno == EAGAIN; /* epoll tells when there is room */
        c->sent += (size_t)got;
    }
    return 1;
}

static int refuse(connection *c, const char *why)
{
    char text[512];
    int length = snprintf(text, sizeof text,
                          "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\ncontent-length: %zu\r\n\r\n"
                          "{\"error\":{\"message\":\"%s\"}}",
                          strlen(why) + strlen("{\"error\":{\"message\":\"\"}}"), why);
    return send(c->fd, text, (size_t)length, MSG_NOSIGNAL) == length;
}

static int count_of(const char *body, size_t length, const char *needle, int most)
{
    int count = 0;
    size_t size = strlen(needle);
    const char *end = body + length;
    while (count < most && (body = memmem(body, (size_t)(end - body), needle, size)) != NULL) {
        count++;
        body += size;
    }
    return count;
}

/* The number after `letter` in the first part of the path. */
static long shape_number(const char *path, char letter)
{
    for (const char *at = path + 1; *at != '/' && *at != ' ' && *at != '\0'; at++)
        if (*at == letter) return strtol(at + 1, NULL, 10);
    return 0;
}

/* Answers one request whose head begins at `head`. Returns 0 when the connection is gone. */
static int serve(connection *c, const char *head, const char *body, size_t length)
{
    if (strncmp(head, "POST /", 6) != 0) return refuse(c, "the benchmark server takes POST only");
    const char *path = head + 5;
    answer_shape shape = {0};
    long steps = shape_number(path, 's');
    int done = steps > 0 ? count_of(body, length, "\"role\":\"tool\"", (int)steps) : 0;
    shape.deltas = (int)shape_number(path, 'd');
    shape.held = (int)shape_number(path, 'h');
    shape.call = done < steps;
    shape.streamed = memmem(body, length, "\"stream\":true", 13) != NULL;
    if (done > 0 && memmem(body, length, "42", 2) == NULL) return refuse(c, "the tool's result 42 is missing");
    c->out = answer_of(shape);
    c->sent = 0;
    c->gap_ns = shape_number(path, 'g') * 1000;
    c->part = c->gap_ns > 0 ? 1 : c->out->parts;
    int64_t wait_ns = shape_number(path, 'w') * 1000000;
    if (wait_ns > 0) c->part = 0;
    if (c->part < c->out->parts) {
        c->due_ns = now_ns() + (wait_ns > 0 ? wait_ns : c->gap_ns);
        pace(c);
    }
    return flush_out(c);
}

/* Answers whole requests in the input. Returns 0 when the connection is gone. */
static int take_requests(connection *c)
{
    while (c->out == NULL) {
        char *end = memmem(c->in, c->in_length, "\r\n\r\n", 4);
        if (end == NULL) return 1;
        *end = '\0';
        const char *field = strcasestr(c->in, "\r\ncontent-length:");
        size_t length = field ? strtoul(field + 17, NULL, 10) : 0;
        size_t whole = (size_t)(end - c->in) + 4 + length;
        if (c->in_length < whole) {
            *end = '\r';
            /* curl and some libraries wait for a word before they send a large body */
            if (c->in_length == whole - length && strcasestr(c->in, "\r\nexpect: 100-continue"))
                send(c->fd, "HTTP/1.1 100 Continue\r\n\r\n", 25, MSG_NOSIGNAL);
            return 1;
        }
        int alive = serve(c, c->in, end + 4, length);
        memmove(c->in, c->in + whole, c->in_length - whole);
        c->in_length -= whole;
        if (!alive) return 0;
    }
    return 1;
}

static int receive(connection *c)
{
    for (;;) {
        if (c->in_room - c->in_length < 4096) {
            c->in_room = c->in_room ? c->in_room * 2 : 8192;
            c->in = realloc(c->in, c->in_room);
            if (c->in == NULL) stop("realloc");
        }
        size_t room = c->in_room - c->in_length - 1;
        ssize_t got = recv(c->fd, c->in + c->in_length, room, 0);
        if (got == 0) return 0;
        if (got < 0) return errno == EAGAIN;
        c->in_length += (size_t)got;
        c->in[c->in_length] = '\0';
        if (!take_requests(c)) return 0;
        if ((size_t)got < room) return 1;
    }
}

/* Sends the parts whose time has come. Returns the time of the next one, or -1. */
static int64_t serve_paced(void)
{
    int64_t next = -1;
    if (paced_list == NULL) return next;
    int64_t now = now_ns();
    for (connection *c = paced_list, *following; c != NULL; c = following) {
        following = c->next_paced;
        while (c->due_ns <= now && c->part < c->out->parts) {
            c->part = c->gap_ns > 0 ? c->part + 1 : c->out->parts;
            c->due_ns += c->gap_ns;
        }
        int last = c->part == c->out->parts;
        if (!flush_out(c)) {
            drop(c);
        } else if (last) {
            unpace(c);
        } else if (next < 0 || c->due_ns < next) {
            next = c->due_ns;
        }
    }
    return next;
}

static void accept_all(int listener)
{
    int fd;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        int one = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        connection *c = calloc(1, sizeof *c);
        if (c == NULL) stop("calloc");
        c->fd = fd;
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
        if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event) != 0) stop("epoll_ctl");
    }
    if (errno != EAGAIN && errno != ECONNABORTED) stop("accept");
}

static int listen_anywhere(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 4096) != 0) stop("listen");
    getsockname(fd, (struct sockaddr *)&address, &size);
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    return fd;
}

int main(void)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    poller = epoll_create1(EPOLL_CLOEXEC);
    int listener = listen_anywhere();
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &listener};
    epoll_ctl(poller, EPOLL_CTL_ADD, listener, &event);
    event.data.ptr = NULL;
    if (epoll_ctl(poller, EPOLL_CTL_ADD, STDIN_FILENO, &event) != 0) stop("standard input must be a pipe");
    for (;;) {
        struct epoll_event events[256];
        int64_t next = serve_paced();
        int64_t wait = next < 0 ? 0 : next - now_ns();
        struct timespec timeout = {.tv_sec = 0, .tv_nsec = wait > 0 ? wait % 1000000000 : 0};
        if (wait > 0) timeout.tv_sec = wait / 1000000000;
        int count = epoll_pwait2(poller, events, 256, next < 0 ? NULL : &timeout, NULL);
        if (count < 0 && errno != EINTR) stop("epoll_wait");
        for (int i = 0; i < count; i++) {
            connection *c = events[i].data.ptr;
            if (c == NULL) {
                char nothing[64];
                if (read(STDIN_FILENO, nothing, sizeof nothing) <= 0) return 0;
            } else if ((void *)c == (void *)&listener) {
                accept_all(listener);
            } else if ((events[i].events & EPOLLIN && !receive(c)) || !flush_out(c)) {
                drop(c);
            } else if (c->out == NULL && c->in_length > 0 && !take_requests(c)) {
                drop(c);
            }
        }
    }
}
