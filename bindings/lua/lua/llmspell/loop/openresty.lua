-- Waiting in OpenResty, where nothing may block the worker. One light thread per Lua state, the notifier, reads from the
-- waker's unix socket and posts the semaphores of those who wait. The first run of a request makes its life line, which ends
-- when the request does or its client leaves, and the runs that are tied to it are cancelled: nginx cleans up after each
-- request, and is told to end the line then (lifeline.lua); where it cannot be told, the line is a connection, which nginx
-- closes.
local import, _, raw = ...

local errors = import("llmspell.errors")
local hub = import("llmspell.hub")
local lifeline = import("llmspell.loop.lifeline")
local threads = import("llmspell.loop.threads")
local waits = import("llmspell.loop.waits")
local yielding = import("llmspell.yielding")

local openresty = { name = "OpenResty", kills_flat = true, apart = threads.apart }

local get_phase, timer_at, now_exiting = ngx.get_phase, ngx.timer.at, ngx.worker.exiting
local tcp, sleep, now = ngx.socket.tcp, ngx.sleep, ngx.now

-- phases in which a handler may yield
local YIELDS = {
  rewrite = true, server_rewrite = true, access = true, content = true, timer = true, preread = true,
  ssl_cert = true, ssl_client_hello = true, ssl_session_fetch = true,
}

local INSTEAD = {
  init = "build agents here and call them in a handler",
  init_worker = "start it with ngx.timer.at(0, function() … end)",
  header_filter = "make the call in access or content, and keep its result in ngx.ctx",
  body_filter = "make the call in access or content, and keep its result in ngx.ctx",
  set = "use rewrite_by_lua",
  log = "start it with ngx.timer.at(0, function() … end)",
  balancer = "make the call in access, and keep its result in ngx.ctx",
}

-- how long a wait trusts the notifier before it looks itself, and the same while there is none
local TRUST_MS, LOOK_MS = 1000, 20
-- how often it is looked whether runs are still waited for, and the notifier of use; it ends when it was not for as many looks
local WATCH_S, IDLE_LOOKS = 1, 10
-- a life line that is not in use waits in a pool
local POOL_MS = 60000
local FOREVER_MS = 2147483647

-- bells that nobody waits for, for the next runs
local MOST_IDLE_BELLS = 1024
local idle_bells = {}
-- light threads that are tasks of llmspell.go
local spawned = setmetatable({}, { __mode = "k" })

local notifier = { alive = false, ready = false, used = false, over = false, again = 0, told = {} }
-- The handler that used this Lua state first, when that was, and whether another one has. Without nginx's code cache each
-- request has a Lua state of its own, which a timer would keep alive.
local first, since, is_shared = setmetatable({}, { __mode = "v" }), nil, false
-- the sessions of this Lua state that an event loop waits for
local sessions = setmetatable({}, { __mode = "k" })
-- Each connection that is a life line has a pool of its own, its slot: so it is known which number it has said.
local idle_lines, last_slot, last_number = {}, 0, 0
local new_semaphore

function openresty.here()
  local phase = get_phase()
  if not YIELDS[phase] then
    return errors.failure("unsupported_context", ("a handler of the phase %s cannot wait; %s"):format(phase,
      INSTEAD[phase] or "make the call in rewrite, access, content, or a timer"))
  end
  if yielding.is_in_c() then
    return errors.failure("unsupported_context", "there is a C function (like table.sort, string.gsub, require) between this call "
      .. "and its handler, which cannot wait across it; make the call outside, and use its result inside")
  end
  return true
end

-- The path of the waker's socket; or nil, message, details.
local function socket_path()
  local waker, message, details = hub.waker()
  if not waker then return nil, message, details end
  return errors.pass(raw.waker_listen(waker, nil))
end

-- A connection to that socket, out of a pool when one lies there; or nil and why there is none.
local function connect(pool)
  local path, message = socket_path()
  if not path then return nil, message end
  local sock = tcp()
  sock:settimeouts(FOREVER_MS, FOREVER_MS, FOREVER_MS)
  local ok
  ok, message = sock:connect("unix:" .. path, { pool = "llmspell:" .. path .. ":" .. pool, pool_size = 1 })
  if not ok then return nil, message end
  return sock
end

local listen

-- Notes in nginx's log, once, why there is no notifier.
local function tell(problem)
  problem = tostring(problem)
  if notifier.told[problem] or now_exiting() then return end
  notifier.told[problem] = true
  ngx.log(ngx.ERR, "llmspell: runs look for their events every ", LOOK_MS, " ms, because nothing hears of them: ", problem)
