import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { platformPackage, type Release } from "../emit/node/platforms.js";
import { repositoryRoot } from "../generate/paths.js";
import { ProblemError } from "../problem.js";
import { type Platform, parsePlatforms } from "./platforms.js";

const PACKAGE = join(repositoryRoot, "bindings/node");
const LICENSES = ["LICENSE-APACHE", "LICENSE-MIT"];

/** The files that were packed. */
export interface Packed {
  /** The tarball of `@rs/llmspell`. */
  readonly main: string;
  /** The tarball with this platform's binary. */
  readonly platform: string;
}

/**
 * Packs `@rs/llmspell`, as it is compiled, and the package of one platform with its addon.
 *
 * @param addon the addon's file
 * @param target its platform, as bindings/node/platforms.yaml calls it
 * @param out folder that the tarballs are left in; what is in it is removed
 * @throws ProblemError when something of it is not built
 */
export function packNode(addon: string, target: string, out: string): Packed {
  const file = join(PACKAGE, "platforms.yaml");
  const platforms = parsePlatforms(readFileSync(file, "utf8"), file);
  const platform = platforms.find((one) => one.target === target);
  if (platform === undefined) fail(file, target, `is no platform; write one of ${platforms.map((one) => one.target)}`);
  if (!existsSync(addon)) fail(addon, "addon", "is not there; run `make node`");
  if (!existsSync(join(PACKAGE, "dist/esm"))) fail(join(PACKAGE, "dist"), "dist", "is not there; run `make node`");

  rmSync(out, { recursive: true, force: true });
  const main = join(out, "main");
  mkdirSync(main, { recursive: true });
  for (const name of ["dist", "README.md"]) cpSync(join(PACKAGE, name), join(main, name), { recursive: true });
  const manifest = JSON.parse(readFileSync(join(PACKAGE, "package.json"), "utf8")) as Release;
  writeFileSync(join(main, "package.json"), `${JSON.stringify(published(manifest, platforms), null, 2)}\n`);

  const own = join(out, target);
  cpSync(join(PACKAGE, "npm", target), own, { recursive: true });
  cpSync(addon, join(own, "llmspell.node"), { dereference: true });
  const about = `# ${platformPackage(manifest, platform)}\n\nThe binary of \`${manifest.name}\` for ${target}. Install that package; it brings this one.\n`;
  writeFileSync(join(own, "README.md"), about);

  for (const folder of [main, own])
    for (const license of LICENSES) cpSync(join(repositoryRoot, license), join(folder, license));
  return { main: pack(main, out), platform: pack(own, out) };
}

/**
 * The package.json as it is published. It names the platform packages, which the one of the repository does not: they are in
 * no registry before they are published, and npm would not install the workspace.
 */
function published(manifest: Release, platforms: readonly Platform[]): object {
  const { scripts: _scripts, devDependencies: _dev, ...kept } = manifest as Release & Record<string, unknown>;
  const names = platforms.map((platform) => [platformPackage(manifest, platform), manifest.version]);
  return { ...kept, optionalDependencies: Object.fromEntries(names) };
}

function pack(folder: string, out: string): string {
  const { status, stdout, stderr } = spawnSync("npm", ["pack", "--json", "--pack-destination", out], {
    cwd: folder,
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`npm pack failed in ${folder}:\n${stderr}`);
  const told = JSON.parse(stdout) as { filename: string }[] | Record<string, { filename: string }>;
  const [{ filename } = { filename: "" }] = Object.values(told);
  return join(out, filename);
}

function fail(file: string, item: string, message: string): never {
  throw new ProblemError([{ file, line: 1, item, message }]);
}
