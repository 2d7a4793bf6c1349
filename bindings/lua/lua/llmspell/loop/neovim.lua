-- Waiting on Neovim's main thread: vim.wait, which lets Neovim and other plugins go on meanwhile. One poll handle watches
-- the waker while runs are in flight; its callback is a fast event, in which nothing but flags may be touched, so all else
-- happens after vim.wait has returned.
local import, _, raw = ...

local errors = import("llmspell.errors")
local hub = import("llmspell.hub")
local tasks = import("llmspell.loop.tasks")

-- in_place: a wait holds up the code below it on the stack
local neovim = { name = "Neovim", in_place = true, batch = 1 }

local uv = vim.uv or vim.loop

-- how long a wait trusts the poll handle before it looks itself
local TRUST_MS = 1000
-- how long events are taken before timers and typed keys get their turn
local TURN_NS = 10e6
-- vim.wait, ours and a handler's own, runs the callbacks of other plugins, which may wait as well: so many may be on the stack
local DEEPEST = 10

local depth = 0
local last_turn = 0

-- sessions that wait here, and whether tasks wait (neovim_tasks.lua); the handle is there while something does
local sessions = setmetatable({}, { __mode = "k" })
local has_tasks, handle = false, nil

local function close()
  -- the collector, which may come in here again, must not find it
  local closed = handle
  handle = nil
  if closed then closed:close() end
end

local function close_when_idle()
  if not has_tasks and not next(sessions) then close() end
end

-- Opens the poll handle unless it is open. Returns true; or nil, message, details. Who opens it is in `sessions` or `has_tasks`
-- already: the collector may close it in here for a session that has ended, and libuv ends the program that starts a closed handle.
local function open()
  if handle then return true end
  local waker, message, details = hub.waker()
  if not waker then return nil, message, details end
  -- what libuv calls a socket is another thing on Windows
  local made, problem = (uv.new_socket_poll or uv.new_poll)(raw.waker_fd(waker))
  if not made then return errors.failure("internal", "Neovim's event loop cannot watch llmspell's socket: " .. tostring(problem)) end
  made:start("r", function() hub.pump() end)
  handle = made
  return true
end

-- Has the bells of tasks rung too, in fast events, until the function is called that this returns.
function neovim.watch()
  has_tasks = true
  local ok, message = open()
  if not ok then
    has_tasks = false
    error(message, 0)
  end
  return function()
    has_tasks = false
    close_when_idle()
  end
end

function neovim.here()
  if vim.in_fast_event() then
    return errors.failure("unsupported_context", "a fast event (a callback of vim.loop, vim.uv or vim.on_key) cannot wait; "
      .. "make the call in vim.schedule(function() … end), or give it a callback: agent:chat(message, function(text, err) … end)")
  end
  if depth >= DEEPEST then
    return errors.failure("busy", ("%d calls wait inside each other on Neovim's main thread, because callbacks that run while one "
      .. "waits make the next; give the call a callback instead: agent:chat(message, function(text, err) … end)"):format(depth))
  end
  return true
end

-- Waits on the main thread until `rung` or for `ms`; raises when Ctrl-C comes.
local function pause(ms, rung)
  depth = depth + 1
  local ok, came, why = pcall(vim.wait, ms, rung, ms)
  depth = depth - 1
  last_turn = uv.hrtime()
  if not ok then error(came, 0) end
  if why == -2 then error("interrupted!", 0) end
end

local function let_go(ok, ...)
  depth = depth - 1
  if not ok then error((...), 0) end
  return ...
end

-- Calls a handler. One in a coroutine may be left in the middle, so it does not count.
function neovim.hold(call, ...)
  if coroutine.running() then return call(...) end
  depth = depth + 1
  return let_go(pcall(call, ...))
end

local function never()
  return false
end

function neovim.bell()
  local news = false
  local function rung()
    return news
  end
  return {
    ring = function() news = true end,
    wait = function(_, ms)
      if not news then pause(ms and ms < TRUST_MS and ms or TRUST_MS, rung) end
      news = false
    end,
  }
end

-- A run has started. A session that the collector takes leaves too.
function neovim.begin(session)
  sessions[session] = true
  local ok, message, details = open()
  if not ok then
    sessions[session] = nil
    return nil, message, details
  end
  local guard = newproxy(true)
  getmetatable(guard).__gc = close_when_idle
  session.guard = guard
  return true
end

function neovim.leave(session)
  sessions[session] = nil
  close_when_idle()
end

function neovim.sleep(ms)
  pause(ms, never)
end

-- Lets Neovim go on, when it had no turn for a while.
function neovim.breathe()
  if uv.hrtime() - last_turn < TURN_NS then return end
  -- one call serves either what is scheduled or the event loop
  pause(0, never)
  pause(0, never)
end

-- Neovim ends: nothing may hold it up.
local function give_up()
  neovim.is_leaving = true
  for session in pairs(sessions) do
    if not session.ended then raw.run_cancel(session.handle) end
  end
  tasks.cancel_runs()
  close()
end

local function on_leave()
  -- a module that was loaded again takes the place of the one before
  local group = vim.api.nvim_create_augroup("llmspell.leave", { clear = true })
  vim.api.nvim_create_autocmd("VimLeavePre", { group = group, callback = give_up, desc = "cancel the runs of llmspell" })
end

if vim.in_fast_event() then vim.schedule(on_leave) else on_leave() end

return neovim
