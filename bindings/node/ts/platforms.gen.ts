// Written by `ts-tools node-platforms` from platforms.yaml and package.json; edit those and run `make gen`.

/** A platform that there is a package for. */
export interface Platform {
  readonly target: string;
  readonly os: string;
  readonly cpu: string;
  readonly libc?: "glibc" | "musl";
}

export const packageName = "@rs/llmspell";
export const packageVersion = "0.1.0";

export const platforms: readonly Platform[] = [
  { target: "linux-x64-gnu", os: "linux", cpu: "x64", libc: "glibc" },
  { target: "linux-x64-musl", os: "linux", cpu: "x64", libc: "musl" },
  { target: "linux-arm64-gnu", os: "linux", cpu: "arm64", libc: "glibc" },
  { target: "linux-arm64-musl", os: "linux", cpu: "arm64", libc: "musl" },
  { target: "darwin-x64", os: "darwin", cpu: "x64" },
  { target: "darwin-arm64", os: "darwin", cpu: "arm64" },
];

/** What the package of a platform exports, or why it could not be loaded. The names stand here for bundlers. */
export function requirePlatform(target: string): { addon: unknown } | { error: unknown } {
  try {
    switch (target) {
      case "linux-x64-gnu":
        return { addon: require("@rs/llmspell-linux-x64-gnu") };
      case "linux-x64-musl":
        return { addon: require("@rs/llmspell-linux-x64-musl") };
      case "linux-arm64-gnu":
        return { addon: require("@rs/llmspell-linux-arm64-gnu") };
      case "linux-arm64-musl":
        return { addon: require("@rs/llmspell-linux-arm64-musl") };
      case "darwin-x64":
        return { addon: require("@rs/llmspell-darwin-x64") };
      case "darwin-arm64":
        return { addon: require("@rs/llmspell-darwin-arm64") };
      default:
        throw new Error(`there is no package for ${target}`);
    }
  } catch (error) {
    return { error };
  }
}
