// A host that does nothing but write down what its plan says: fake-host.mjs PLAN.json
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const { env } = process;
const plan = JSON.parse(readFileSync(process.argv[2], "utf8"));
const skipped = (env.LLMSPELL_CONFORMANCE_SKIP ?? "").split(",");
const froms = (env.LLMSPELL_CONFORMANCE_FROM ?? "").split(",").filter(Boolean);
const lines = [];
for (const [id, { said = "ok", record = {}, problems = [], carries, spoils, carried, log = true }] of Object.entries(
  plan,
)) {
  lines.push(`${said} ${lines.length + 1} - ${id}`);
  if (skipped.includes(id)) continue;
  const file = id.replaceAll("/", "-");
  const host = env.LLMSPELL_CONFORMANCE_HOST;
  if (carries)
    writeFileSync(join(env.LLMSPELL_CONFORMANCE_CARRY, `${file}@${host}`), spoils && froms.length > 0 ? "" : host);
  for (const from of carried ? froms : [undefined]) {
    const bytes = carried && readFileSync(join(env.LLMSPELL_CONFORMANCE_CARRY, `${carried}@${from}`), "utf8");
    const steps = carried ? { s: { ok: bytes === from ? "done" : "odd" } } : record.steps;
    const text = JSON.stringify({ id, host, from, problems, record: { ...record, steps } });
    if (log) writeFileSync(join(env.LLMSPELL_CONFORMANCE_LOGS, `${file}${from ? `@${from}` : ""}.json`), text);
  }
}
console.log(`1..${lines.length}\n${lines.join("\n")}`);
