-- The module that `require "llmspell"` returns. The public functions; their work is done in the other files.
local import, native = ...

local agent = import("llmspell.agent")
local backend = import("llmspell.loop.backend")
local errors = import("llmspell.errors")
local json = import("llmspell.json")
local openai = import("llmspell.openai")
local source = import("llmspell.loop.source")
local task = import("llmspell.task")
local testing = import("llmspell.testing")
local tool = import("llmspell.tool")

local llmspell = {
  _VERSION = "llmspell " .. native.version(),
  version = native.version,
  null = native.null,
  array = json.array,
  json = { encode = json.encode, decode = json.decode },
  create_tool = tool.create,
  agent = agent.create,
  go = task.go,
  loop = task.loop,
  sleep = task.sleep,
  pcall = task.pcall,
  set_loop = backend.set_loop,
  source = source.new,
  forbid_requests = testing.forbid_requests,
  openai = { read = openai.read, answer = openai.answer, refusal = openai.refusal, models = openai.models },
  testing = { scripted = testing.scripted, played = testing.played, assert_done = testing.assert_done },
}

-- a table, so that more constructors can be put beside the plain call
llmspell.Agent = setmetatable({}, {
  __call = function(_, options)
    errors.check_dot(options, "llmspell.Agent")
    local made, message, details = agent.create_for(options, "llmspell.Agent", 2)
    return made, message, details
  end,
})

errors.name_module(llmspell, "llmspell")
errors.name_module(llmspell.json, "llmspell.json")
errors.name_module(llmspell.openai, "llmspell.openai")
errors.name_module(llmspell.testing, "llmspell.testing")

return llmspell
