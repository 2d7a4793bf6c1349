/** A `init_by_lua` that leaves the global `demo`, an agent that needs no network. */
export const DEMO = `init_by_lua_block { llmspell = require("llmspell"); demo = llmspell.agent{ provider = "demo" } }`;

/** A `location` whose content Lua makes. */
export const content = (path: string, lua: string, more = ""): string =>
  `location = /${path} { ${more} content_by_lua_block { ${lua} } }`;

/** An agent whose provider is a mock. */
export const agentOf = (url: string): string =>
  `local agent = llmspell.agent{ model = "openai/gpt-4o", api_key = "sk-test", base_url = "${url}/v1" }`;
