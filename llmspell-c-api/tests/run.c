/* Runs. */
#include "full.h"

static bool awaits(const llmspell_run *run, const char *id)
{
    bool open = true;
    llmspell_error *err;
    need(llmspell_run_awaits(run, id, strlen(id), &open, &err), err, "llmspell_run_awaits");
    return open;
}

static void requests(llmspell_agent *agent, llmspell_queue *queue)
{
    llmspell_run *run = start(queue, agent, "{\"input\":\"weather please\"}");
    llmspell_event *request = next_of(queue, LLMSPELL_EVENT_REQUEST);
    llmspell_error *err;
    char id[64], reply[128];

    snprintf(id, sizeof id, "%s", text(llmspell_event_request_id(request)));
    check(llmspell_run_status(run) == LLMSPELL_RUN_RUNNING, "a run that asks is running");
    check(awaits(run, id) && !awaits(run, "req_999"), "an open request is told from one that never was");
    check_failed(llmspell_run_reply(run, LIT("{\"id\":\"req_999\",\"ok\":1}"), &err), &err, LLMSPELL_E_ARGUMENT, "req_999",
                 "a reply to a request that never was is refused");
    check_failed(llmspell_run_reply(run, LIT("{\"ok\":1}"), &err), &err, LLMSPELL_E_ARGUMENT, "reply.id: missing",
                 "a reply without an id is refused");
    check_failed(llmspell_run_reply(run, LIT("[\"req_1\",1,null]"), &err), &err, LLMSPELL_E_ARGUMENT, "reply: expected an object",
                 "a reply that is a list is refused");
    snprintf(reply, sizeof reply, "{\"id\":\"%s\",\"error\":{\"message\":\"no\",\"kind\":\"nonsense\"}}", id);
    check_failed(llmspell_run_reply(run, reply, strlen(reply), &err), &err, LLMSPELL_E_ARGUMENT, "nonsense",
                 "a reply with an unknown kind of error is refused");
    answer(run, request, "sunny");
    check_done(queue, "sunny", "the model reads the reply");
    check(!awaits(run, id), "an answered request is not open");
    snprintf(reply, sizeof reply, "{\"id\":\"%s\",\"ok\":null}", id);
    check(llmspell_run_reply(run, reply, strlen(reply), &err) == LLMSPELL_OK, "a late reply is dropped");
    check(llmspell_run_status(run) == LLMSPELL_RUN_ENDED, "a run that is done has ended");
    check(llmspell_run_cancel(run, &err) == LLMSPELL_OK, "a run that has ended can be cancelled without effect");
    llmspell_run_free(run);
}

static void line(llmspell_agent *agent, llmspell_queue *queue)
{
    llmspell_queue *other = new_queue();
    llmspell_run *first = start(queue, agent, "{\"input\":\"weather again\"}");
    llmspell_event *request = next_of(queue, LLMSPELL_EVENT_REQUEST);
    llmspell_run *second = start(other, agent, "{\"input\":\"What did I say?\"}");
    llmspell_error *err;

    check(llmspell_run_status(second) == LLMSPELL_RUN_QUEUED, "a second run of an agent waits");
    check_failed(llmspell_agent_reset(agent, &err), &err, LLMSPELL_E_BUSY, "in a run", "an agent in a run is not reset");
    answer(first, request, "rain");
    check_done(queue, "rain", "the first run ends");
    check_done(other, "weather again", "and the second goes on from there");
    llmspell_run_free(first);
    llmspell_run_free(second);
    llmspell_queue_free(other);
}

static void cancelling(llmspell_agent *agent, llmspell_queue *queue)
{
    llmspell_run *run = start(queue, agent, "{\"input\":\"weather now\"}");
    llmspell_event *event = next_of(queue, LLMSPELL_EVENT_REQUEST);
    llmspell_error *err;

    llmspell_event_free(event);
    need(llmspell_run_cancel(run, &err), err, "llmspell_run_cancel");
    event = next_of(queue, LLMSPELL_EVENT_CANCELLED);
    check(llmspell_event_type(event) == LLMSPELL_EVENT_CANCELLED, "a cancelled run ends with cancelled");
    llmspell_event_free(event);
    llmspell_run_free(run);

    run = start(queue, agent, "{\"input\":\"weather now\"}");
    llmspell_event_free(next_of(queue, LLMSPELL_EVENT_REQUEST));
    llmspell_run_free(run);
    event = next_of(queue, LLMSPELL_EVENT_CANCELLED);
    check(llmspell_event_type(event) == LLMSPELL_EVENT_CANCELLED, "freeing a run cancels it");
    llmspell_event_free(event);
}

