/* Asks an HTTP server on loopback with many connections at once, each the next time as soon as it was answered:
 *
 *   load PORT PATH CONNECTIONS MILLISECONDS WORD PING_PATH
 *
 * Every answer must be 200 and hold WORD. One more connection asks for PING_PATH each 5 ms. Prints one line of JSON: answers and
 * microseconds of the measured time, which begins after a warm-up of a quarter of it at least, when every connection has been
 * accepted and answered once, and the median and 99th percentile of a ping in microseconds. It says `begin` and `end` on lines
 * of their own when that time begins and ends. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ROOM = 1 << 18, MOST_PINGS = 1 << 16, PING_EVERY_US = 5000 };

typedef struct connection {
    int fd;
    char *in;
    size_t length;
    int64_t asked_us;
    int answered;
} connection;

static int poller;
static char request[512], ping_request[512];
static const char *word;
static struct sockaddr_in address = {.sin_family = AF_INET};
static int64_t pings[MOST_PINGS];
static int ping_count;

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void stop(const char *what)
{
    fprintf(stderr, "load: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void ask(connection *c, const char *text)
{
    size_t length = strlen(text);
    c->length = 0;
    c->asked_us = now_us();
    if (send(c->fd, text, length, MSG_NOSIGNAL) != (ssize_t)length) stop("send");
}

static void open_connection(connection *c)
{
    int one = 1;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    c->in = malloc(ROOM);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->in == NULL || c->fd < 0 || connect(c->fd, (struct sockaddr *)&address, sizeof address) != 0) stop("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) != 0) stop("epoll_ctl");
}

/* Reads what has come. Whether the answer is whole. */
static int receive(connection *c)
{
    ssize_t got = recv(c->fd, c->in + c->length, ROOM - 1 - c->length, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return 0;
    if (got <= 0) stop("an answer broke off");
    c->length += (size_t)got;
    c->in[c->length] = '\0';
    const char *end = strstr(c->in, "\r\n\r\n");
    if (end == NULL) return 0;
    const char *field = strcasestr(c->in, "\r\ncontent-length:");
    if (field != NULL && field < end) return c->length >= (size_t)(end + 4 - c->in) + strtoul(field + 17, NULL, 10);
    return c->length >= 5 && memcmp(c->in + c->length - 5, "0\r\n\r\n", 5) == 0;
}

static void check(const connection *c, const char *needed)
{
    if (strncmp(c->in, "HTTP/1.1 200", 12) == 0 && strstr(c->in, needed) != NULL) return;
    fprintf(stderr, "load: expected 200 and '%s', got: %.600s\n", needed, c->in);
    exit(1);
}

static int by_size(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int main(int count, char **values)
{
    if (count != 7) {
        fputs("usage: load PORT PATH CONNECTIONS MILLISECONDS WORD PING_PATH\n", stderr);
        return 2;
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    address.sin_port = htons((uint16_t)atoi(values[1]));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", values[2]);
    snprintf(ping_request, sizeof ping_request, "GET %s HTTP/1.1\r\nHost: bench\r\n\r\n", values[6]);
    int connections = atoi(values[3]);
    int64_t lasts = strtoll(values[4], NULL, 10) * 1000;
    word = values[5];
    poller = epoll_create1(EPOLL_CLOEXEC);
    connection *all = calloc((size_t)connections + 1, sizeof *all), *ping = &all[connections];
    if (poller < 0 || all == NULL) stop("epoll");
    for (int i = 0; i <= connections; i++) open_connection(&all[i]);
    for (int i = 0; i < connections; i++) ask(&all[i], request);
    int64_t begin = now_us() + lasts / 4, end = INT64_MAX, next_ping = now_us();
    int measuring = 0, pinging = 0, waiting = connections + 1;
    long answers = 0;
    for (;;) {
        struct epoll_event events[256];
        int64_t now = now_us();
        if (!measuring && now >= begin && waiting == 0) {
            measuring = 1;
            begin = now;
            end = now + lasts;
            puts("begin");
            fflush(stdout);
        }
        if (now >= end) break;
        if (!pinging && now >= next_ping) {
            pinging = 1;
            ask(ping, ping_request);
        }
        int ready = epoll_wait(poller, events, 256, 1);
        for (int i = 0; i < ready; i++) {
            connection *c = events[i].data.ptr;
            if (!receive(c)) continue;
            if (!c->answered) {
                c->answered = 1;
                waiting--;
            }
            if (c == ping) {
                check(c, "pong");
                pinging = 0;
                next_ping = now_us() + PING_EVERY_US;
                if (measuring && ping_count < MOST_PINGS) pings[ping_count++] = now_us() - c->asked_us;
                continue;
            }
            check(c, word);
            if (measuring) answers++;
            ask(c, request);
        }
    }
    int64_t took = now_us() - begin;
    puts("end");
    if (ping_count == 0) pings[ping_count++] = lasts;
    qsort(pings, (size_t)ping_count, sizeof *pings, by_size);
    printf("{\"answers\": %ld, \"wall_us\": %lld, \"ping_us\": %lld, \"ping_99_us\": %lld}\n", answers, (long long)took,
           (long long)pings[ping_count / 2], (long long)pings[ping_count * 99 / 100]);
    return 0;
}
