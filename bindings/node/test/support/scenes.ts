/** Runs that stop at every place where a program may lose interest: an agent's options, and what the mock server plays. */
import { Agent, type AgentConfig } from "@rs/llmspell";
import type { MockServer, Prefixed, Scenario } from "../../../../ts-tools/src/mock/index.js";

type Exchange = Scenario["exchanges"][number];

/** What a scene's handlers were told, in order. */
export interface Call {
  readonly what: string;
  readonly signal: AbortSignal;
}

export interface Scene {
  readonly name: string;
  readonly exchanges: readonly Exchange[];
  /** Options of the agent; `note` writes down that a handler was called. */
  options(note: (what: string, context: { signal: AbortSignal }) => void, url: string): AgentConfig;
}

/** The answer that each scene ends with: its first word comes, and the rest when the gate is opened. */
const LAST: Exchange = { respond: { chat: { text: "one two three" }, actions: [{ hold: "gate", at: { event: 2 } }] } };

/** Answers a later message, whatever of the scene was played. */
const AGAIN: Exchange = {
  expect: { body: { messages: { $last: { role: "user", content: "Again" } } } },
  respond: { chat: { text: "Free" } },
};

const asks = (...names: string[]): Exchange => ({
  respond: {
    chat: {
      text: "Let me see.",
      tool_calls: names.map((name, at) => ({ id: `c${at + 1}`, name, arguments: { input: "Look" } })),
    },
  },
});

export const scenes: readonly Scene[] = [
  { name: "an answer", exchanges: [LAST], options: () => ({}) },
  {
    name: "tools side by side",
    exchanges: [asks("look", "hear", "look"), LAST],
    options: (note) => ({
      tools: [
        {
          name: "look",
          execute: (_, context) => {
            note("look", context);
            return "seen";
          },
        },
        {
          name: "hear",
          execute: async (_, context) => {
            note("hear", context);
            await Promise.resolve();
            return "heard";
          },
        },
      ],
    }),
  },
  {
    name: "approvals, hooks and guardrails",
    exchanges: [asks("look"), LAST],
    options: (note) => ({
      tools: [{ name: "look", needsApproval: true, execute: () => "seen" }],
      onApproval: async (_, context) => {
        note("approval", context);
        return true;
      },
      hooks: {
        beforeModel: async (_, context) => note("beforeModel", context),
        afterModel: (_, context) => note("afterModel", context),
        beforeTool: (_, context) => note("beforeTool", context),
        afterTool: async (_, context) => note("afterTool", context),
      },
      inputGuardrails: [(_, context) => note("input", context)],
    }),
  },
  {
    name: "an agent as a tool, whose events are forwarded",
    exchanges: [asks("clerk"), asks("look"), { respond: { chat: { text: "The clerk says yes" } } }, LAST],
    options: (note, url) => {
      const look = {
        name: "look",
        execute: (_: unknown, context: { signal: AbortSignal }) => {
          note("look", context);
          return "seen";
        },
      };
      const clerk = new Agent({ ...connection(url), name: "clerk", tools: [look] });
      return { tools: [clerk.asTool({ description: "Knows the files", forwardEvents: true })] };
    },
  },
];

/** A scene that is played, with an agent that was not asked yet. */
export class Stage {
  readonly calls: Call[] = [];
  readonly agent: Agent;
  readonly scenario: Prefixed;

  constructor(server: MockServer, scene: Scene) {
    this.scenario = server.add({ match: "any", exchanges: [AGAIN, ...scene.exchanges] });
    const note = (what: string, { signal }: { signal: AbortSignal }) => void this.calls.push({ what, signal });
    this.agent = new Agent({ ...connection(this.scenario.url), ...scene.options(note, this.scenario.url) });
  }

  close(): void {
    this.agent.close();
    this.scenario.remove();
  }
}

export function connection(url: string): AgentConfig {
  return { provider: "openai", baseUrl: `${url}/v1`, apiKey: "sk-test-0123456789" };
}

interface SentMessage {
  readonly role: string;
  readonly tool_calls?: readonly { readonly id: string }[];
  readonly tool_call_id?: string;
}

/** Calls in a conversation, as a request had it, that have no result. */
export function openCalls(messages: readonly SentMessage[]): string[] {
  const answered = new Set(messages.map(({ tool_call_id: id }) => id));
  return messages.flatMap(({ tool_calls: calls = [] }) => calls.map(({ id }) => id)).filter((id) => !answered.has(id));
}
