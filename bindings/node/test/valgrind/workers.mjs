import { Worker } from "node:worker_threads";

const rounds = Number(process.env.LLMSPELL_ROUNDS ?? 1);
const begin = `
  const { parentPort } = require("node:worker_threads");
  const { Agent } = require("@rs/llmspell");
  const agent = new Agent({ provider: "demo" });`;
const ends = `${begin} agent.chat("Hello").then((text) => parentPort.postMessage(text));`;
const goesOn = `${begin}
  agent.fork().stream(Array(3000).fill("word").join(" ")).next();
  (async () => { for (;;) { await agent.chat("Hello"); parentPort.postMessage("up"); } })();`;

for (let round = 0; round < rounds; round++) {
  for (const [code, stop] of [
    [ends, false],
    [goesOn, true],
  ]) {
    const worker = new Worker(code, { eval: true });
    const end = new Promise((resolve) => worker.once("exit", resolve));
    await new Promise((resolve) => worker.once("message", resolve));
    if (stop) await worker.terminate();
    await end;
  }
}
