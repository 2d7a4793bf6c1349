import { isAllowed } from "./licences.js";

/** A package as `cargo metadata` lists it. */
export interface CargoPackage {
  readonly name: string;
  readonly version: string;
  readonly license: string | null;
  /** Null for the workspace's own. */
  readonly source: string | null;
}

/** The part of deny.toml that is checked here. */
export interface Policy {
  readonly allowed: ReadonlySet<string>;
  /** Licences that one crate may have beside the allowed ones. */
  readonly exceptions: ReadonlyMap<string, readonly string[]>;
  readonly banned: ReadonlySet<string>;
}

/** Reads the licences and bans out of deny.toml, which is written so that these few patterns find them. */
export function readPolicy(toml: string): Policy {
  const text = toml.replaceAll(/^\s*#.*$/gm, "");
  const allowed = strings(/^allow = \[([^\]]*)\]/m.exec(text)?.[1]);
  const exceptions = [...text.matchAll(/\{ crate = "([^"]+)", allow = \[([^\]]*)\] \}/g)];
  const banned = strings(/^deny = \[([^\]]*)\]/m.exec(text)?.[1]);
  if (allowed.length === 0 || banned.length === 0)
    throw new Error("deny.toml: no `allow = [...]` or no `deny = [...]` found");
  return {
    allowed: new Set(allowed),
    exceptions: new Map(exceptions.map((match) => [String(match[1]), strings(match[2])])),
    banned: new Set(banned),
  };
}

/** Everything in the tree that the policy does not let in, one line each. */
export function objections(packages: readonly CargoPackage[], policy: Policy): string[] {
  // The one registry that packages come from; a second one, a repository or a folder is an objection.
  const registry = packages.find((found) => found.source?.startsWith("registry+"))?.source;
  return packages.flatMap((found) => {
    const name = `${found.name} ${found.version}`;
    const lines: string[] = [];
    if (policy.banned.has(found.name)) lines.push(`${name}: banned in deny.toml`);
    if (found.source !== null && found.source !== registry)
      lines.push(`${name}: from ${found.source}, not from the registry`);
    const allowed = new Set([...policy.allowed, ...(policy.exceptions.get(found.name) ?? [])]);
    if (found.license === null) lines.push(`${name}: has no licence expression`);
    else if (!isAllowed(found.license, allowed))
      lines.push(`${name}: licence ${found.license} is not allowed in deny.toml`);
    return lines;
  });
}

function strings(list: string | undefined): string[] {
  return [...(list ?? "").matchAll(/"([^"]+)"/g)].map((match) => String(match[1]));
}
