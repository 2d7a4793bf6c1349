import { type Load, present, samplers, starter } from "../client.js";
import type { Context } from "../context.js";
import { compared, type Figure, type Target } from "../figure.js";
import { column, interleave, type Sampler, type Series } from "../rounds.js";
import type { Row } from "../row.js";

const DELTAS = 100;
const OURS = "node";

/** Who else does it in JavaScript, and the targets for the CPU of what is asked. */
const PEERS = [
  { client: "fetch", name: "fetch + JSON.parse", target: { least: 10 } },
  { client: "openai", name: "openai-node", target: undefined },
  { client: "ai-sdk", name: "AI SDK", target: { least: 20 } },
  { client: "langchain", name: "LangChain.js", target: undefined },
] as const;
type Peers = readonly (typeof PEERS)[number][];

/** Deltas are to cost less than in any of them. */
const EACH_DELTA: Target = { least: 10 };
/** One kind of work for all of them. */
interface Work {
  readonly what: string;
  readonly load: Omit<Load, "client">;
  /** What one repetition is divided by. */
  readonly parts?: number;
  readonly isJudged: boolean;
}

const WORKS: readonly Work[] = [
  ...[false, true].flatMap((plain): Work[] => {
    const form = plain ? "plain JSON" : "streamed";
    return [
      { what: `chat, ${form}`, load: { task: "chat", shape: "d8", plain }, isJudged: true },
      { what: `tool round trip, ${form}`, load: { task: "tool", shape: "d8s1", plain }, isJudged: true },
    ];
  }),
  {
    what: "delta, together",
    load: { task: "stream", shape: `d${DELTAS}` },
    parts: DELTAS,
    isJudged: true,
  },
  {
    what: "delta, 1 ms apart",
    load: { task: "stream", shape: `d${DELTAS}g1000`, most: 10 },
    parts: DELTAS,
    isJudged: false,
  },
];

const roundsOf = ({ effort }: Context): number => Math.min(effort.node.rounds, effort.rounds);

function figuresOf(work: Work, series: Series, peers: Peers): Figure[] {
  const samples = (client: string, metric: "cpu" | "wall") =>
    column(series, client, metric).map((each) => each / (work.parts ?? 1));
  const line = (metric: "cpu" | "wall", { client, name }: Peers[number], target: Target | undefined) =>
    compared(
      { row: "node", what: `${metric === "cpu" ? "CPU" : "wall"} a ${work.what}`, unit: "µs", target },
      samples(OURS, metric),
      { name, samples: samples(client, metric), how: "times less" },
    );
  return peers.flatMap((peer) => {
    const target = work.parts === undefined ? peer.target : EACH_DELTA;
    const cpu = line("cpu", peer, work.isJudged ? target : undefined);
    return peer.client === "fetch" ? [cpu, line("wall", peer, undefined)] : [cpu];
  });
}

async function working(context: Context, work: Work, peers: Peers): Promise<Figure[]> {
  const { least } = context.effort.node;
  const clients = [OURS, ...peers.map(({ client }) => client)];
  const loads = new Map<string, Load>(clients.map((client) => [client, { client, least, ...work.load }]));
  return figuresOf(work, await interleave(roundsOf(context), await samplers(context, loads)), peers);
}

/** A process that asks once, over one that asks nobody. */
async function starting(context: Context, peers: Peers): Promise<Figure[]> {
  const clients = [OURS, ...peers.map(({ client }) => client)];
  const variants = new Map<string, Sampler>(["nothing", ...clients].map((name) => [name, starter(context, name)]));
  const series = await interleave(roundsOf(context), variants);
  const over = (client: string, metric: string, unit: number): number[] => {
    const empty = column(series, "nothing", metric);
    return column(series, client, metric).map((value, round) => (value - (empty[round] ?? Number.NaN)) / unit);
  };
  return (
    [
      ["wall of import and first chat", "wall_us", "ms", 1000],
      ["CPU of import and first chat", "cpu_us", "ms", 1000],
      ["memory that both add", "rss_kib", "MiB", 1024],
    ] as const
  ).flatMap(([what, metric, unit, size]) =>
    peers.map(({ client, name }) =>
      compared({ row: "node", what, unit }, over(OURS, metric, size), {
        name,
        samples: over(client, metric, size),
        how: "times less",
      }),
    ),
  );
}

/** The npm package beside what else there is for Node. */
export const node: Row = {
  name: "node",
  about:
    "@rs/llmspell beside fetch, openai-node, the AI SDK and LangChain.js, all on one Node, each a process of its own",
  async measure(context) {
    const peers = present(context, PEERS);
    const figures: Figure[] = [];
    for (const work of WORKS) figures.push(...(await working(context, work, peers)));
    return [...figures, ...(await starting(context, peers))];
  },
};