end

local function note_handler(context)
  if not since then
    first[1], since = context, now()
  elseif first[1] ~= context then
    is_shared = true
  end
end

local function start_notifier()
  notifier.used = true
  -- nginx logs an alert for a timer that is made while the worker exits; runs look themselves then
  if notifier.alive or now_exiting() or now() < notifier.again then return end
  if not is_shared and now() < since + WATCH_S then return end
  -- nginx may drop a timer that it has taken: it is asked again then
  notifier.again = now() + WATCH_S
  timer_at(0, function(premature)
    if premature or notifier.alive then return end
    notifier.alive, notifier.over = true, false
    local ok, problem = pcall(listen)
    notifier.alive, notifier.ready = false, false
    if not ok then tell(problem) end
    notifier.again = notifier.over and 0 or now() + WATCH_S
  end)
end

local bell_meta = {}
bell_meta.__index = bell_meta

function bell_meta.ring(self)
  -- one post is enough; after a second one, before nginx resumes the one who waits, it would look as if nobody did
  if self.rung then return end
  self.rung = true
  if self.waits then self.semaphore:post(1) end
end

local function wait_for(self, ms)
  self.waits = true
  self.semaphore:wait(ms / 1000)
  self.waits, self.rung = false, false
end

function bell_meta.wait(self, ms)
  if self.rung then
    self.rung = false
    return
  end
  if not notifier.alive then start_notifier() end
  local most = notifier.ready and TRUST_MS or LOOK_MS
  local thread = coroutine.running()
  local is_task = spawned[thread]
  if is_task then
    if self.session then waits.begin(self.session) end
    waits.enter(thread, self)
  end
  threads.apart(wait_for, self, ms and ms < most and ms or most)
  if is_task then waits.leave(thread) end
end

-- Whether the one who waits was killed, of which nginx tells nobody: a semaphore counts those who wait below zero.
function bell_meta.is_left(self)
  return self.waits and self.semaphore:count() >= (self.rung and 1 or 0)
end

-- Cancels the runs whose threads were killed while the handler goes on.
local function sweep()
  for session in pairs(sessions) do
    if session.bell and session.bell:is_left() then
      sessions[session] = nil
      hub.leave(session.token)
      raw.run_cancel(session.handle)
    end
  end
end

-- Whether nobody needs the notifier any more.
local function is_over()
  return (notifier.over or now_exiting()) and hub.is_idle()
end

-- Looks now and then whether runs are still waited for, and whether the notifier is of use.
local function watch()
  local idle = 0
  repeat
    sleep(WATCH_S)
    sweep()
    idle = notifier.used and 0 or idle + 1
    notifier.used = not hub.is_idle()
    notifier.over = idle >= IDLE_LOOKS or not is_shared and hub.is_idle()
    -- a worker that exits waits for the runs it has; those of tasks that were killed count until the collector finds them
    if now_exiting() then collectgarbage() end
  until is_over()
  hub.ring()
end

function listen()
  local sock, message = connect("news")
  if not sock then return tell(message) end
  local sent
  sent, message = sock:send("news\n")
  if not sent then return tell(message) end
  notifier.ready = true
  local watcher = ngx.thread.spawn(watch)
  hub.pump()
  while not is_over() and sock:receiveany(512) do hub.pump() end
  ngx.thread.kill(watcher)
  sock:close()
end

function openresty.bell()
  local count = #idle_bells
  local bell = idle_bells[count]
  if bell then
    idle_bells[count] = nil
    return bell
  end
  new_semaphore = new_semaphore or require("ngx.semaphore").new
  return setmetatable({ semaphore = assert(new_semaphore(0)), waits = false, rung = false, session = nil }, bell_meta)
end

local NO_CONNECTION = "llmspell could not connect to its own socket, over which the worker hears of its events: %s; "
  .. "if connections are short, raise worker_connections in nginx.conf"

-- A connection as life line, out of its pool when one lies there; or nil and why there is none.
local function connected_line()
  local pooled = table.remove(idle_lines)
  local slot = pooled and pooled.slot
  if not slot then
    last_slot = last_slot + 1
    slot = "life" .. last_slot
  end
  local sock, message = connect(slot)
  if not sock then return nil, NO_CONNECTION:format(tostring(message)) end
  if pooled and (sock:getreusedtimes() or 0) > 0 then return { sock = sock, slot = slot, number = pooled.number } end
  -- a number of its own: what is told of the end of an earlier connection must not end this one's runs
  last_number = last_number + 1
  local sent
  sent, message = sock:send("life " .. last_number .. "\n")
  if not sent then return nil, NO_CONNECTION:format(tostring(message)) end
  return { sock = sock, slot = slot, number = last_number }
