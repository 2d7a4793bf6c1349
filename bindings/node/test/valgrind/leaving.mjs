import { Agent } from "@rs/llmspell";
import { scripted } from "@rs/llmspell/testing";

const long = Array(3000).fill("word").join(" ");
const never = () => new Promise(() => {});
const agent = new Agent({ provider: "demo" });
globalThis.kept = agent.fork().stream(long);
await globalThis.kept.next();
agent.fork().chat(long);
new Agent({ model: scripted([{ toolCalls: [{ name: "hang" }] }]), tools: [{ name: "hang", execute: never }] }).chat(
  "go",
);
setTimeout(() => process.exit(), 300);
