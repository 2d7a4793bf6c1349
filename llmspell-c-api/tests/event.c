/* Events. */
#include "full.h"

int main(void)
{
    llmspell_agent *agent = new_agent(WEATHER_AGENT);
    llmspell_queue *queue = new_queue();
    llmspell_run *run = start(queue, agent, "{\"input\":\"Think about the weather\"}");
    llmspell_event *event = NULL;
    char run_id[64], streamed[1024] = "";
    bool ids = true, seqs = true, json = true, steps = true;
    bool seen[32] = {false};
    uint64_t seq = 0;
    int32_t type = 0;

    snprintf(run_id, sizeof run_id, "%s", text(llmspell_run_id(run)));
    while (type != LLMSPELL_EVENT_DONE) {
        llmspell_event_free(event);
        event = next(queue);
        type = llmspell_event_type(event);
        if (type < 1 || type > 18)
            give_up("the type of every event is known");
        seen[type] = true;
        ids = ids && is(llmspell_event_run_id(event), run_id) && has(llmspell_event_json(event), run_id);
        seqs = seqs && llmspell_event_seq(event) == ++seq;
        steps = steps && (type == LLMSPELL_EVENT_RUN_START) == (llmspell_event_step(event) == 0);
        json = json && llmspell_event_json(event).data == llmspell_event_json(event).data;
        if (type == LLMSPELL_EVENT_TEXT_DELTA)
            strncat(streamed, text(llmspell_event_text(event)), sizeof streamed - strlen(streamed) - 1);
        if (type == LLMSPELL_EVENT_REQUEST) {
            check(llmspell_event_request_id(event).len > 0 && has(llmspell_event_json(event), "\"kind\":\"tool\""),
                  "a request has an id and a kind");
            answer(run, event, "sunny");
            event = NULL;
        } else if (type != LLMSPELL_EVENT_DONE && llmspell_event_request_id(event).len != 0) {
            check(false, "only requests have a request's id");
        }
        if (type == LLMSPELL_EVENT_TOOL_RESULT)
            check(is(llmspell_event_text(event), "sunny"), "the text of tool_result is its content");
    }
    check(is(llmspell_event_text(event), streamed) && streamed[0] != '\0', "the deltas make the text of done");
    check(ids, "every event names its run");
    check(seqs, "events are numbered from 1 without gaps");
    check(steps, "only run_start is in step 0");
    check(json, "the JSON is made once");
    check(seen[LLMSPELL_EVENT_RUN_START] && seen[LLMSPELL_EVENT_STEP_START] && seen[LLMSPELL_EVENT_REASONING_DELTA] &&
              seen[LLMSPELL_EVENT_TOOL_CALL_DELTA] && seen[LLMSPELL_EVENT_TOOL_CALL] && seen[LLMSPELL_EVENT_STEP_END],
          "the run tells its start, its steps, the reasoning and the tool call");
    llmspell_run_free(run);
    llmspell_queue_free(queue);
    llmspell_agent_free(agent);
    check(has(llmspell_event_json(event), "\"type\":\"done\""), "an event outlives run, queue and agent");
    llmspell_event_free(event);

    check(llmspell_event_type(NULL) == 0 && llmspell_event_seq(NULL) == 0 && llmspell_event_step(NULL) == 0 &&
              llmspell_event_run_id(NULL).len == 0 && llmspell_event_text(NULL).len == 0 &&
              llmspell_event_request_id(NULL).len == 0 && llmspell_event_json(NULL).len == 0,
          "NULL has neutral fields");
    llmspell_event_free(NULL);
    return tap_done();
}
