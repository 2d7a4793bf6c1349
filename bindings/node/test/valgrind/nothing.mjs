import { Agent } from "@rs/llmspell";

const answer = await new Agent({ provider: "demo" }).chat("say hello");
if (answer !== "hello") throw new Error(answer);
