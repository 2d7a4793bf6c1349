/* The bare exchange that everything is compared with: a blocking socket, keep-alive, one write and as many reads as it
 * takes; nothing is parsed. bare PORT SHAPE COUNT WARM [plain]: prints {"count", "wall_us", "cpu_us"}, the sums. A shape
 * with s1 sends two requests for one count, the second with the tool's result. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define QUESTION "{\"role\":\"user\",\"content\":\"What is the answer?\"}"
#define RESULT                                                                                                           \
    ",{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_bench_1\",\"type\":\"function\",\"function\":" \
    "{\"name\":\"add\",\"arguments\":\"{\\\"a\\\": 2, \\\"b\\\": 40}\"}}]},"                                             \
    "{\"role\":\"tool\",\"tool_call_id\":\"call_bench_1\",\"content\":\"42\"}"
#define TOOLS                                                                                                            \
    ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"add\",\"description\":\"Adds two numbers\",\"parameters\":" \
    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"number\"},\"b\":{\"type\":\"number\"}},"                     \
    "\"required\":[\"a\",\"b\"]}}}]"

static void stop(const char *what)
{
    fprintf(stderr, "bare: ");
    perror(what);
    exit(1);
}

static double micros(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static size_t make_request(char *to, size_t room, const char *shape, int plain, int tools, int second)
{
    char body[2048];
    int length = snprintf(body, sizeof body, "{\"model\":\"gpt-4o\",\"messages\":[" QUESTION "%s]%s%s}",
                          second ? RESULT : "", tools ? TOOLS : "",
                          plain ? "" : ",\"stream\":true,\"stream_options\":{\"include_usage\":true}");
    return (size_t)snprintf(to, room,
                            "POST /%s/v1/chat/completions HTTP/1.1\r\nhost: 127.0.0.1\r\nauthorization: Bearer sk-bench\r\n"
                            "content-type: application/json\r\naccept: */*\r\ncontent-length: %d\r\n\r\n%s",
                            shape, length, body);
}

/* Whether a response is whole: the transfer coding's last chunk, or as many bytes as the head says. */
static int whole(const char *bytes, size_t length, int plain, size_t *expected)
{
    if (!plain) return length > 7 && memcmp(bytes + length - 7, "\r\n0\r\n\r\n", 7) == 0;
    if (*expected == 0) {
        const char *end = memmem(bytes, length, "\r\n\r\n", 4);
        const char *field = end ? strcasestr(bytes, "content-length:") : NULL;
        if (field == NULL) return 0;
        *expected = (size_t)(end - bytes) + 4 + strtoul(field + 15, NULL, 10);
    }
    return length == *expected;
}

static void exchange(int fd, const char *request, size_t length, int plain, size_t *seen)
{
    static char answer[1 << 22];
    size_t got = 0, expected = 0;
    if (send(fd, request, length, 0) != (ssize_t)length) stop("send");
    do {
        ssize_t now = recv(fd, answer + got, sizeof answer - got, 0);
        if (now <= 0) stop("recv");
        got += (size_t)now;
    } while (!whole(answer, got, plain, &expected));
    if (memcmp(answer, "HTTP/1.1 200", 12) != 0 || (*seen != 0 && *seen != got)) {
        fprintf(stderr, "bare: %zu bytes instead of %zu: %.400s\n", got, *seen, answer);
        exit(1);
    }
    *seen = got;
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fprintf(stderr, "usage: bare PORT SHAPE COUNT WARM [plain]\n");
        return 2;
    }
    const char *shape = argv[2];
    int count = atoi(argv[3]), warm = atoi(argv[4]), plain = argc > 5 && strcmp(argv[5], "plain") == 0;
    const char *steps = strchr(shape, 's');
    int tools = steps != NULL && atoi(steps + 1) > 0;
    char first[4096], second[4096];
    size_t first_length = make_request(first, sizeof first, shape, plain, tools, 0);
    size_t second_length = make_request(second, sizeof second, shape, plain, tools, 1);
    size_t first_seen = 0, second_seen = 0;

    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1])),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0) stop("connect");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);

    double wall = 0, cpu = 0;
    for (int i = -warm; i < count; i++) {
        if (i == 0) {
            wall = micros(CLOCK_MONOTONIC);
            cpu = micros(CLOCK_PROCESS_CPUTIME_ID);
        }
        exchange(fd, first, first_length, plain, &first_seen);
        if (tools) exchange(fd, second, second_length, plain, &second_seen);
    }
    cpu = micros(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    wall = micros(CLOCK_MONOTONIC) - wall;
    printf("{\"count\":%d,\"wall_us\":%.3f,\"cpu_us\":%.3f}\n", count, wall, cpu);
    close(fd);
    return 0;
}
