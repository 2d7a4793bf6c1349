import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Numbers from 0 to 1 that are the same in every run (a linear congruential generator, modulus 2^32). */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

type Random = () => number;

const WORDS = "agent model stream token queue reply event tool answer prompt schema budget worker cursor vector".split(
  " ",
);

function word(random: Random): string {
  return WORDS[Math.floor(random() * WORDS.length)] as string;
}

function sentence(random: Random, words: number): string {
  return Array.from({ length: words }, () => word(random)).join(" ");
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

/** What a service sends: a list of flat objects. */
function records(random: Random): unknown {
  return times(400, (id) => ({
    id,
    name: sentence(random, 2),
    email: `${word(random)}.${word(random)}@example.com`,
    active: random() < 0.5,
    score: Math.round(random() * 10000) / 100,
    tags: times(3, () => word(random)),
    note: random() < 0.2 ? null : sentence(random, 6),
  }));
}

/** Small objects within objects, many levels. */
function nested(random: Random): unknown {
  const tree = (depth: number): unknown =>
    depth === 0
      ? Math.floor(random() * 100)
      : { [word(random)]: tree(depth - 1), items: [tree(depth - 1), true, []], depth };
  return times(4, () => tree(9));
}

/** Texts in which much must be escaped or is not ASCII. */
function escapes(random: Random): unknown {
  return times(300, () =>
    times(12, () => {
      const chance = random();
      if (chance < 0.15) return '"quoted"';
      if (chance < 0.3) return "tab\tand\nline";
      if (chance < 0.45) return "C:\\path\\to";
      if (chance < 0.6) return "größe – 東京 😀";
      return word(random);
    }).join(" "),
  );
}

/** An embedding: many numbers. */
function numbers(random: Random): unknown {
  return {
    embedding: times(4096, () => random() * 2 - 1),
    counts: times(4096, () => Math.floor(random() * 1e6)),
  };
}

/** An answer of a Chat Completions API with a text of some length. */
function chatAnswer(random: Random): unknown {
  return {
    id: "chatcmpl-bench0123456789abcdefghij",
    object: "chat.completion",
    created: 1760000000,
    model: "gpt-4o-2024-08-06",
    choices: [
      {
        index: 0,
        message: {
          role: "assistant",
          content: times(6, () => `${sentence(random, 40)}.`).join("\n\n"),
          tool_calls: [
            {
              id: "call_1",
              type: "function",
              function: { name: "search", arguments: '{"query": "weather", "limit": 5}' },
            },
          ],
          refusal: null,
        },
        logprobs: null,
        finish_reason: "tool_calls",
      },
    ],
    usage: {
      prompt_tokens: 812,
      completion_tokens: 264,
      total_tokens: 1076,
      prompt_tokens_details: { cached_tokens: 0 },
    },
    service_tier: "default",
  };
}

const KINDS = { records, nested, escapes, numbers, "chat answer": chatAnswer } as const;

/** The JSON texts that both libraries read: name and file. */
export function writeData(work: string): readonly { readonly name: string; readonly file: string }[] {
  const folder = join(work, "data");
  mkdirSync(folder, { recursive: true });
  return Object.entries(KINDS).map(([name, make], index) => {
    const file = join(folder, `${name.replace(" ", "-")}.json`);
    writeFileSync(file, JSON.stringify(make(generator(index + 1))));
    return { name, file };
  });
}
