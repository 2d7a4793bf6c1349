import type { Platform } from "../../node/platforms.js";

/** What all packages of one release share. */
export interface Release {
  /** Name of the main package, `@rs/llmspell`. */
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly repository: { readonly type: string; readonly url: string };
  readonly engines: { readonly node: string };
}

/** Name of the package that has a platform's binary. */
export function platformPackage({ name }: Pick<Release, "name">, { target }: Platform): string {
  return `${name}-${target}`;
}

/** The package.json of a platform package. */
export function platformManifest(release: Release, platform: Platform): string {
  const { os, cpu, libc, target } = platform;
  const manifest = {
    name: platformPackage(release, platform),
    version: release.version,
    description: `The binary of ${release.name} for ${target}`,
    license: release.license,
    repository: { ...release.repository, directory: `bindings/node/npm/${target}` },
    type: "commonjs",
    main: "llmspell.node",
    files: ["llmspell.node", "LICENSE-*"],
    engines: release.engines,
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    preferUnplugged: true,
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}

/** The loader's table of platforms, with a `require` of each package that bundlers can follow. */
export function platformTable(release: Release, platforms: readonly Platform[]): string {
  const rows = platforms.map(({ target, os, cpu, libc }) => {
    const fields = { target, os, cpu, ...(libc === undefined ? {} : { libc }) };
    return `  { ${Object.entries(fields)
      .map(([name, value]) => `${name}: ${JSON.stringify(value)}`)
      .join(", ")} },\n`;
  });
  const cases = platforms.map((platform) => {
    const name = JSON.stringify(platformPackage(release, platform));
    return `      case ${JSON.stringify(platform.target)}:\n        return { addon: require(${name}) };\n`;
  });
  return `// Written by \`ts-tools node-platforms\` from platforms.yaml and package.json; edit those and run \`make gen\`.

/** A platform that there is a package for. */
export interface Platform {
  readonly target: string;
  readonly os: string;
  readonly cpu: string;
  readonly libc?: "glibc" | "musl";
}

export const packageName = ${JSON.stringify(release.name)};
export const packageVersion = ${JSON.stringify(release.version)};

export const platforms: readonly Platform[] = [
${rows.join("")}];

/** What the package of a platform exports, or why it could not be loaded. The names stand here for bundlers. */
export function requirePlatform(target: string): { addon: unknown } | { error: unknown } {
  try {
    switch (target) {
${cases.join("")}      default:
        throw new Error(\`there is no package for \${target}\`);
    }
  } catch (error) {
    return { error };
  }
}
`;
}
