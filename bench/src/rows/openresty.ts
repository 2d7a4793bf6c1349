import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { pinned } from "../command.js";
import { type Context, program } from "../context.js";
import { absolute, compared, type Figure } from "../figure.js";
import { type Nginx, startNginx } from "../nginx.js";
import { column, interleave, type Sampler, type Series } from "../rounds.js";
import type { Row } from "../row.js";

const LATENCY_MS = 100;
const DELTAS = 100;
const MOST_ROUNDS = 5;
const WHO = ["llmspell", "hand", "pass"] as const;
const BY_HAND = "cosocket + cjson by hand";

interface Task {
  readonly path: string;
  readonly connections: number;
  readonly ms: number;
  readonly word: string;
}

/** Loads nginx for a while: CPU for each answer, answers a second, pings, memory above that of a worker at rest. */
function load(context: Context, nginx: Nginx, task: Task, rest: number): Promise<Record<string, number>> {
  const argv = [
    program(context.work, "load"),
    nginx.port,
    task.path,
    task.connections,
    task.ms,
    task.word,
    "/ping",
  ].map(String);
  const core = context.clientCore === undefined ? undefined : 1;
  const [command = "", ...others] = pinned({ argv, core });
  const child = spawn(command, others, { stdio: ["ignore", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    let [cpu, memory, last] = [0, 0, ""];
    createInterface({ input: child.stdout }).on("line", (line) => {
      if (line === "begin") cpu = -nginx.cpu();
      else if (line === "end") {
        cpu += nginx.cpu();
        memory = nginx.memory();
      } else last = line;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code !== 0) return reject(new Error(`load ${task.path} ended with status ${code}`));
      const { answers, wall_us, ping_us, ping_99_us } = JSON.parse(last) as Record<string, number>;
      if (!answers || !wall_us) return reject(new Error(`load ${task.path} got no answer`));
      resolve({
        cpu: cpu / answers,
        rate: (answers * 1_000_000) / wall_us,
        ping: (ping_us ?? Number.NaN) / 1000,
        ping99: (ping_99_us ?? Number.NaN) / 1000,
        run_kib: Math.max(0, memory - rest) / task.connections,
      });
    });
  });
}

async function measureTasks(context: Context, tasks: ReadonlyMap<string, (who: string) => Task>): Promise<Series> {
  const variants = new Map<string, Sampler>();
  for (const [name, taskOf] of tasks) {
    for (const who of WHO) {
      variants.set(`${name} ${who}`, async () => {
        // a worker of its own, so that memory is that of this task
        const nginx = await startNginx(context);
        try {
          return await load(context, nginx, taskOf(who), nginx.memory());
        } finally {
          await nginx.stop();
        }
      });
    }
  }
  return interleave(Math.min(MOST_ROUNDS, context.effort.rounds), variants);
}

function requests(series: Series, connections: number): Figure[] {
  const of = (who: string, name: string) => column(series, `${connections} ${who}`, name);
  const limit = (connections * 1000) / LATENCY_MS;
  const about = (what: string, unit: string) => ({ row: "openresty", what: `${what}, ${connections} in flight`, unit });
  const share = (who: string) => of(who, "rate").map((rate) => (100 * rate) / limit);
  return [
    absolute({ ...about(`of the limit of ${limit} requests/s`, "%"), target: { least: 95 } }, share("llmspell")),
    compared(about("requests/s", "1/s"), of("llmspell", "rate"), {
      name: BY_HAND,
      samples: of("hand", "rate"),
      how: "times",
    }),
    compared({ ...about("CPU a request", "µs"), target: { most: 1 } }, of("llmspell", "cpu"), {
      name: BY_HAND,
      samples: of("hand", "cpu"),
      how: "times",
    }),
    compared(about("CPU a request", "µs"), of("llmspell", "cpu"), {
      name: "proxy_pass",
      samples: of("pass", "cpu"),
      how: "times",
    }),
    compared(about("99th percentile of a ping meanwhile", "ms"), of("llmspell", "ping99"), {
      name: BY_HAND,
      samples: of("hand", "ping99"),
      how: "times",
    }),
    compared(about("memory a run in flight", "KiB"), of("llmspell", "run_kib"), {
      name: BY_HAND,
      samples: of("hand", "run_kib"),
      how: "times",
    }),
  ];
}

/** One worker of nginx, beside a proxy written by hand and proxy_pass. */
export const openresty: Row = {
  name: "openresty",
  about: `one nginx worker in front of a model that answers after ${LATENCY_MS} ms: requests in flight, deltas relayed`,
  async measure(context) {
    const smoke = context.effort.name === "smoke";
    const ms = smoke ? 300 : context.effort.name === "quick" ? 1500 : 4000;
    const inFlight = smoke ? [5] : [200, 1000];
    const tasks = new Map<string, (who: string) => Task>();
    for (const connections of inFlight) {
      tasks.set(String(connections), (who) => ({
        path: `/${who}/chat/d1w${LATENCY_MS}`,
        connections,
        ms,
        word: "w0000",
      }));
    }
    const flows = { together: `d${DELTAS}`, "1 ms apart": `d${DELTAS}g1000` };
    for (const [flow, shape] of Object.entries(flows)) {
      tasks.set(flow, (who) => ({
        path: `/${who}/stream/${shape}`,
        connections: smoke ? 2 : 20,
        ms,
        word: `w00${DELTAS - 1}`,
      }));
    }
    const series = await measureTasks(context, tasks);
    const figures = inFlight.flatMap((connections) => requests(series, connections));
    for (const flow of Object.keys(flows)) {
      const each = (who: string) => column(series, `${flow} ${who}`, "cpu").map((cpu) => cpu / DELTAS);
      const about = { row: "openresty", what: `CPU a delta relayed, ${flow}`, unit: "µs" };
      const target = flow === "together" ? { least: 3 } : undefined;
      figures.push(
        compared({ ...about, target }, each("llmspell"), { name: BY_HAND, samples: each("hand"), how: "times less" }),
      );
      figures.push(compared(about, each("llmspell"), { name: "proxy_pass", samples: each("pass"), how: "times" }));
    }
    return figures;
  },
};
