-- What programs need for their own tests: scripted models, and what was played of a script or cassette.
local import, native, raw = ...

local errors = import("llmspell.errors")
local json = import("llmspell.json")

local testing = {}

local AGENT = "llmspell.agent"

-- A scripted model holds an agent that nobody talks to; the agents that have the model share its script.
local holders = setmetatable({}, { __mode = "k" })

-- The turns of a model that are functions, by their numbers.
local functions = setmetatable({}, { __mode = "k" })

local methods = {}
local model_meta = { __name = "llmspell.scripted", __index = methods }

-- What was played of the script or cassette of an agent, as a table; raises what is wrong at the caller of the public function.
local function played(handle, where)
  local text, message, details = errors.pass(raw.agent_played(handle))
  if not text then
    errors.raise_misuse(3, where, message, details)
    errors.misuse(3, where .. ": " .. message)
  end
  return assert(json.value(text, 0, "played"))
end

local function check_done(report, where)
  if report.played < report.total then
    local next_one = report.left and report.left[1]
    local which = next_one and (" (next is exchange %d, %s %s)"):format(next_one.exchange, next_one.method, next_one.path) or ""
    errors.misuse(3, ("%s: %d of %d %s were not used%s"):format(where, report.total - report.played, report.total,
      report.kind == "script" and "turns" or "exchanges", which))
  end
  if report.asked and report.asked > report.total then
    errors.misuse(3, ("%s: the model was asked %d times, and the script has %d turns"):format(where, report.asked, report.total))
  end
  return true
end

local function holder_of(self, method)
  local holder = holders[self]
  if not holder then
    errors.misuse(3, ("scripted:%s: expected a scripted model, got %s; call methods with a colon"):format(method, errors.kind_of(self)))
  end
  return holder
end

-- The requests that the turns were asked, as tables in OpenAI's Chat format.
function methods.requests(self)
  return played(holder_of(self, "requests"), "scripted:requests").requests
end

-- Raises unless every turn was used and no more was asked. Returns true.
function methods.assert_done(self)
  return check_done(played(holder_of(self, "assert_done"), "scripted:assert_done"), "scripted:assert_done")
end

function model_meta.__tostring(self)
  local report = played(holder_of(self, "tostring"), "scripted:tostring")
  return ("llmspell.scripted (%d of %d turns used)"):format(report.played, report.total)
end

-- Public: llmspell.testing.scripted{ turn, … }. A model for the options `model` or `provider` of agents.
function testing.scripted(turns)
  errors.check_dot(turns, "llmspell.testing.scripted")
  if type(turns) ~= "table" then
    errors.misuse(2, ("llmspell.testing.scripted: expected a list of turns, got %s"):format(errors.kind_of(turns)))
  end
  local list, asked = json.array {}, {}
  for index = 1, #turns do
    local turn = turns[index]
    if type(turn) == "function" then
      asked[index], turn = turn, { ask = true }
    end
    list[index] = turn
  end
  for key in next, turns do
    if type(key) ~= "number" or key < 1 or key > #list then
      errors.misuse(2, ("llmspell.testing.scripted: expected a list of turns, got the key '%s'; put a single turn in braces too")
        :format(tostring(key)))
    end
  end
  local text, problem = json.text({ provider = "scripted", script = list }, "script")
  if not text then errors.misuse(2, "llmspell.testing.scripted: " .. problem) end
  local handle, message, details = errors.pass(raw.agent_new(text))
  if not handle then
    errors.raise_misuse(2, "llmspell.testing.scripted", message, details)
    return nil, message, details
  end
  local model = setmetatable({}, model_meta)
  holders[model], functions[model] = handle, asked
  return model
end

-- Takes a scripted model out of the options of an agent, and puts its functions into what the agent serves. Returns what
-- agent_play_with needs, or nil when there is none.
function testing.take_model(options, serves)
  local model
  for _, name in ipairs { "model", "provider" } do
    local given = options[name]
    local holder = type(given) == "table" and holders[given]
    if holder then
      model, options[name], serves.script = holder, nil, functions[given]
    end
  end
  if model then options.provider, options.script = "scripted", json.array {} end
  return model
end

-- What the value of a function that is a turn means for the reply.
local function answer_of(number, value, failure)
  if value == nil and failure ~= nil then return nil, failure end
  if type(value) ~= "string" and type(value) ~= "table" then
    error(("its function returned %s; return a text, or a table like { text = … }"):format(errors.kind_of(value)), 0)
  end
  local text, problem = json.text(value, ("turns[%d]"):format(number))
  if not text then error(problem, 0) end
  return { status = 200, body = text }
end

-- What serves the request for a turn that is a function: calls it with the request, a table in OpenAI's Chat format, and the
-- turn's number. nil when there is none.
function testing.turn(asked, number)
  local turn = asked and asked[number]
  if not turn then return nil end
  return function(request)
    local body = assert(json.value(request.body, native.DROP_NULL + native.ROUND_LARGE, "request"))
    return answer_of(number, turn(body, number))
  end
end

local function check_agent(agent, where)
  if not native.is(agent, AGENT) then
    errors.misuse(3, ("%s: expected an agent, got %s"):format(where, errors.kind_of(agent)))
  end
end

-- Public: what was played of an agent's cassette or script, {kind, total, played, …}.
function testing.played(agent)
  errors.check_dot(agent, "llmspell.testing.played")
  check_agent(agent, "llmspell.testing.played")
  return played(agent, "llmspell.testing.played")
end

-- Public: raises unless all of an agent's cassette or script was played. Returns true.
function testing.assert_done(agent)
  errors.check_dot(agent, "llmspell.testing.assert_done")
  check_agent(agent, "llmspell.testing.assert_done")
  return check_done(played(agent, "llmspell.testing.assert_done"), "llmspell.testing.assert_done")
end

-- Public: llmspell.forbid_requests(true) lets no request leave the process.
function testing.forbid_requests(forbid)
  errors.check_dot(forbid, "llmspell.forbid_requests")
  if type(forbid) ~= "boolean" then
    errors.misuse(2, ("llmspell.forbid_requests: expected true or false, got %s"):format(errors.kind_of(forbid)))
  end
  raw.forbid_requests(forbid)
end

return testing