/* A run tells its session, also when it was restored where nobody named it. */
static void sessions(llmspell_agent *agent, llmspell_queue *queue)
{
    llmspell_run *own = start(queue, agent, "{\"input\":\"weather\"}"), *run, *restored;
    llmspell_agent *elsewhere = new_agent(WEATHER_AGENT);
    llmspell_queue *there = new_queue();
    llmspell_buf *checkpoint;
    llmspell_str bytes;
    llmspell_error *err;

    check(llmspell_run_session(own).len == 0, "a run of the agent's own conversation has no session");
    llmspell_run_free(own);
    llmspell_event_free(next_of(queue, LLMSPELL_EVENT_CANCELLED));
    run = start(queue, agent, "{\"input\":\"weather\",\"session\":\"ann\"}");
    check(is(llmspell_run_session(run), "ann"), "another tells the session that its input named");
    llmspell_event_free(next_of(queue, LLMSPELL_EVENT_REQUEST));
    need(llmspell_run_checkpoint(run, &checkpoint, &err), err, "llmspell_run_checkpoint");
    bytes = llmspell_buf_str(checkpoint);
    need(llmspell_run_restore(there, llmspell_agent_as_target(elsewhere), bytes.data, bytes.len, &restored, &err), err,
         "llmspell_run_restore");
    check(is(llmspell_run_session(restored), "ann"), "so does the run that is restored from its bytes");
    llmspell_buf_free(checkpoint);
    llmspell_run_free(run);
    llmspell_event_free(next_of(queue, LLMSPELL_EVENT_CANCELLED));
    /* waited for, so that the program does not end while the run still holds its agent */
    llmspell_run_free(restored);
    llmspell_event_free(next_of(there, LLMSPELL_EVENT_CANCELLED));
    llmspell_queue_free(there);
    llmspell_agent_free(elsewhere);
}

static void checkpoints(llmspell_agent *agent, llmspell_queue *queue)
{
    llmspell_run *run = start(queue, agent, "{\"input\":\"weather later\"}"), *restored;
    llmspell_agent *elsewhere = new_agent(WEATHER_AGENT), *bare = new_agent("{\"provider\":\"demo\"}");
    llmspell_queue *there = new_queue();
    llmspell_buf *checkpoint, *none;
    llmspell_str bytes;
    llmspell_error *err;

    llmspell_event_free(next_of(queue, LLMSPELL_EVENT_REQUEST));
    need(llmspell_run_checkpoint(run, &checkpoint, &err), err, "llmspell_run_checkpoint");
    bytes = llmspell_buf_str(checkpoint);
    need(llmspell_run_restore(there, llmspell_agent_as_target(elsewhere), bytes.data, bytes.len, &restored, &err), err,
         "llmspell_run_restore");
    check(is(llmspell_run_id(restored), text(llmspell_run_id(run))), "a restored run keeps its id");
    llmspell_run_free(run);
    llmspell_event_free(next_of(queue, LLMSPELL_EVENT_CANCELLED));
    answer(restored, next_of(there, LLMSPELL_EVENT_REQUEST), "snow");
    check_done(there, "snow", "it asks again and goes on");
    check_failed(llmspell_run_restore(queue, llmspell_agent_as_target(bare), bytes.data, bytes.len, &run, &err), &err,
                 LLMSPELL_E_CONFIG, "tool", "a target without the tools is refused");
    check_failed(llmspell_run_restore(queue, llmspell_agent_as_target(elsewhere), bytes.data, bytes.len / 2, &run, &err),
                 &err, LLMSPELL_E_ARGUMENT, "checkpoint", "so are half the bytes");
    check_failed(llmspell_run_restore(queue, llmspell_agent_as_target(bare), LIT("nonsense"), &run, &err), &err,
                 LLMSPELL_E_ARGUMENT, "checkpoint", "and bytes that are none");
    llmspell_buf_free(checkpoint);
    check_failed(llmspell_run_checkpoint(restored, &none, &err), &err, LLMSPELL_E_CLOSED, "has ended",
                 "a run that has ended has no checkpoint");
    check(none == NULL, "and the output is NULL");
    llmspell_run_free(restored);
    llmspell_queue_free(there);
    llmspell_agent_free(elsewhere);
    llmspell_agent_free(bare);
}

int main(void)
{
    llmspell_agent *agent = new_agent(WEATHER_AGENT);
    llmspell_queue *queue = new_queue();

    requests(agent, queue);
    line(agent, queue);
    cancelling(agent, queue);
    checkpoints(agent, queue);
    sessions(agent, queue);
    check(llmspell_run_status(NULL) == 0 && llmspell_run_id(NULL).len == 0 && llmspell_run_session(NULL).len == 0,
          "NULL has neutral fields");
    llmspell_run_free(NULL);
    llmspell_queue_free(queue);
    llmspell_agent_free(agent);
    return tap_done();
}
