#define _POSIX_C_SOURCE 200809L
#include "mock.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* A growing text. */
struct text {
    char *data;
    size_t length;
};

static void add(struct text *text, const char *data, size_t length)
{
    char *grown = realloc(text->data, text->length + length + 1);
    if (grown == NULL)
        abort();
    memcpy(grown + text->length, data, length);
    text->data = grown;
    text->length += length;
    grown[text->length] = '\0';
}

/* A connection to host:port, as in http://host:port; -1 when there is none. */
static int connected(const char *url)
{
    char host[256], *port;
    struct addrinfo hints, *address = NULL;
    int fd = -1;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    snprintf(host, sizeof host, "%s", strncmp(url, "http://", 7) == 0 ? url + 7 : url);
    host[strcspn(host, "/")] = '\0';
    port = strchr(host, ':');
    if (port == NULL)
        return -1;
    *port++ = '\0';
    if (getaddrinfo(host, port, &hints, &address) != 0)
        return -1;
    fd = socket(address->ai_family, address->ai_socktype, address->ai_protocol);
    if (fd >= 0 && connect(fd, address->ai_addr, address->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(address);
    return fd;
}

static bool send_all(int fd, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t sent = send(fd, data, length, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        data += sent;
        length -= (size_t)sent;
    }
    return true;
}

/* Sends one request and reads the whole answer, head included; empty when there is none. */
static struct text exchange(const char *url, const char *method, const char *path, const char *body)
{
    struct text answer = {NULL, 0};
    char head[1024], piece[16384];
    ssize_t got;
    int fd = connected(url);
    add(&answer, "", 0);
    if (fd < 0)
        return answer;
    snprintf(head, sizeof head, "%s %s HTTP/1.1\r\nhost: mock\r\nconnection: close\r\ncontent-length: %zu\r\n\r\n", method, path,
             strlen(body));
    if (send_all(fd, head, strlen(head)) && send_all(fd, body, strlen(body))) {
        while ((got = read(fd, piece, sizeof piece)) > 0)
            add(&answer, piece, (size_t)got);
    }
    close(fd);
    return answer;
}

/* The answer's JSON; NULL and the whole answer in `complaint` (to be freed) when it is no success. */
static json_t *call(const char *method, const char *path, const char *body, char **complaint)
{
    const char *server = getenv("LLMSPELL_MOCK");
    struct text answer = exchange(server != NULL ? server : "", method, path, body);
    const char *content = strstr(answer.data, "\r\n\r\n");
    json_t *value = NULL;
    if (content != NULL && strncmp(answer.data, "HTTP/1.1 2", 10) == 0) {
        content += 4;
        value = json_read(content, answer.length - (size_t)(content - answer.data));
    }
    *complaint = value == NULL ? answer.data : NULL;
    if (value != NULL)
        free(answer.data);
    return value;
}

static json_t *call_or_end(struct world *world, const char *method, const char *path, const char *body)
{
    char *complaint;
    json_t *value = call(method, path, body, &complaint);
    if (value == NULL)
        world_trouble(world, "LLMSPELL_MOCK must name a mock server (run `make conformance`); %s %s: %s", method, path, complaint);
    return value;
}

static json_t *call_scenario(struct world *world, const char *method, const char *path)
{
    char whole[512];
    snprintf(whole, sizeof whole, "%s%s", json_member(world->scenario, "prefix"), path);
    return call_or_end(world, method, whole, "");
}

void mock_play(struct world *world, const json_t *scenario)
{
    char *text = json_write(scenario);
    world->scenario = call_or_end(world, "POST", "/__scenario", text);
    free(text);
}

json_t *mock_seen(struct world *world)
{
    return call_scenario(world, "GET", "/__seen");
}

void mock_await(struct world *world, int requests, int aborted)
{
    char path[128];
    json_t *seen, *request;
    size_t index;
    int cut = 0, count;
    snprintf(path, sizeof path, "/__seen?requests=%d&aborted=%d&timeout_ms=30000", requests, aborted);
    seen = call_scenario(world, "GET", path);
    count = (int)json_array_size(json_object_get(seen, "requests"));
    json_array_foreach(json_object_get(seen, "requests"), index, request)
        cut += json_is_true(json_object_get(request, "aborted"));
    json_decref(seen);
    if (count < requests || cut < aborted)
        world_trouble(world, "the server saw %d requests, %d of them aborted", count, cut);
}

void mock_release(struct world *world, const char *hold)
{
    char path[256];
    snprintf(path, sizeof path, "/__release?name=%s", hold);
    json_decref(call_scenario(world, "POST", path));
}

bool mock_remove(struct world *world)
{
    char *complaint;
    json_t *answer = call("DELETE", json_member(world->scenario, "prefix"), "", &complaint);
    bool gone = answer != NULL;
    free(complaint);
    json_decref(answer);
    return gone;
}
