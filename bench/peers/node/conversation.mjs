// What the clients in JavaScript have in common: their arguments, the questions, the checks and the clock.
// <client>.mjs TASK PORT SHAPE COUNT WARM [plain], like the Lua clients. The task `start` is the program's first chat.
import assert from "node:assert";

const [asked, port, shape, count, warm, form] = process.argv.slice(2);
export const task = asked;
export const plain = form === "plain";
export const baseUrl = `http://127.0.0.1:${port}/${shape}/v1`;

const deltas = Number(/d(\d+)/.exec(shape)?.[1] ?? 0);
/** The text of every answer. */
export const expected = Array.from({ length: deltas }, (_, i) => ` w${String(i).padStart(4, "0")}`).join("");
const number = { type: "number" };
const parameters = { type: "object", properties: { a: number, b: number }, required: ["a", "b"] };
/** The tool of the questions that need one. */
export const declared = { name: "add", description: "Adds two numbers", parameters };
export const usesTools = task === "tool";

/** The body of a request. */
export function requestBody(messages) {
  return {
    model: "gpt-4o",
    messages,
    ...(plain ? {} : { stream: true, stream_options: { include_usage: true } }),
    ...(usesTools ? { tools: [{ type: "function", function: declared }] } : {}),
  };
}

/** Puts the chunks of a stream together; `each` is called with every piece of the text. */
export async function collect(chunks, each) {
  const calls = [];
  let text = "";
  for await (const chunk of chunks) {
    const delta = chunk.choices[0]?.delta;
    if (delta?.content) {
      text += delta.content;
      each(delta.content);
    }
    for (const piece of delta?.tool_calls ?? []) {
      const call = calls[piece.index];
      if (call) call.function.arguments += piece.function.arguments;
      else calls[piece.index] = { id: piece.id, type: "function", function: piece.function };
    }
  }
  return { text, calls: calls.length > 0 ? calls : undefined };
}

/** Measures the task; `answer(messages, each)` gives one answer as {text, calls}. */
export async function measure(answer) {
  async function once() {
    const messages = [{ role: "user", content: "What is the answer?" }];
    let seen = 0;
    for (;;) {
      const { text, calls } = await answer(messages, () => seen++);
      if (!calls) {
        assert.equal(text, expected);
        if (task === "stream") assert.equal(seen, deltas);
        return;
      }
      messages.push({ role: "assistant", content: null, tool_calls: calls });
      for (const call of calls) {
        const { a, b } = JSON.parse(call.function.arguments);
        messages.push({ role: "tool", tool_call_id: call.id, content: JSON.stringify(a + b) });
      }
    }
  }
  if (task === "start") {
    await once();
    // since the process began, and all that it needed
    const wallUs = performance.now() * 1000;
    const { user, system } = process.cpuUsage();
    const rssKib = process.memoryUsage.rss() / 1024;
    console.log(JSON.stringify({ wall_us: wallUs, cpu_us: user + system, rss_kib: rssKib }));
    return;
  }
  for (let i = 0; i < Number(warm); i++) await once();
  const wall = process.hrtime.bigint();
  const cpu = process.cpuUsage();
  for (let i = 0; i < Number(count); i++) await once();
  const used = process.cpuUsage(cpu);
  const wallUs = Number(process.hrtime.bigint() - wall) / 1000;
  console.log(JSON.stringify({ count: Number(count), wall_us: wallUs, cpu_us: used.user + used.system }));
}
