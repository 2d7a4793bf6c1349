import { commentLines } from "./comment.js";
import { type LuaRecord, luaAssignments } from "./lua-data.js";

/** What the rockspecs say about the project; all of it is written down elsewhere. */
export interface Project {
  readonly version: string;
  readonly licence: string;
  /** Address of the git repository. */
  readonly repository: string;
  /** Oldest Rust that compiles it. */
  readonly rust: string;
  /** C files of the Lua module, below the repository's root. */
  readonly sources: readonly string[];
  /** Oldest Lua that the module serves and the first that it does not, like "5.1". */
  readonly lua: { readonly from: string; readonly before: string };
}

/** A rockspec: its place below the repository's root, and its text. */
export interface Rockspec {
  readonly path: string;
  readonly text: string;
}

const BANNER =
  "Written by `ts-tools rockspecs` from Cargo.toml and bindings/lua/build.mk; change those and run `make gen`.";

/** Number of this packaging of a version: it grows when a rockspec changes and the version does not. */
const REVISION = 1;

/** The rockspecs of the project: one per way to build it, and one for a checkout. */
export function rockspecs(project: Project): Rockspec[] {
  const release = { version: `${project.version}-${REVISION}`, from: { tag: `v${project.version}` } };
  const checkout = { version: "scm-1", from: { branch: "main" } };
  return [
    fromSource(project, "rockspec/source", release),
    withSystemLibrary(project, "rockspec/system", release),
    fromSource(project, "bindings/lua", checkout),
  ];
}

interface Edition {
  readonly version: string;
  readonly from: { readonly tag: string } | { readonly branch: string };
}

/** cargo and a C compiler make one file of everything. */
function fromSource(project: Project, folder: string, edition: Edition): Rockspec {
  const variables = { CC: "$(CC)", CFLAGS: "$(CFLAGS)", LD: "$(LD)", LIBFLAG: "$(LIBFLAG)" };
  const needs = `Builds everything from source: needs make, a C compiler, and cargo and rustc ${project.rust} or newer.`;
  return rockspec(project, folder, edition, needs, {
    // where bindings/lua/Makefile is
    sourceFolder: "/bindings/lua",
    build: {
      type: "make",
      build_variables: variables,
      install_variables: { ...variables, INST_LIBDIR: "$(LIBDIR)", INST_PREFIX: "$(PREFIX)" },
      copy_directories: ["meta"],
    },
  });
}

/**
 * LuaRocks compiles the shim against a libllmspell that is installed. This works at the repository's root alone: LuaRocks
 * installs every folder named `lua` in the place where it builds, and that beside the shim's sources is the embedded driver.
 */
function withSystemLibrary(project: Project, folder: string, edition: Edition): Rockspec {
  const needs = [
    "Compiles the Lua module alone, against a libllmspell of this or a newer release that is installed: `make install` of",
    "the project puts it into a prefix, which LLMSPELL_DIR names when LuaRocks does not look there.",
  ].join("\n");
  return rockspec(project, folder, edition, needs, {
    sourceFolder: "",
    external_dependencies: { LLMSPELL: { header: "llmspell.h", library: "llmspell" } },
    build: {
      type: "builtin",
      modules: {
        llmspell: {
          sources: project.sources,
          defines: ["LS_SHARED_LIBRARY"],
          libraries: ["llmspell", "pthread", "dl", "m"],
          incdirs: ["$(LLMSPELL_INCDIR)"],
          libdirs: ["$(LLMSPELL_LIBDIR)"],
        },
      },
      copy_directories: ["bindings/lua/meta"],
    },
  });
}

interface Way {
  /** Where the build begins, below the clone. */
  readonly sourceFolder: string;
  readonly external_dependencies?: LuaRecord;
  readonly build: LuaRecord;
}

function rockspec(project: Project, folder: string, edition: Edition, needs: string, way: Way): Rockspec {
  const clone = project.repository.replace(/^.*\//, "").replace(/\.git$/, "");
  const banner = commentLines("lua", folder, BANNER).map((line) => `-- ${line}\n`);
  const body = luaAssignments({
    rockspec_format: "3.0",
    package: "llmspell",
    version: edition.version,
    source: { url: `git+${project.repository}`, ...edition.from, dir: `${clone}${way.sourceFolder}` },
    description: {
      summary: "LLM agents with tools and conversations, streamed or whole",
      detailed: `llmspell gives Lua programs LLM agents that stream, hold a conversation and call Lua functions as tools.\n${needs}\n`,
      license: project.licence,
      labels: ["llm", "ai", "agent", "openai"],
    },
    supported_platforms: ["linux"],
    dependencies: [`lua >= ${project.lua.from}, < ${project.lua.before}`],
    external_dependencies: way.external_dependencies,
    build: way.build,
  });
  return { path: `${folder}/llmspell-${edition.version}.rockspec`, text: `${banner.join("")}\n${body}` };
}
