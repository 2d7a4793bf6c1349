// Node's fetch and JSON.parse, by hand. fetch.mjs TASK PORT SHAPE COUNT WARM [plain], like the Lua clients.
import assert from "node:assert";

const [task, port, shape, countText, warmText, plainText] = process.argv.slice(2);
const plain = plainText === "plain";
const deltas = Number(/d(\d+)/.exec(shape)?.[1] ?? 0);
const expected = Array.from({ length: deltas }, (_, i) => ` w${String(i).padStart(4, "0")}`).join("");
const url = `http://127.0.0.1:${port}/${shape}/v1/chat/completions`;
const number = { type: "number" };
const parameters = { type: "object", properties: { a: number, b: number }, required: ["a", "b"] };
const tools = [{ type: "function", function: { name: "add", description: "Adds two numbers", parameters } }];

function post(messages) {
  const body = JSON.stringify({
    model: "gpt-4o",
    messages,
    ...(plain ? {} : { stream: true, stream_options: { include_usage: true } }),
    ...(task === "tool" ? { tools } : {}),
  });
  const headers = { authorization: "Bearer sk-bench", "content-type": "application/json" };
  return fetch(url, { method: "POST", headers, body });
}

async function answer(messages, each) {
  const response = await post(messages);
  assert(response.ok);
  if (plain) {
    const { message } = (await response.json()).choices[0];
    return { text: message.content, calls: message.tool_calls };
  }
  const decoder = new TextDecoder();
  const calls = [];
  let text = "";
  let rest = "";
  for await (const bytes of response.body) {
    rest += decoder.decode(bytes, { stream: true });
    const events = rest.split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.slice("data: ".length);
      if (data === "[DONE]") continue;
      const delta = JSON.parse(data).choices[0]?.delta;
      if (delta?.content) {
        text += delta.content;
        each?.(delta.content);
      }
      for (const piece of delta?.tool_calls ?? []) {
        const call = calls[piece.index];
        if (call) call.function.arguments += piece.function.arguments;
        else calls[piece.index] = { id: piece.id, type: "function", function: piece.function };
      }
    }
  }
  return { text, calls: calls.length > 0 ? calls : undefined };
}

async function once() {
  const messages = [{ role: "user", content: "What is the answer?" }];
  let count = 0;
  for (;;) {
    const { text, calls } = await answer(messages, () => count++);
    if (!calls) {
      assert.equal(text, expected);
      if (task === "stream") assert.equal(count, deltas);
      return;
    }
    messages.push({ role: "assistant", content: null, tool_calls: calls });
    for (const call of calls) {
      const { a, b } = JSON.parse(call.function.arguments);
      messages.push({ role: "tool", tool_call_id: call.id, content: JSON.stringify(a + b) });
    }
  }
}

for (let i = 0; i < Number(warmText); i++) await once();
const wall = process.hrtime.bigint();
const cpu = process.cpuUsage();
for (let i = 0; i < Number(countText); i++) await once();
const used = process.cpuUsage(cpu);
const wallUs = Number(process.hrtime.bigint() - wall) / 1000;
console.log(JSON.stringify({ count: Number(countText), wall_us: wallUs, cpu_us: used.user + used.system }));
