// Node's fetch and JSON.parse, by hand.
import assert from "node:assert";
import { baseUrl, collect, measure, plain, requestBody } from "./conversation.mjs";

const headers = { authorization: "Bearer sk-bench", "content-type": "application/json" };

/** The payloads of a stream of events. */
async function* events(body) {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    const whole = rest.split("\n\n");
    rest = whole.pop();
    for (const event of whole) {
      const data = event.slice("data: ".length);
      if (data !== "[DONE]") yield JSON.parse(data);
    }
  }
}

await measure(async (messages, each) => {
  const body = JSON.stringify(requestBody(messages));
  const response = await fetch(`${baseUrl}/chat/completions`, { method: "POST", headers, body });
  assert(response.ok);
  if (!plain) return collect(events(response.body), each);
  const { message } = (await response.json()).choices[0];
  return { text: message.content, calls: message.tool_calls };
});
