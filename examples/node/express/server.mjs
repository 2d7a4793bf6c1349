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

const app = express();
app.use(express.json());

app.post("/chat", async (req, res) => {
  const left = new AbortController();
  res.on("close", () => left.abort());
  try {
    const { message, session = randomUUID() } = req.body ?? {};
    const response = await agent.chat(message, { session, signal: left.signal });
    res.json({ response, session });
  } catch (error) {
    if (res.destroyed) return;
    // What is wrong with a request is the client's to read. What a provider says may name keys and accounts: that is for the log.
    const isMisuse = error instanceof TypeError;
    if (!isMisuse) console.error(error);
    res.status(isMisuse ? 400 : 502).json({ error: isMisuse ? error.message : "The model could not be asked." });
  }
});

const server = app.listen(Number(process.env.PORT ?? 3000), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`http://127.0.0.1:${server.address().port}/chat`);
});
