import type { GeneratedFile } from "../generate/generator.js";
import { areas } from "./areas.js";
import type { Host } from "./hosts.js";
import { obstacle } from "./judge.js";
import type { NamedCase } from "./types.js";

/** The page that tells which case runs in which host, and why one does not. */
export function conformancePage(cases: readonly NamedCase[], hosts: readonly Host[]): GeneratedFile {
  const names = hosts.map(({ name }) => name);
  const text = `<!-- Written by \`make gen\` from spec/cases and spec/conformance/hosts.yaml; edit those. -->

# What holds in every host

How llmspell behaves is written down once, as ${cases.length} cases in \`spec/cases\` (format: [spec/README.md](../spec/README.md)), and each runs in all of these hosts. A case passes when it
expects what came, and when the events, results, errors, calls of handlers and requests to the provider are the same in every host, byte for byte in their canonical form. Checkpoints that one
host writes are carried on in every other. \`make conformance\` runs all of it and prints the table of cases and hosts.

| host | |
|---|---|
${hosts.map(({ name, about }) => `| \`${name}\` | ${about} |`).join("\n")}

## Cases by area

How many cases of an area run in a host; "–1" are cases that do not, for the reasons below.

| area | ${names.join(" | ")} |
|---|${names.map(() => "--:|").join("")}
${[...areas(cases)].map(([area, members]) => row(area, members, hosts)).join("\n")}
${row("all", cases, hosts)}

## Cases that do not run in a host

${gaps(cases, hosts).join("\n")}

## Cases that may come out in more than one way

Hosts are compared that do the same.

${cases.flatMap(variants).join("\n")}
`;
  return { path: "docs/conformance.gen.md", text };
}

function row(title: string, cases: readonly NamedCase[], hosts: readonly Host[]): string {
  const cells = hosts.map((host) => {
    const barred = cases.filter((one) => obstacle(one, host) !== undefined).length;
    return barred === 0 ? `${cases.length}` : `${cases.length - barred} –${barred}`;
  });
  return `| ${title} | ${cells.join(" | ")} |`;
}

/** One line for each reason, with its hosts and cases. */
function gaps(cases: readonly NamedCase[], hosts: readonly Host[]): string[] {
  const found = new Map<string, { hosts: Set<string>; ids: Set<string> }>();
  for (const host of hosts) {
    for (const one of cases) {
      const reason = obstacle(one, host);
      if (reason === undefined) continue;
      const entry = found.get(reason) ?? { hosts: new Set(), ids: new Set() };
      entry.hosts.add(host.name);
      entry.ids.add(one.id);
      found.set(reason, entry);
    }
  }
  return [...found].map(([reason, entry]) => `- ${list(entry.ids)} in ${list(entry.hosts)}: ${reason}.`);
}

function variants({ id, case: one }: NamedCase): string[] {
  const known = one.expected_failure;
  return [
    ...(one.also_allowed ?? []).map(({ reason }) => `- \`${id}\`: ${reason}`),
    ...(known === undefined ? [] : [`- \`${id}\` fails in ${list(known.hosts)}: ${known.reason}`]),
  ];
}

function list(names: Iterable<string>): string {
  return [...names].map((name) => `\`${name}\``).join(", ");
}
