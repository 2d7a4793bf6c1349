-- Runs the cases in a headless Neovim, on its main thread, where timers and other plugins' callbacks run while something waits:
-- nvim --headless --clean -c 'luafile spec/conformance/lua/hosts/neovim.lua'
-- or, with --cmd 'let g:in_task = 1', in a task of llmspell.go.
local llmspell = require("llmspell")
local host = require("spec.conformance.lua.host")

local PATIENCE_MS, LOOK_MS = 120000, 1

local function never()
  return false
end

local function await(holds)
  assert(vim.wait(PATIENCE_MS, holds, LOOK_MS), "the mock server does not answer")
end

function host.sleep(ms)
  vim.wait(ms, never, LOOK_MS)
end

if vim.g.in_task then
  host.sleep = llmspell.sleep
  await = function(holds)
    while not holds() do llmspell.sleep(LOOK_MS) end
  end
end
host.connect = require("spec.conformance.lua.hosts.uv")(vim.loop, await)

local function run()
  local ok, code = xpcall(require("spec.conformance.lua.suite").run, debug.traceback)
  if not ok then io.stderr:write(code, "\n") end
  vim.cmd(ok and code == 0 and "qall!" or "cquit!")
end

if vim.g.in_task then llmspell.go(run) else run() end