end

-- A life line that nginx ends with the request; or nil, message, details; false where it cannot.
local function attached_line()
  if not lifeline then return false end
  local waker, message, details = hub.waker()
  if not waker then return nil, message, details end
  local life
  last_number = last_number + 1
  life, message, details = errors.pass(raw.waker_life(waker, last_number))
  if not life then return nil, message, details end
  if not lifeline.attach(life) then return false end
  return { number = last_number }
end

-- The life line of the running handler; or nil, message, details.
local function life_line(context)
  local phase = get_phase()
  local line = context.llmspell
  if line and line.phase == phase then return line end
  local message, details
  line, message, details = attached_line()
  if line == false then
    line, message = connected_line()
    if not line then return errors.failure("internal", message) end
  end
  if not line then return nil, message, details end
  line.phase, line.runs = phase, 0
  context.llmspell = line
  return line
end

-- A run has started: it ends with the request; where the life line is a connection, with the phase's handler.
function openresty.begin(session)
  local ok, line, message, details
  local context = ngx.ctx
  if not is_shared then note_handler(context) end
  if not notifier.alive then
    ok, message, details = socket_path()
    if not ok then return nil, message, details end
  end
  line, message, details = life_line(context)
  if not line then return nil, message, details end
  ok, message, details = errors.pass(raw.waker_tie(hub.waker(), session.token, line.number))
  if not ok then return nil, message, details end
  line.runs = line.runs + 1
  session.line, session.tied = line, session.token
  sessions[session] = true
  session.bell.session = session
  start_notifier()
  return true
end

-- A run has ended: when it was the handler's last one, a connection goes back to its pool.
function openresty.leave(session, bell)
  local line = session.line
  sessions[session] = nil
  bell.session = nil
  if not bell.waits and #idle_bells < MOST_IDLE_BELLS then
    bell.rung = false
    idle_bells[#idle_bells + 1] = bell
  end
  if now_exiting() and hub.is_idle() then hub.ring() end
  if not line then return end
  session.line = nil
  line.runs = line.runs - 1
  if not line.sock then return end
  -- the queue may be in use again when the connection ends
  raw.waker_tie(hub.waker(), session.tied, 0)
  if line.runs > 0 or not YIELDS[get_phase()] or ngx.ctx.llmspell ~= line then return end
  ngx.ctx.llmspell = nil
  if line.sock:setkeepalive(POOL_MS, 1) then
    idle_lines[#idle_lines + 1] = line
    line.sock = nil
  end
end

-- Runs fn in a light thread of its own.
function openresty.spawn(fn)
  local task = { parent = coroutine.running(), context = ngx.ctx, is_over = false }
  task.thread = ngx.thread.spawn(function()
    local thread = coroutine.running()
    -- nginx may use its coroutines again
    waits.forget(thread)
    spawned[thread] = true
    local ok, problem = pcall(fn)
    spawned[thread] = nil
    task.is_over = true
    if not ok then error(problem, 0) end
  end)
  return task
end

-- Whether nginx can end a light thread from here: only the coroutine that spawned it may, not while the thread waits for a
-- subrequest, and nginx forgets to stop what a coroutine inside of it waits for ("normal"), which would bring the worker down
-- later. A thread of another request is not touched at all: nginx reads what is freed when it is asked about one.
local function kill_thread(task)
  if not YIELDS[get_phase()] or ngx.ctx ~= task.context or coroutine.running() ~= task.parent then return false end
  if coroutine.status(task.thread) ~= "running" then return false end
  local ok, killed = pcall(ngx.thread.kill, task.thread)
  return ok and killed
end

-- Ends a light thread and the runs that it waits for. One that cannot be ended goes on, but each of its runs is cancelled.
function openresty.kill(task)
  if task.is_over or not task.thread then return end
  if kill_thread(task) then
    task.is_over, spawned[task.thread] = true, nil
    sweep()
  else
    waits.finish(task.thread)
  end
end

function openresty.sleep(ms)
  threads.apart(sleep, ms / 1000)
end

-- Lets other handlers of the worker go on. nginx as Debian has it warns of a sleep of 0, which OpenResty's own can do.
function openresty.breathe()
  threads.apart(sleep, 0.001)
end

return openresty
