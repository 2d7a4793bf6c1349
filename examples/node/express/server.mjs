// POST /chat {"message": "…"} answers {"response": "…", "session": "…"}. A client that sends its session again goes on with its
// conversation; one that sends none begins a new one.
import { randomUUID } from "node:crypto";
import { Agent } from "@rs/llmspell";
import express from "express";

// One agent for everybody: a session is a conversation of its own, and those of two never wait for each other.
const agent = new Agent({
  model: process.env.MODEL ?? "demo/demo-1",
  systemPrompt: "You are a helpful assistant",
});

/** What `randomUUID` makes. */
const SESSION = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

const app = express();
app.use(express.json());

app.post("/chat", async (req, res) => {
  const left = new AbortController();
  res.on("close", () => left.abort());
  const { message, session = randomUUID() } = req.body ?? {};
  // A name that is no secret is nobody's session.
  if (typeof message !== "string" || message === "" || !SESSION.test(session)) {
    res.status(400).json({ error: 'Send {"message": "…"}, and of an earlier answer its "session".' });
    return;
  }
  try {
    const response = await agent.chat(message, { session, signal: left.signal });
    res.json({ response, session });
  } catch (error) {
    if (res.destroyed) return;
    // What a provider says may name keys and accounts: that is for the log.
    console.error(error);
    res.status(502).json({ error: "The model could not be asked." });
  }
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`http://127.0.0.1:${server.address().port}/chat`);
});
