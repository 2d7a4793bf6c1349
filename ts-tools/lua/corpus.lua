-- Asks for every recorded answer of a plan, streamed and at once, and writes down what came:
-- corpus.lua PLAN SEEN BASE_URL. Both files hold one JSON object per line; `ts-tools corpus` makes and reads them.
local llmspell = require("llmspell")

local plan, seen, server = arg[1], arg[2], arg[3]

local function agent_of(item)
  local options = item.options
  options.provider, options.api_key = item.provider, "sk-not-a-real-key"
  options.base_url = server .. item.path
  -- the recording has one answer, so what follows a tool call is not asked for, and a failure not asked for again
  options.max_steps, options.max_retries = 1, 0
  for _, tool in ipairs(options.tools or {}) do
    tool.execute = function() return "done" end
  end
  local ok, agent = pcall(llmspell.agent, options)
  if ok then return agent end
  -- a request that the provider refused may hold a schema that is none
  for _, tool in ipairs(options.tools or {}) do
    tool.schema = nil
  end
  return assert(llmspell.agent(options))
end

local function error_of(details)
  return { kind = details.kind, http_status = details.http_status, message = details.message }
end

local function model_of(result)
  return result and result.metadata and result.metadata.model
end

-- The turn that the model added, from the messages of a result.
local function turn_of(result)
  for _, message in ipairs(result and result.messages or {}) do
    if message.role == "assistant" then return message end
  end
end

local function citations_of(turn)
  local citations = llmspell.array {}
  for _, part in ipairs(turn and turn.content or {}) do
    if part.type == "citation" then
      citations[#citations + 1] = { url = part.url, title = part.title, quote = part.quote }
    end
  end
  return citations
end

local function streamed(item)
  local agent = agent_of(item)
  local text, reasoning, calls = {}, {}, llmspell.array {}
  local got = { calls = calls }
  for event in agent:stream(item.input) do
    if event.type == "text_delta" then
      text[#text + 1] = event.text
    elseif event.type == "reasoning_delta" then
      reasoning[#reasoning + 1] = event.text
    elseif event.type == "tool_call" then
      calls[#calls + 1] = { id = event.tool_call_id, name = event.name, arguments = event.arguments }
    elseif event.type == "step_end" then
      got["end"] = { usage = event.usage, finish_reason = event.finish_reason }
    elseif event.type == "error" then
      got.error, got.model = error_of(event.error), model_of(event.partial)
      got.citations = citations_of(turn_of(event.partial))
    elseif event.type == "done" then
      got.model, got.citations = model_of(event.result), citations_of(turn_of(event.result))
    end
  end
  agent:close()
  got.text, got.reasoning = table.concat(text), table.concat(reasoning)
  return got
end

local function executed(item)
  local agent = agent_of(item)
  local result, _, details = agent:execute { input = item.input }
  local got = {}
  if not result then
    got.error, result = error_of(details), details.partial
  end
  agent:close()
  local turn = turn_of(result)
  if not turn then return got end
  local reasoning = {}
  for _, part in ipairs(turn.content) do
    if part.type == "reasoning" then reasoning[#reasoning + 1] = part.text end
  end
  got.text, got.reasoning, got.model = result.text, table.concat(reasoning), model_of(result)
  got.calls, got.citations = llmspell.array(turn.tool_calls or {}), citations_of(turn)
  got["end"] = { usage = result.usage, finish_reason = result.finish_reason }
  return got
end

local function attempt(how, line)
  -- read again each time: an agent's options are the program's own tables
  local ok, got = pcall(how, assert(llmspell.json.decode(line)))
  if ok then return got end
  return { error = { kind = "raised", message = tostring(got) } }
end

local out = assert(io.open(seen, "wb"))
for line in io.lines(plan) do
  local id = assert(llmspell.json.decode(line)).id
  local record = { id = id, streamed = attempt(streamed, line), executed = attempt(executed, line) }
  out:write(assert(llmspell.json.encode(record)), "\n")
end
out:close()
