/* Tools whose handlers are data. What the tools of an agent do is a JSON object, by name: {handlers, count}, or
 * {behind: tools} for one behind which an agent stands. */
#ifndef CONFORMANCE_TOOL_H
#define CONFORMANCE_TOOL_H
#include "stream.h"

/* The declaration that llmspell takes; what the tool does goes into `tools`. */
json_t *tool_declare(json_t *tools, const json_t *tool);

/* Does what the tool of a request does: {ok} or {error} for the reply, or NULL when a step answers it by hand. */
json_t *tool_call(struct world *world, struct stream *stream, const json_t *request);

/* Waits until nobody wants the answer to a request any more. Whether that was so before long. */
bool tool_waits_until_unwanted(const struct stream *stream, const char *id);

/* What a tool does behind which an agent with these tools stands. */
json_t *tool_of_agent(json_t *tools);

/* Adds what is answered to what an agent asks besides tools, a list of {key, handler}. */
void tool_add_asks(json_t *tools, const json_t *asks);

/* Answers a request of another kind than `tool`, like tool_call. */
json_t *tool_asked(struct world *world, struct stream *stream, const json_t *request);

#endif
