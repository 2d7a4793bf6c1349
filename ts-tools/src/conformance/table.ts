import { areas } from "./areas.js";
import type { Cell, Verdict } from "./judge.js";
import type { Results } from "./run.js";
import type { NamedCase } from "./types.js";

const marks: Readonly<Record<Verdict, string>> = {
  passed: "ok",
  failed: "FAIL",
  expected: "xfail",
  "not applicable": "–",
};

/** What a run came to, for people: the table of cases × hosts, that of bytes carried from × to, and why. */
export function table(cases: readonly NamedCase[], { cells, hosts, leftOut }: Results): string[] {
  const names = hosts.map(({ name }) => name);
  const cellsOf = group(cells, ({ id, host }) => `${id} ${host}`);
  const rows = cases
    .filter(({ id }) => names.some((host) => cellsOf.has(`${id} ${host}`)))
    .map(({ id }) => [id, ...names.map((host) => mark(cellsOf.get(`${id} ${host}`) ?? []))]);
  return [
    ...grid(["case", ...names], rows),
    "",
    ...summary(cases, cells, names),
    "",
    ...matrix(cells, names),
    ...leftOut.map(({ host, reason }) => `left out: ${host.name}: ${reason}`),
    ...reasons("not applicable", cells),
    ...reasons("expected", cells),
  ];
}

/** One mark for all that a case came to in a host: bytes of several hosts count as one. */
function mark(cells: readonly Cell[]): string {
  const worst = (["failed", "expected", "not applicable", "passed"] as const).find((verdict) =>
    cells.some((cell) => cell.verdict === verdict),
  );
  return worst ? marks[worst] : "";
}

/** By area how many cells passed in each host, and how many did not (!) or are not for it (–). */
function summary(cases: readonly NamedCase[], cells: readonly Cell[], hosts: readonly string[]): string[] {
  const count = (ids: ReadonlySet<string>, host: string) => {
    const here = cells.filter((cell) => cell.host === host && ids.has(cell.id));
    const of = (verdict: Verdict) => here.filter((cell) => cell.verdict === verdict).length;
    const others = [
      ["!", of("failed")],
      ["x", of("expected")],
      ["–", of("not applicable")],
    ] as const;
    return [of("passed"), ...others.flatMap(([sign, n]) => (n === 0 ? [] : [`${sign}${n}`]))].join(" ");
  };
  const rows = [...areas(cases), ["all", cases] as const].map(([area, members]) => {
    const ids = new Set(members.map(({ id }) => id));
    return [area, ...hosts.map((host) => count(ids, host))];
  });
  return grid(
    ["area", ...hosts],
    rows.filter(([, ...counts]) => counts.some((one) => one !== "0")),
  );
}

/** For cases that go on from another host's bytes: how many of them held, from (down) × to (across). */
function matrix(cells: readonly Cell[], hosts: readonly string[]): string[] {
  const carried = cells.filter(({ from }) => from !== undefined);
  if (carried.length === 0) return [];
  const count = (from: string, to: string) => {
    const here = carried.filter((cell) => cell.from === from && cell.host === to);
    const good = here.filter(({ verdict }) => verdict === "passed").length;
    return here.length === 0 ? "–" : `${good}/${here.length}`;
  };
  const rows = hosts.map((from) => [from, ...hosts.map((to) => count(from, to))]);
  return [...grid(["checkpoint from \\ to", ...hosts], rows), ""];
}

function reasons(verdict: Verdict, cells: readonly Cell[]): string[] {
  const chosen = cells.filter((cell) => cell.verdict === verdict);
  return [...group(chosen, ({ host, why }) => `${host}: ${why}`)].map(
    ([reason, members]) => `${verdict}: ${reason} (${members.map(({ id }) => id).join(", ")})`,
  );
}

/** Columns of equal width. */
function grid(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? "").length)));
  const line = (row: readonly string[]) =>
    row
      .map((text, at) => text.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd();
  return [line(head), ...rows.map(line)];
}

function group<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(key(item), [...(groups.get(key(item)) ?? []), item]);
  return groups;
}
