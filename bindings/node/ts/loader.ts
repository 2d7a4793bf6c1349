import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { libc } from "./libc.js";
import { type Platform, packageName, packageVersion, platforms, requirePlatform } from "./platforms.gen.js";

/** What every build of the addon exports, whatever else it has. */
interface Addon {
  version(): string;
}

/** Why one place did not have the addon. */
interface Attempt {
  readonly place: string;
  readonly problem: string;
}

/**
 * The addon: the file that `LLMSPELL_NODE_ADDON` names, else the one that `make node` linked into the package, else that
 * of the platform's package.
 *
 * @throws Error with `code` "LLMSPELL_NO_ADDON" when there is none: it says what is missing, what was tried and what to do
 */
export function loadAddon(): unknown {
  const attempts: Attempt[] = [];
  const named = process.env["LLMSPELL_NODE_ADDON"];
  if (named !== undefined && named !== "") {
    const addon = tryFile(resolve(named), `LLMSPELL_NODE_ADDON (${named})`, attempts);
    if (addon !== undefined) return addon;
    throw missing(attempts, "Correct LLMSPELL_NODE_ADDON, or unset it to have the package's own binary.");
  }

  const linked = linkedAddon();
  if (linked !== undefined) {
    const addon = tryFile(linked, linked, attempts);
    if (addon !== undefined) return addon;
  }

  const fitting = platforms.filter(({ os, cpu }) => os === process.platform && cpu === process.arch);
  const here = libc();
  const own = fitting.find((platform) => platform.libc === here);
  let isAbsent = true;
  // A Node that is built in an unusual way may name another linker than its own: then the other package is the one.
  for (const { target } of [...fitting].sort((one, other) => Number(other === own) - Number(one === own))) {
    const found = requirePlatform(target);
    const addon = "addon" in found ? checked(found.addon) : sentence(found.error);
    if (typeof addon !== "string") return addon;
    if (target === own?.target) isAbsent = "error" in found && codeOf(found.error) === "MODULE_NOT_FOUND";
    attempts.push({ place: `${packageName}-${target}`, problem: addon });
  }
  if (own === undefined) throw missing(attempts, unsupported());
  throw missing(attempts, isAbsent ? installHint(own) : brokenHint(own));
}

/** The addon beside a package that lies in its repository. A bundle has no such place, and as ESM no `__dirname`. */
function linkedAddon(): string | undefined {
  if (typeof __dirname !== "string") return undefined;
  const file = join(__dirname, "..", "..", "llmspell.node");
  return existsSync(file) ? file : undefined;
}

function tryFile(path: string, place: string, attempts: Attempt[]): Addon | undefined {
  try {
    const addon = checked(require(path));
    if (typeof addon !== "string") return addon;
    attempts.push({ place, problem: addon });
  } catch (error) {
    attempts.push({ place, problem: sentence(error) });
  }
  return undefined;
}

/** The addon if it is one, and of this version; else what is wrong with it. */
function checked(addon: unknown): Addon | string {
  const { version } = (addon ?? {}) as Partial<Addon>;
  if (typeof version !== "function") return "it is no addon of llmspell";
  if (version() === packageVersion) return addon as Addon;
  return `it is version ${version()}, but ${packageName} is ${packageVersion}: install the same version of both`;
}

/** First line of what was thrown: the others are a list of modules that asked. */
function sentence(error: unknown): string {
  return String((error as Error | undefined)?.message ?? error).split("\n", 1)[0] as string;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | undefined)?.code;
}

function missing(attempts: readonly Attempt[], hint: string): Error {
  const kind = libc();
  const platform = `${process.platform} ${process.arch}${kind === undefined ? "" : ` (${kind})`}`;
  const tried = attempts.map(({ place, problem }) => `\n  - ${place}: ${problem}`).join("");
  const message =
    `llmspell's binary for ${platform}, Node ${process.version}, could not be loaded.` +
    `${tried === "" ? "" : `\nTried:${tried}`}\n${hint}`;
  return Object.assign(new Error(message), { code: "LLMSPELL_NO_ADDON" });
}

function unsupported(): string {
  return `There is none for this platform. There are binaries for ${platforms.map(({ target }) => target).join(", ")}.`;
}

function installHint({ target }: Platform): string {
  return (
    `The package ${packageName}-${target} has it. npm leaves it out with --omit=optional, with a node_modules that was ` +
    "installed on another platform, and with a lock file that was written there. Run " +
    `\`npm install ${packageName}-${target}@${packageVersion}\`, or remove node_modules and package-lock.json and run \`npm install\`.`
  );
}

function brokenHint({ target }: Platform): string {
  const name = `${packageName}-${target}`;
  return (
    `The package ${name} is there, but its binary cannot be used: see above. Run \`npm install ${name}@${packageVersion}\`; ` +
    "where this system is older than the binary, build one here (docs/install.md) and name it in LLMSPELL_NODE_ADDON."
  );
}
