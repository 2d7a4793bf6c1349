import { repositoryRoot } from "../generate/paths.js";
import { Nginx } from "../nginx/nginx.js";

/** What the adapter reads of the environment, which nginx gives to its workers only when told to. */
const PASSED = /^LLMSPELL_|^no_proxy$/i;

/**
 * Runs the conformance cases in the one worker of a real nginx, each in a content handler of its own.
 *
 * @param print is given the TAP as it comes
 * @returns lines of nginx's log that tell of something wrong
 */
export async function runInOpenresty(print: (text: string) => void): Promise<string[]> {
  const env = Object.entries(process.env).flatMap(([name, value = ""]) => (PASSED.test(name) ? [[name, value]] : []));
  const nginx = await Nginx.start({
    http: `lua_package_path "${repositoryRoot}/?.lua;;";`,
    server: `location = / { content_by_lua_file ${repositoryRoot}/spec/conformance/lua/hosts/openresty.lua; }`,
    env: Object.fromEntries(env) as Record<string, string>,
  });
  try {
    const count = Number(await nginx.get("/"));
    print(`1..${count}\n`);
    for (let index = 1; index <= count; index++) print(`${await nginx.get(`/?case=${index}`)}\n`);
    await nginx.quit();
    return nginx.problems();
  } finally {
    await nginx.stop();
  }
}
