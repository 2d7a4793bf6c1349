// The chat page. Words of models and tools become text nodes, never HTML.

const byId = (id) => document.getElementById(id);
const log = byId("log");
const scroller = document.querySelector("main");
const field = byId("message");
let running = null; // the AbortController of the answer that is under way

const element = (tag, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

// Adds to the log, and stays at its end if the reader is there.
function keepingEnd(change) {
  const atEnd = scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
  change();
  if (atEnd) scroller.scrollTop = scroller.scrollHeight;
}

// Shows text with the marks that models use most: ``` blocks, `code` and **bold**.
function showWords(target, text) {
  const inline = (line) =>
    line.split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/).map((piece, at) => {
      if (at % 2 === 0) return piece;
      return piece[0] === "`"
        ? element("code", { textContent: piece.slice(1, -1) })
        : element("strong", { textContent: piece.slice(2, -2) });
    });
  const pieces = text.split(/```[^\n`]*\n?/).flatMap((block, at) => {
    if (at % 2 === 0) return inline(at > 0 ? block.replace(/^\n/, "") : block);
    return [element("pre", { tabIndex: 0 }, element("code", { textContent: block.replace(/\n$/, "") }))];
  });
  target.replaceChildren(...pieces);
}

const asText = (value) => (typeof value === "string" ? value : JSON.stringify(value));

// One answer in the log, and what can happen to it.
class Answer {
  constructor() {
    this.article = element("article", { className: "theirs" });
    this.calls = new Map();
    this.begin();
    log.append(this.article);
  }
  begin() {
    this.text = "";
    this.words = element("div", { className: "words" });
    this.article.append(this.words);
  }
  // Words come faster than the screen shows them: they are drawn once for each of its pictures.
  add(text) {
    this.text += text;
    this.frame ??= requestAnimationFrame(() => keepingEnd(() => this.draw()));
  }
  draw() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = undefined;
    showWords(this.words, this.text);
  }
  discard() {
    this.text = "";
    this.draw();
  }
  call(id, name, given) {
    this.draw();
    const body = element("pre", { textContent: asText(given) });
    const said = element("span", { textContent: " is called …" });
    const card = element("details", { className: "tool", open: true }, element("summary", {}, element("b", { textContent: name }), said), body);
    this.calls.set(id, { card, said, body });
    this.article.append(card);
    this.begin();
  }
  result({ tool_call_id, content, is_error: failed }) {
    const made = this.calls.get(tool_call_id);
    if (!made) return;
    made.said.textContent = failed ? " failed" : " answered";
    made.card.classList.toggle("failed", failed);
    made.body.textContent += `\n→ ${content}`;
  }
  note(text) {
    this.article.append(element("p", { className: "note", textContent: text }));
  }
  busy(yes) {
    this.draw();
    this.article.setAttribute("aria-busy", String(yes));
    log.setAttribute("aria-busy", String(yes));
  }
}

const showMine = (text) => log.append(element("article", { className: "mine", textContent: text }));

function complain(message) {
  byId("problem").textContent = message;
  byId("banner").hidden = !message;
}

// The events of a response, one by one (SSE: each is a line `data: {json}`).
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line.startsWith("data: ")) yield JSON.parse(line.slice(6));
  }
}

// The answer to a request, if it is a good one.
async function request(path, options) {
  const response = await fetch(path, options);
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new Error(answer.error ?? `The server answered ${response.status}.`);
}

function setRunning(controller) {
  running = controller;
  byId("send").hidden = Boolean(controller);
  byId("stop").hidden = !controller;
  byId("new").disabled = Boolean(controller);
}

async function ask(message) {
  const controller = new AbortController();
  setRunning(controller);
  complain("");
  byId("status").textContent = "The model is answering.";
  showMine(message);
  const answer = new Answer();
  answer.busy(true);
  scroller.scrollTop = scroller.scrollHeight;
  let ended = false;
  try {
    const response = await request("api/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ message }),
      signal: controller.signal,
    });
    for await (const event of events(response)) {
      keepingEnd(() => {
        if (event.type === "text_delta") answer.add(event.text);
        if (event.type === "tool_call") answer.call(event.tool_call_id, event.name, event.arguments);
        if (event.type === "tool_result") answer.result(event);
        if (event.type === "retry" && event.discard) answer.discard();
      });
      if (event.type === "error") throw new Error(event.message);
      if (event.type === "done") ended = true;
    }
    if (!ended) throw new Error("The answer broke off. Try again.");
    byId("status").textContent = "The answer is complete.";
  } catch (error) {
    const stopped = controller.signal.aborted;
    keepingEnd(() => {
      answer.note(`${stopped ? "Stopped." : "No answer."} This message is not part of the conversation.`);
      if (!field.value) field.value = message;
    });
    if (!stopped) complain(error instanceof TypeError ? "The server cannot be reached. Try again." : error.message);
    byId("status").textContent = stopped ? "Stopped." : "";
  } finally {
    keepingEnd(() => answer.busy(false));
    setRunning(null);
    field.focus();
  }
}

async function restore() {
  const response = await request("api/history");
  const { messages, model } = await response.json();
  byId("model").textContent = model;
  let answer = null;
  for (const { role, content, tool_calls: calls } of messages) {
    const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
    if (role === "user") {
      showMine(text);
      answer = null;
      continue;
    }
    answer ??= new Answer();
    answer.add(text);
    answer.draw();
    for (const call of calls ?? []) answer.call(call.id, call.name, call.arguments);
    for (const part of content) if (part.type === "tool_result") answer.result(part);
  }
  scroller.scrollTop = scroller.scrollHeight;
}

byId("form").addEventListener("submit", (event) => {
  event.preventDefault();
  const message = field.value.trim();
  if (!message || running) return;
  field.value = "";
  ask(message);
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    byId("form").requestSubmit();
  }
});
document.addEventListener("keydown", (event) => event.key === "Escape" && running?.abort());
byId("stop").addEventListener("click", () => running?.abort());
byId("dismiss").addEventListener("click", () => complain(""));
byId("new").addEventListener("click", async () => {
  try {
    await request("api/history", { method: "DELETE" });
    log.replaceChildren();
    complain("");
    field.focus();
  } catch (error) {
    complain(error.message);
  }
});

restore().catch((error) => complain(`The conversation could not be read: ${error.message}`));
