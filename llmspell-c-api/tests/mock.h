/* Starts the mock provider server for a scenario and stops it by its pid, also when the test gives up.
 * Include it first: it asks for POSIX. */
#ifndef MOCK_H
#define MOCK_H
#define _POSIX_C_SOURCE 200809L
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tap.h"

static pid_t mock_pid;
static int mock_port;
static char mock_url[64];

static inline void mock_stop(void)
{
    if (mock_pid > 0) {
        kill(mock_pid, SIGTERM);
        waitpid(mock_pid, NULL, 0);
    }
    mock_pid = 0;
}

/* Starts the server; its address is then in `mock_url` and `mock_port`. */
static inline void mock_start(const char *scenario)
{
    int pipe_fds[2];
    char line[256] = "";
    size_t used = 0;
    const char *port;
    if (pipe(pipe_fds) != 0 || (mock_pid = fork()) < 0)
        give_up("the mock server can be started");
    if (mock_pid == 0) {
        dup2(pipe_fds[1], 1);
        close(pipe_fds[0]);
        close(pipe_fds[1]);
        execlp("node", "node", "ts-tools/bin/ts-tools.js", "mock", scenario, "--exit-with-parent", (char *)NULL);
        _exit(127);
    }
    close(pipe_fds[1]);
    atexit(mock_stop);
    while (strchr(line, '\n') == NULL && used < sizeof line - 1) {
        ssize_t got = read(pipe_fds[0], line + used, sizeof line - 1 - used);
        if (got <= 0)
            give_up("the mock server tells its address");
        used += (size_t)got;
        line[used] = '\0';
    }
    /* The reading end stays open: the server may still write there. */
    port = strstr(line, "\"port\":");
    mock_port = port != NULL ? atoi(port + 7) : 0;
    snprintf(mock_url, sizeof mock_url, "http://127.0.0.1:%d", mock_port);
}

/* A port on which nobody listens. */
static inline int dead_port(void)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &length) != 0)
        give_up("there is a free port");
    close(fd);
    return ntohs(address.sin_port);
}

/* What the server was sent: the JSON of GET /__seen, valid until the next call. */
static inline const char *mock_seen(void)
{
    static char report[262144];
    static const char request[] = "GET /__seen HTTP/1.0\r\n\r\n";
    struct sockaddr_in address;
    size_t used = 0;
    ssize_t got;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons((unsigned short)mock_port);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof address) != 0 ||
        write(fd, request, sizeof request - 1) != (ssize_t)(sizeof request - 1))
        give_up("the mock server answers");
    while (used < sizeof report - 1 && (got = read(fd, report + used, sizeof report - 1 - used)) > 0)
        used += (size_t)got;
    report[used] = '\0';
    close(fd);
    return report;
}
#endif
