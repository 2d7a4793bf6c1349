import { dirname } from "node:path";
import { platformManifest, platformTable, type Release } from "../emit/node/platforms.js";
import { parsePlatforms } from "../node/platforms.js";
import { ProblemError } from "../problem.js";
import { readWorkspace } from "./cargo.js";
import { generator, readInput } from "./generator.js";
import { defaultPaths } from "./paths.js";

/** The packages with the binaries of `@rs/llmspell`, and the table that its loader looks them up in. */
export const nodePlatforms = generator({
  name: "node-platforms",
  description: "write the npm packages of each platform and the loader's table of them",
  inputs: {
    platforms: { path: defaultPaths.nodePlatforms, what: "list of platforms", kind: "file" },
    package: { path: defaultPaths.nodePackage, what: "package.json of @rs/llmspell", kind: "file" },
    cargo: { path: defaultPaths.cargo, what: "the workspace's Cargo.toml", kind: "file" },
  },
  owns: ["bindings/node/npm"],
  make: (inputs) => {
    const platforms = parsePlatforms(readInput(inputs.platforms), inputs.platforms);
    const release = JSON.parse(readInput(inputs.package)) as Release;
    const { version } = readWorkspace(inputs.cargo, readInput(inputs.cargo));
    if (release.version !== version) {
      const message = `is ${release.version}, but the crates are ${version}; write \`"version": "${version}"\``;
      throw new ProblemError([{ file: inputs.package, line: 1, item: "version", message }]);
    }
    const folder = dirname(defaultPaths.nodePackage);
    return [
      { path: `${folder}/ts/platforms.gen.ts`, text: platformTable(release, platforms) },
      ...platforms.map((platform) => ({
        path: `${folder}/npm/${platform.target}/package.json`,
        text: platformManifest(release, platform),
      })),
    ];
  },
});
