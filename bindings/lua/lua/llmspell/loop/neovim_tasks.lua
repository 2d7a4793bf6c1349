-- What wakes our tasks in Neovim: the poll handle that the main thread's waits share, timers of libuv, and one vim.schedule for
-- each wake, so that tasks always run where vim.api may be used.
local import = ...

local hosts = import("llmspell.loop.hosts")
if not hosts.neovim then
  return { find = function() return nil, "this program is not Neovim, or not its main Lua state" end }
end

local luv = import("llmspell.loop.luv")
local neovim = import("llmspell.loop.neovim")
local tasks = import("llmspell.loop.tasks")

-- the screen is drawn after each turn, and typed keys wait for its end
tasks.batch = 1

local over = luv.over(vim.uv or vim.loop, "neovim")

local loop = { name = "neovim", nests = true, watch = neovim.watch, after = over.after }

function loop.may_run()
  return not vim.in_fast_event()
end

function loop.defer(call)
  local function run()
    if not neovim.is_leaving then call() end
  end
  if vim.in_fast_event() then return vim.schedule(run) end
  -- what is scheduled now would run before libuv and whoever types had a turn
  return over.after(0, function() vim.schedule(run) end)
end

return { find = function() return loop end }
