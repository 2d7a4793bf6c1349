// A chat page and what it asks for: node server.mjs (PORT, MODEL). `make chat` builds the page and starts it.
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { Agent } from "@rs/llmspell";
import { createHandler } from "@rs/llmspell/server";
import express from "express";
import { calculator } from "../calculator.mjs";

const { MODEL: model = "demo/demo-1", PORT: port = "3000" } = process.env;
const WEEK_MS = 7 * 24 * 60 * 60 * 1000;

// One agent. Each visitor is a session of it, which remembers in this process alone; a second question must wait for the first.
const agent = new Agent({ model, systemPrompt: "Answer briefly.", tools: [calculator], onBusy: "error" });

/** The visitor's session: a number that nobody guesses, in a cookie that no script reads. */
function visitor(request, response, next) {
  request.session = /(?:^|;\s*)visitor=([\da-f]{32})(?:;|$)/.exec(request.headers.cookie ?? "")?.[1];
  if (request.session === undefined) {
    request.session = randomBytes(16).toString("hex");
    response.cookie("visitor", request.session, { httpOnly: true, sameSite: "strict", maxAge: WEEK_MS });
  }
  next();
}

const app = express();
app.disable("x-powered-by");
app.use((_, response, next) => {
  response.set("Content-Security-Policy", "default-src 'self'; img-src data:; frame-ancestors 'none'; base-uri 'none'");
  response.set("X-Content-Type-Options", "nosniff");
  next();
});
app.use(express.static(fileURLToPath(new URL("dist", import.meta.url))));
app.use("/api", visitor);
app.post(
  "/api/chat",
  createHandler(agent, {
    session: (_, request) => request.session,
    onError: (error) => console.error(String(error)),
  }).express,
);
app.get("/api/chat", ({ session }, response) => {
  const { messages } = agent.getState({ session });
  response.set("Cache-Control", "no-store").json({ model, messages });
});
app.delete("/api/chat", ({ session }, response) => {
  try {
    agent.reset({ session });
    response.status(204).end();
  } catch (error) {
    response.status(409).json({ error });
  }
});

const server = app.listen(Number(port), "127.0.0.1", (error) => {
  if (error) throw error;
  console.log(`The chat page: http://127.0.0.1:${server.address().port}/   (Ctrl-C ends it)`);
});
