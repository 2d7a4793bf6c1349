-- Runs a conformance case by its id (spec/README.md), and raises what is wrong with what it came to.
local llmspell = require("llmspell")
local match = require("spec.conformance.lua.match")
local play = require("spec.conformance.lua.play")

local json = llmspell.json

local function setting(name)
  local value = os.getenv("LLMSPELL_CONFORMANCE_" .. name)
  return value ~= "" and value or nil
end

local function set_of(list)
  local set = {}
  for name in (list or ""):gmatch("[^,]+") do set[name] = true end
  return set
end

local SKIPPED = set_of(setting("SKIP"))
local HOST = setting("HOST") or "lua"

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, "wb"))
  assert(file:write(text))
  assert(file:close())
end

local function file_name(id)
  return (id:gsub("/", "-"))
end

-- What is wrong with a record: nothing when it fits `expect` or a variant of it.
local function judge(case, record)
  local problems = match.problems(case.expect, record)
  for _, variant in ipairs(case.also_allowed) do
    if #problems == 0 or #match.problems(variant.expect, record) == 0 then return {} end
  end
  return problems
end

-- Plays the case once. `from` is the host whose bytes it goes on from, if it does.
local function run_once(case, from)
  local carry = { folder = setting("CARRY"), name = file_name(case.id) .. "@" .. HOST }
  if from then
    carry.bytes = read(("%s/%s@%s"):format(carry.folder, file_name(case.given.carried), from))
  end
  local record, trouble = play.run(case, carry)
  local problems = trouble and { trouble } or judge(case, record)
  local text, problem = json.encode(record)
  if not text then
    problems[#problems + 1] = "the record cannot be JSON: " .. problem
    text = "{}"
  end
  local logs = setting("LOGS")
  if logs then
    local log = { id = case.id, host = HOST, from = from, problems = llmspell.array(problems), record = json.decode(text) }
    write(("%s/%s%s.json"):format(logs, file_name(case.id), from and "@" .. from or ""), assert(json.encode(log)))
  end
  return problems, text
end

return function(id)
  if SKIPPED[id] then return end
  local case = assert(json.decode(read("spec/conformance/generated/cases/" .. id .. ".json")))
  local froms = { false }
  if case.given.carried then
    froms = {}
    for from in pairs(set_of(setting("FROM"))) do froms[#froms + 1] = from end
    assert(#froms > 0, "no host has left bytes for this case; run `make conformance`")
  end
  local complaints = {}
  for _, from in ipairs(froms) do
    local problems, record = run_once(case, from or nil)
    if #problems > 0 then
      complaints[#complaints + 1] = (from and "from " .. from .. ": " or "") .. table.concat(problems, "\n") .. "\n" .. record
    end
  end
  if #complaints > 0 then error(table.concat(complaints, "\n"), 0) end
end
