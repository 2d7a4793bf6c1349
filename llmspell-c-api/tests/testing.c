/* What stands in for the network: scripts, cassettes, HTTP that the program carries, the switch that forbids requests. */
#include "full.h"

#define CARRIED \
    "{\"model\":\"openai/gpt-test\",\"api_key\":\"sk-0123456789abcdef\",\"base_url\":\"http://nowhere.invalid/v1\"," \
    "\"max_retries\":0,\"transport\":\"host\"}"
#define CHUNK "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Yes\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

static bool played_has(const llmspell_agent *agent, const char *words)
{
    llmspell_buf *played;
    llmspell_error *err;
    bool found;
    need(llmspell_agent_played(agent, &played, &err), err, "llmspell_agent_played");
    found = has(llmspell_buf_str(played), words);
    if (!found)
        note("%s", text(llmspell_buf_str(played)));
    llmspell_buf_free(played);
    return found;
}

static void scripts(llmspell_queue *queue)
{
    llmspell_agent *agent = new_agent("{\"provider\":\"scripted\",\"script\":[\"First.\",{\"text\":\"Second.\"}]}");
    llmspell_agent *other = new_agent("{\"provider\":\"scripted\",\"script\":[]}");
    llmspell_agent *demo = new_agent("{\"provider\":\"demo\"}");
    llmspell_buf *played;
    llmspell_error *err;
    llmspell_run *run = start(queue, agent, "{\"input\":\"hi\"}");

    check_done(queue, "First.", "a script answers");
    llmspell_run_free(run);
    check(played_has(agent, "\"played\":1") && played_has(agent, "\"content\":\"hi\""), "it tells what it was asked");
    need(llmspell_agent_play_with(other, agent, &err), err, "llmspell_agent_play_with");
    run = start(queue, other, "{\"input\":\"hi\"}");
    check_done(queue, "Second.", "another agent goes on with it");
    llmspell_run_free(run);
    check(played_has(agent, "\"played\":2"), "both count as one");
    check_failed(llmspell_agent_played(demo, &played, &err), &err, LLMSPELL_E_CONFIG, "scripted",
                 "an agent without a script says so");
    check_failed(llmspell_agent_play_with(demo, agent, &err), &err, LLMSPELL_E_CONFIG, "script",
                 "only a script takes the place of a script");
    llmspell_agent_free(demo);
    llmspell_agent_free(other);
    llmspell_agent_free(agent);
}

static void carried(llmspell_queue *queue)
{
    llmspell_agent *agent = new_agent(CARRIED);
    llmspell_run *run = start(queue, agent, "{\"input\":\"hi\"}");
    llmspell_event *request = next_of(queue, LLMSPELL_EVENT_REQUEST);
    llmspell_error *err;
    bool open = true;
    size_t at;
    char id[64];

    snprintf(id, sizeof id, "%s", text(llmspell_event_request_id(request)));
    check(has(llmspell_event_json(request), "\"kind\":\"http\"") &&
              has(llmspell_event_json(request), "http://nowhere.invalid/v1/chat/completions"),
          "the program is asked to send a request");
    llmspell_event_free(request);
    check_failed(llmspell_run_http_bytes(run, id, strlen(id), LIT("x"), &err), &err, LLMSPELL_E_ARGUMENT, "head",
                 "bytes before a head are refused");
    check_failed(llmspell_run_http_end(run, LIT("req_99"), &err), &err, LLMSPELL_E_ARGUMENT, "req_99",
                 "an id that never was is refused");
    check_failed(llmspell_run_http_head(run, id, strlen(id), LIT("{\"status\":1}"), &err), &err, LLMSPELL_E_ARGUMENT,
                 "status", "a status that is none is refused");
    need(llmspell_run_http_head(run, id, strlen(id), LIT("{\"status\":200}"), &err), err, "llmspell_run_http_head");
    for (at = 0; at < sizeof CHUNK - 1; at++)
        need(llmspell_run_http_bytes(run, id, strlen(id), &CHUNK[at], 1, &err), err, "llmspell_run_http_bytes");
    need(llmspell_run_http_end(run, id, strlen(id), &err), err, "llmspell_run_http_end");
    check_done(queue, "Yes", "an answer that was fed byte by byte is read");
    llmspell_run_free(run);

    run = start(queue, agent, "{\"input\":\"hi\"}");
    request = next_of(queue, LLMSPELL_EVENT_REQUEST);
    snprintf(id, sizeof id, "%s", text(llmspell_event_request_id(request)));
    llmspell_event_free(request);
    need(llmspell_run_cancel(run, &err), err, "llmspell_run_cancel");
    need(llmspell_run_awaits(run, id, strlen(id), &open, &err), err, "llmspell_run_awaits");
    check(!open, "after a cancel nobody waits for the answer");
    llmspell_event_free(next_of(queue, LLMSPELL_EVENT_CANCELLED));
    check(llmspell_run_http_head(run, id, strlen(id), LIT("{\"status\":200}"), &err) == LLMSPELL_OK, "a late head is dropped");
    llmspell_run_free(run);
    llmspell_agent_free(agent);
}

static void forbidden(llmspell_queue *queue)
{
    llmspell_agent *agent = new_agent("{\"model\":\"openai/x\",\"api_key\":\"\",\"base_url\":\"http://127.0.0.1:9/v1\","
                                      "\"max_retries\":0,\"proxy\":\"\"}");
    llmspell_run *run;
    llmspell_event *event;

    llmspell_forbid_requests(true);
    run = start(queue, agent, "{\"input\":\"hi\"}");
    event = next_of(queue, LLMSPELL_EVENT_ERROR);
    check(has(llmspell_event_json(event), "\"kind\":\"policy\"") && has(llmspell_event_json(event), "forbid_requests"),
          "a forbidden request is refused, loopback too");
    llmspell_event_free(event);
    llmspell_run_free(run);
    llmspell_forbid_requests(false);
    run = start(queue, agent, "{\"input\":\"hi\"}");
    event = next_of(queue, LLMSPELL_EVENT_ERROR);
    check(has(llmspell_event_json(event), "\"kind\":\"network\""), "and allowed again");
    llmspell_event_free(event);
    llmspell_run_free(run);
    llmspell_agent_free(agent);
}

int main(void)
{
    llmspell_queue *queue = new_queue();
    scripts(queue);
    carried(queue);
    forbidden(queue);
    llmspell_queue_free(queue);
    return tap_done();
}
