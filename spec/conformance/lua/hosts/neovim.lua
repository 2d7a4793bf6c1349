-- Runs the cases on the main thread of a headless Neovim, which lets timers and other plugins' callbacks run while it waits:
-- nvim --headless --clean -c 'luafile spec/conformance/lua/hosts/neovim.lua'
local PATIENCE_MS, LOOK_MS = 120000, 1

local ok, code = xpcall(function()
  local host = require("spec.conformance.lua.host")
  function host.sleep(ms)
    vim.wait(ms, function() return false end, LOOK_MS)
  end
  host.connect = require("spec.conformance.lua.hosts.uv")(vim.loop, function(holds)
    assert(vim.wait(PATIENCE_MS, holds, LOOK_MS), "the mock server does not answer")
  end)
  return require("spec.conformance.lua.suite").run()
end, debug.traceback)

if not ok then io.stderr:write(code, "\n") end
vim.cmd(ok and code == 0 and "qall!" or "cquit!")
