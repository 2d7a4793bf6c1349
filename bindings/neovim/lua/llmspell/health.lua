-- What `:checkhealth llmspell` tells. It makes no request that leaves the process.
local health = {}

-- Neovim before 0.10 has longer names
local api = vim.health or require("health")
local start = api.start or api.report_start
local ok = api.ok or api.report_ok
local info = api.info or api.report_info
local warn = api.warn or api.report_warn
local report_error = api.error or api.report_error

-- Variables with the keys of providers, as in docs/providers.md.
health.KEYS = {
  anthropic = { "ANTHROPIC_API_KEY" },
  azure = { "AZURE_OPENAI_API_KEY" },
  deepseek = { "DEEPSEEK_API_KEY" },
  gemini = { "GOOGLE_API_KEY", "GEMINI_API_KEY", "GOOGLE_GENERATIVE_AI_API_KEY" },
  groq = { "GROQ_API_KEY" },
  mistral = { "MISTRAL_API_KEY" },
  ollama = { "OLLAMA_API_KEY" },
  openai = { "OPENAI_API_KEY" },
  openrouter = { "OPENROUTER_API_KEY" },
  perplexity = { "PERPLEXITY_API_KEY", "PPLX_API_KEY" },
  together = { "TOGETHER_API_KEY" },
  xai = { "XAI_API_KEY" },
}

-- Where the module was found; nil when package.loaded had it from elsewhere.
local function place()
  local found = package.searchpath and package.searchpath("llmspell", package.cpath)
  return found or vim.api.nvim_get_runtime_file("lua/llmspell.so", false)[1]
end

local function check_neovim()
  start("Neovim")
  local version = vim.version()
  local text = ("Neovim %d.%d.%d, %s"):format(version.major, version.minor, version.patch, jit and jit.version or _VERSION)
  if vim.fn.has("nvim-0.7") == 1 then
    ok(text)
  else
    report_error(text .. "; llmspell needs 0.7 or newer")
  end
  if vim.fn.exists(":checkhealth") == 2 and #vim.api.nvim_get_runtime_file("doc/llmspell.txt", false) > 0 then
    ok("the help is on 'runtimepath': :help llmspell (after :helptags ALL)")
  else
    info("the help is not on 'runtimepath'; add the folder bindings/neovim of llmspell")
  end
end

local function check_module()
  start("The module")
  local loaded, llmspell = pcall(require, "llmspell")
  if not loaded then
    report_error("llmspell is not found, or does not load: " .. tostring(llmspell), {
      "put llmspell.so into a folder `lua` on 'runtimepath', for instance ~/.config/nvim/lua/llmspell.so",
      "or name its folder: package.cpath = \"/path/to/llmspell/build/lua/?.so;\" .. package.cpath",
    })
    return nil
  end
  ok(llmspell._VERSION .. ", from " .. (place() or "a place of its own"))
  local raw = package.loaded["llmspell.raw"]
  ok(("version of its C API: %d, programs made for %d and later go with it"):format(raw.abi_version(), raw.abi_min()))
  return llmspell
end

local function check_events(llmspell)
  start("Events")
  local uv = vim.uv or vim.loop
  ok("the event loop is libuv " .. uv.version_string())
  local agent = llmspell.agent { provider = "demo" }
  local text, message = agent:chat("say hello")
  if text == "hello" then
    ok("a chat with the embedded demo provider works on the main thread")
  else
    report_error("a chat with the embedded demo provider fails: " .. tostring(message))
  end
  local answer, problem
  agent:chat("say hello", function(...) answer, problem = ... end)
  vim.wait(5000, function() return answer or problem end)
  if answer == "hello" then
    ok("events arrive over the socket: a chat with a callback works")
  else
    report_error("a chat with a callback fails: " .. tostring(problem or "its answer did not come within 5 seconds"))
  end
end

local function check_keys()
  start("Keys")
  local names = vim.tbl_keys(health.KEYS)
  table.sort(names)
  local any = false
  for _, name in ipairs(names) do
    for _, variable in ipairs(health.KEYS[name]) do
      if (vim.env[variable] or "") ~= "" then
        any = true
        ok(("%s: %s is set"):format(name, variable))
        break
      end
    end
  end
  if any then
    info("the others have no key in the environment; the option api_key does as well")
  else
    warn("no provider has a key in the environment; provider = \"demo\" works without one", {
      "set a variable like OPENAI_API_KEY before Neovim is started, or give agents the option api_key",
    })
  end
end

function health.check()
  check_neovim()
  local llmspell = check_module()
  if llmspell then check_events(llmspell) end
  check_keys()
end

return health
