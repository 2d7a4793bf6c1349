// The declarations that the project began with, as they stand (seed/index.d.ts), against the package: who programs by
// them gets what they promise. Workflows are not there yet.
import * as ours from "@rs/llmspell";
import type * as seed from "./seed/index.js";

// The whole module at once: classes with their constructors and methods, and functions.
export const library: Omit<typeof seed, "Workflow"> = ours;

// What it makes is what the seed says.
declare const agent: ours.Agent;
export const asAgent: seed.Agent = agent;
declare const tool: ours.Tool;
export const asTool: seed.Tool = tool;
declare const result: ours.AgentExecutionResult;
export const asResult: seed.AgentExecutionResult = result;

// What it takes is what the seed says.
declare const config: seed.AgentConfig;
export const fromConfig: ours.AgentConfig = config;
export const made: ours.Agent = new ours.Agent(config);
declare const theirTool: seed.Tool;
export const fromTool: ours.ToolConfig = theirTool;
agent.addTool(theirTool);
const create: typeof seed.createTool = ours.createTool;
agent.addTool(create({ name: "a", description: "b", schema: {}, execute: () => 1 }));

// Each option of the seed's, written where it is used.
new ours.Agent({
  systemPrompt: "You are a math tutor",
  provider: "openai",
  model: "gpt-4",
  tools: [theirTool],
  maxTokens: 100,
  temperature: 0.5,
});
