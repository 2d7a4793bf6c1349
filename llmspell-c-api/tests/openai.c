/* OpenAI's Chat Completions format, from the side of the server. */
#include "full.h"

static const char BODY[] = "{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}";

int main(void)
{
    llmspell_buf *request = NULL, *head = NULL, *piece = NULL;
    llmspell_openai_answer *answer = NULL;
    llmspell_error *err = NULL;
    llmspell_agent *agent = new_agent("{\"provider\":\"demo\"}");
    llmspell_queue *queue = new_queue();
    llmspell_run *run = start(queue, agent, "{\"input\":\"Hello\"}");
    llmspell_event *event = NULL;
    char written[8192] = "";
    int32_t type = 0;

    check(llmspell_openai_read("{}", 2, &request, &err) == LLMSPELL_OK && err == NULL &&
              has(llmspell_buf_str(request), "\"refusal\":{\"status\":400") &&
              has(llmspell_buf_str(request), "\"param\":\"model\""),
          "a request that lacks something is refused by its name");
    llmspell_buf_free(request);
    check(llmspell_openai_read("\xff", 1, &request, &err) == LLMSPELL_E_ARGUMENT && request == NULL, "a body is UTF-8");
    llmspell_error_free(err);
    err = NULL;
    check(llmspell_openai_read(BODY, strlen(BODY), &request, &err) == LLMSPELL_OK &&
              has(llmspell_buf_str(request), "\"input\":{\"input\":[{\"role\":\"user\""),
          "a request is an agent's options and a run's input");
    check(llmspell_openai_answer_new("{}", 2, &answer, &err) == LLMSPELL_E_ARGUMENT && answer == NULL,
          "an answer needs a request");
    llmspell_error_free(err);
    err = NULL;
    if (llmspell_openai_answer_new(llmspell_buf_str(request).data, llmspell_buf_str(request).len, &answer, &err) != LLMSPELL_OK)
        give_up("an answer is made");
    llmspell_buf_free(request);

    check(llmspell_openai_answer_head(answer, &head, &err) == LLMSPELL_OK && has(llmspell_buf_str(head), "\"status\":0"),
          "at first there is nothing to send");
    llmspell_buf_free(head);
    check(llmspell_openai_answer_next(answer, "x", 1, &piece, &err) == LLMSPELL_E_ARGUMENT && piece == NULL,
          "what is no event is refused");
    llmspell_error_free(err);
    err = NULL;
    while (type < LLMSPELL_EVENT_DONE) {
        llmspell_event_free(event);
        event = next(queue);
        type = llmspell_event_type(event);
        if (llmspell_openai_answer_next(answer, llmspell_event_json(event).data, llmspell_event_json(event).len, &piece, &err) !=
            LLMSPELL_OK)
            give_up("an event is taken");
        strncat(written, text(llmspell_buf_str(piece)), sizeof written - strlen(written) - 1);
        llmspell_buf_free(piece);
    }
    llmspell_event_free(event);
    check(strstr(written, "data: {\"id\":\"chatcmpl-") == written && strstr(written, "\"content\":\"You\"") != NULL &&
              strstr(written, "\"finish_reason\":\"stop\"") != NULL && strstr(written, "data: [DONE]\n\n") != NULL,
          "the events of a run become chunks");
    check(llmspell_openai_answer_head(answer, &head, &err) == LLMSPELL_OK &&
              has(llmspell_buf_str(head), "{\"status\":200,\"content_type\":\"text/event-stream\",\"ended\":true}"),
          "the head says how they are sent");
    llmspell_buf_free(head);
    llmspell_openai_answer_free(answer);
    llmspell_openai_answer_free(NULL);
    llmspell_run_free(run);
    llmspell_queue_free(queue);
    llmspell_agent_free(agent);
    return tap_done();
}
