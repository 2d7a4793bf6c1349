-- What wakes our own tasks: the program's event loop, if it has one that we know or that llmspell.set_loop gave, or else
-- llmspell.loop() and task:wait(), which wait in place ("plain"). docs/event-loops.md has the contract.
local import, _, raw = ...

local errors = import("llmspell.errors")
local hosts = import("llmspell.loop.hosts")
local hub = import("llmspell.hub")
local timers = import("llmspell.loop.timers")

local backend = {}

-- Fields of a loop that the program gives: all of them, and those that it must have.
local FIELDS = { watch = "function", after = "function", defer = "function", turn = "function", may_run = "function", name = "string" }
local NEEDED = { "watch", "after" }

-- No loop: whoever waits in place lets the tasks go on.
local PLAIN = { name = "plain" }

-- Loops that a program may have without telling us, the likeliest first: their name, the file that makes them, and what tells
-- that the program has one.
local KNOWN = {
  { name = "neovim", file = "llmspell.loop.neovim_tasks", is_there = function() return hosts.neovim end },
  { name = "luv", file = "llmspell.loop.luv", is_there = function() return package.loaded.luv ~= nil end },
}

-- the loop of llmspell.set_loop; nil: the first that is there
local chosen
-- what is in use: its watch of which waker, its timer for which time, whether it will call us anyway
local using, watched, stop_watch, armed, stop_timer, deferred
local step, tell

local function named(name)
  for _, entry in ipairs(KNOWN) do
    if entry.name == name then
      local why
      if not entry.loop then entry.loop, why = import(entry.file).find() end
      return entry.loop, why
    end
  end
  return nil
end

local function wanted()
  if chosen then return chosen end
  for index = 1, #KNOWN do
    local entry = KNOWN[index]
    if entry.is_there() then
      local loop = named(entry.name)
      if loop then return loop end
    end
  end
  return PLAIN
end

-- The loop has something for us.
local function on_news()
  if using.may_run and not using.may_run() then
    if deferred then return end
    deferred = true
    return using.defer(function()
      deferred = false
      step()
    end)
  end
  return step()
end

local function forget_watch()
  if stop_watch then stop_watch() end
  watched, stop_watch = nil, nil
end

local function forget_timer()
  if stop_timer then stop_timer() end
  armed, stop_timer = nil, nil
end

local function watch()
  local waker = hub.waker()
  if waker == watched then return end
  forget_watch()
  local fd = waker and raw.waker_fd(waker)
  if fd then watched, stop_watch = waker, using.watch(fd, on_news) end
end

local function arm()
  local at = timers.next()
  -- one that comes too early does no harm
  if not at or (armed and armed <= at) then return end
  forget_timer()
  armed = at
  local ok, stop = pcall(using.after, math.ceil(math.max(at - timers.now(), 0)), function()
    armed, stop_timer = nil, nil
    on_news()
  end)
  if not ok then
    armed = nil
    error(stop, 0)
  end
  stop_timer = stop
end

local function defer()
  if deferred then return end
  deferred = true
  local ok, problem = pcall(using.defer, function()
    deferred = false
    on_news()
  end)
  if not ok then
    deferred = false
    error(problem, 0)
  end
end

-- Has the loop call us: while there `is_any` task for news and at the next time, soon when something `is_ready`. Without a task
-- nothing of ours keeps the loop from ending.
function backend.arrange(is_any, is_ready)
  local loop = wanted()
  if loop ~= using then
    forget_watch()
    forget_timer()
    using, deferred = loop, false
  end
  if using == PLAIN then return end
  if is_any then
    watch()
    arm()
  else
    forget_watch()
    forget_timer()
  end
  if is_ready then defer() end
end

-- Whether the loop that is in use can call us while it waits for a call of ours to return.
function backend.nests()
  return using ~= nil and using.nests == true
end

-- Has the loop that is in use go on by itself for `ms` at most; false when it cannot.
function backend.turn(ms)
  return using ~= nil and using.turn ~= nil and using.turn(ms) ~= false
end

-- `on_step` is called when there is news, `on_change` when another loop was chosen.
function backend.begin(on_step, on_change)
  step, tell = on_step, on_change
end

local function describe(value)
  if type(value) == "string" then return ("%q"):format(value) end
  return errors.kind_of(value)
end

-- What is wrong with a loop of the program; nil when nothing is.
local function problem_of(given)
  if type(given) ~= "table" then
    local names = {}
    for index, entry in ipairs(KNOWN) do names[index] = ("%q"):format(entry.name) end
    return ("expected a table { watch = , after = , defer = }, %s, or nil for what is there; got %s")
      :format(table.concat(names, ", "), describe(given))
  end
  local problem = errors.bad_name(given, "the loop", "watch") or errors.unknown_key(given, FIELDS, "unknown field")
  if problem then return problem end
  local wrong = "%s must be a %s, got %s"
  for _, field in ipairs(NEEDED) do
    if given[field] == nil then return wrong:format(field, FIELDS[field], "nil") end
  end
  for field, value in next, given do
    if type(value) ~= FIELDS[field] then return wrong:format(field, FIELDS[field], errors.kind_of(value)) end
  end
  return nil
end

-- The loop that a program gave, held to what its functions return.
local function checked(given)
  local loop = {}
  for field in pairs(FIELDS) do loop[field] = given[field] end
  for _, field in ipairs(NEEDED) do
    loop[field] = function(...)
      local stop = given[field](...)
      if type(stop) ~= "function" then
        error(("llmspell.set_loop: %s must return a function that ends it, got %s"):format(field, errors.kind_of(stop)), 0)
      end
      return stop
    end
  end
  loop.defer = loop.defer or function(call) loop.after(0, call) end
  return loop
end

-- Public: llmspell.set_loop.
function backend.set_loop(given)
  errors.check_dot(given, "llmspell.set_loop")
  local loop, why
  if type(given) == "string" then loop, why = named(given) end
  if given ~= nil and not loop then
    local problem = why or problem_of(given)
    if problem then errors.misuse(2, "llmspell.set_loop: " .. problem) end
    loop = checked(given)
  end
  chosen = loop
  tell()
  return true
end

return backend
