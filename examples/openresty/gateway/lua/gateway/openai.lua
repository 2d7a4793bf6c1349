-- OpenAI's Chat Completions format: reads requests, writes answers. What cannot be done is refused by the parameter's name.
local llmspell = require("llmspell")

local null, array = llmspell.null, llmspell.array
local openai = {}

-- Leaves the reading of a request with an answer: {status, message, param, code}.
local function refuse(param, message, code, status)
  error({ status = status or 400, message = message, param = param, code = code })
end

local NUMBERS = {
  temperature = { 0, 2 }, top_p = { 0, 1 }, max_tokens = { 1, 2 ^ 31 - 1, whole = true },
  max_completion_tokens = { 1, 2 ^ 31 - 1, whole = true }, seed = { -2 ^ 53, 2 ^ 53, whole = true },
}
-- Parameters that are taken with the value that changes nothing.
local NEUTRAL = {
  n = 1, frequency_penalty = 0, presence_penalty = 0, logprobs = false, top_logprobs = 0, parallel_tool_calls = true,
  service_tier = "auto", store = false,
}
-- Parameters that mean nothing here, or are read below.
local KNOWN = {
  user = true, metadata = true, safety_identifier = true, prompt_cache_key = true, model = true, messages = true,
  stream = true, stream_options = true, stop = true, tools = true, tool_choice = true, response_format = true,
}

local function is_list(value) return type(value) == "table" and (value[1] ~= nil or next(value) == nil) end

local function part(given, param)
  local kind = type(given) == "table" and given.type
  if kind == "text" and type(given.text) == "string" then return { type = "text", text = given.text } end
  if kind == "refusal" and type(given.refusal) == "string" then return { type = "refusal", text = given.refusal } end
  if kind == "image_url" and type(given.image_url) == "table" then
    return { type = "image", url = given.image_url.url, detail = given.image_url.detail }
  end
  if kind == "file" and type(given.file) == "table" then
    return { type = "file", url = given.file.file_data, file_id = given.file.file_id, filename = given.file.filename }
  end
  return refuse(param, ("Content parts of the type %q are not supported here, or lack their member."):format(tostring(kind)))
end

local function content(given, param, none)
  if given == nil and none then return none end
  if type(given) == "string" then return given end
  if not is_list(given) then refuse(param, "Expected a text or a list of content parts.") end
  local parts = array{}
  for index, one in ipairs(given) do parts[index] = part(one, ("%s[%d]"):format(param, index - 1)) end
  return parts
end

local function text(given, param)
  local parts = content(given, param)
  if type(parts) == "string" then return parts end
  local texts = {}
  for _, one in ipairs(parts) do texts[#texts + 1] = one.text or refuse(param, "Expected text alone.") end
  return table.concat(texts, "\n")
end

-- Messages as llmspell has them: {system_prompt, messages, results}, where `results` are the tool results at the end by id.
local function read_messages(given)
  if not is_list(given) or #given == 0 then refuse("messages", "Expected a list of messages that is not empty.") end
  local read, names, prompts = { messages = array{}, results = {} }, {}, {}
  for index, one in ipairs(given) do
    local at = ("messages[%d]"):format(index - 1)
    local role = type(one) == "table" and one.role
    for key, value in pairs(role and one or {}) do if value == null then one[key] = nil end end
    if role == "system" or role == "developer" then
      local words = text(one.content, at .. ".content")
      if #read.messages == 0 then prompts[#prompts + 1] = words
      else table.insert(read.messages, { role = "system", content = words }) end
    elseif role == "user" then
      read.results = {}
      table.insert(read.messages, { role = "user", content = content(one.content, at .. ".content") })
    elseif role == "assistant" then
      read.results = {}
      local calls = array{}
      if one.tool_calls ~= nil and not is_list(one.tool_calls) then refuse(at .. ".tool_calls", "Expected a list of calls.") end
      for place, call in ipairs(one.tool_calls or {}) do
        local called = type(call) == "table" and call["function"]
        if type(called) ~= "table" or type(call.id) ~= "string" or type(called.name) ~= "string" or type(called.arguments) ~= "string" then
          refuse(("%s.tool_calls[%d]"):format(at, place - 1), "Expected a function call with id, name and arguments (a text).")
        end
        names[call.id] = called.name
        calls[place] = { id = call.id, name = called.name, arguments = called.arguments }
      end
      table.insert(read.messages, { role = "assistant", content = content(one.content, at .. ".content", ""), tool_calls = calls })
    elseif role == "tool" then
      local id = one.tool_call_id
      if not names[id] then refuse(at .. ".tool_call_id", "No message before has a tool call with this id.") end
      read.results[id] = text(one.content, at .. ".content")
      table.insert(read.messages, { role = "tool", content = array{
        { type = "tool_result", tool_call_id = id, name = names[id], content = read.results[id] } } })
    else
      refuse(at .. ".role", "Expected one of system, developer, user, assistant and tool.")
    end
  end
  read.system_prompt = #prompts > 0 and table.concat(prompts, "\n\n") or nil
  if given[#given].role ~= "user" and given[#given].role ~= "tool" then
    refuse("messages", "The last message must be the user's, or the result of a tool.")
  end
  return read
end

local function read_tools(given)
  if not is_list(given) then refuse("tools", "Expected a list of tools.") end
  local tools = array{}
  for index, one in ipairs(given) do
    local at = ("tools[%d]"):format(index - 1)
    local called = type(one) == "table" and one["function"]
    if type(called) ~= "table" or one.type ~= "function" then refuse(at .. ".type", "Only tools of the type function are supported.") end
    if type(called.name) ~= "string" then refuse(at .. ".function.name", "Expected a name.") end
    tools[index] = {
      name = called.name, description = called.description ~= null and called.description or "",
      schema = called.parameters ~= null and called.parameters or { type = "object" },
    }
  end
  return tools
end

local function read_choice(given)
  if given == "auto" or given == "none" or given == "required" then return given end
  local called = type(given) == "table" and given.type == "function" and given["function"]
  if type(called) ~= "table" or type(called.name) ~= "string" then
    refuse("tool_choice", "Expected auto, none, required, or a function by its name.")
  end
  return { name = called.name }
end

local function read_form(given, options)
  local kind = type(given) == "table" and given.type
  if kind == "text" then return end
  if kind == "json_object" then options.output_schema = { type = "object" }
  elseif kind == "json_schema" and type(given.json_schema) == "table" and type(given.json_schema.schema) == "table" then
    options.output_schema, options.output_name = given.json_schema.schema, given.json_schema.name
  else
    refuse("response_format", "Expected the type text, json_object, or json_schema with a schema.")
  end
  options.output_retries = 0 -- the client has seen the text already
end

-- Reads a request against the models that there are: {model, stream, include_usage, options of the agent, messages, results}; or nil
-- and how it is refused.
function openai.read(body, models)
  local function read()
    if type(body) ~= "table" or is_list(body) then refuse(nil, "We could not parse the JSON body of your request.") end
    for key, value in pairs(body) do if value == null then body[key] = nil end end
    if type(body.model) ~= "string" then refuse("model", "you must provide a model parameter") end
    if not models[body.model] then
      refuse("model", ("The model `%s` does not exist or you do not have access to it."):format(body.model), "model_not_found", 404)
    end
    local options = { model = body.model }
    for key, value in pairs(body) do
      local limits = NUMBERS[key]
      if limits then
        if type(value) ~= "number" or value < limits[1] or value > limits[2] or limits.whole and value % 1 ~= 0 then
          refuse(key, ("Invalid value for '%s': expected a number from %.0f to %.0f."):format(key, limits[1], limits[2]))
        end
        options[key == "max_completion_tokens" and "max_tokens" or key] = value
      elseif NEUTRAL[key] ~= nil then
        if value ~= NEUTRAL[key] then
          refuse(key, ("'%s' is supported with the value %s alone."):format(key, tostring(NEUTRAL[key])), "unsupported_value")
        end
      elseif not KNOWN[key] then
        refuse(key, ("Unsupported parameter: '%s' is not supported by this gateway."):format(key), "unsupported_parameter")
      end
    end
    options.stop = body.stop
    if body.tools ~= nil then options.tools = read_tools(body.tools) end
    if body.tool_choice ~= nil then options.tool_choice = read_choice(body.tool_choice) end
    if body.response_format ~= nil then read_form(body.response_format, options) end
    local messages = read_messages(body.messages)
    options.system_prompt = messages.system_prompt
    local stream_options = type(body.stream_options) == "table" and body.stream_options or {}
    return {
      model = body.model, stream = body.stream == true, include_usage = stream_options.include_usage == true,
      options = options, messages = messages.messages, results = messages.results,
    }
  end
  local ok, request = pcall(read)
  if ok then return request end
  if type(request) ~= "table" then error(request, 0) end
  return nil, request
end

local FINISHED = { length = "length", content_filter = "content_filter", tool_calls = "tool_calls" }

function openai.usage(used)
  return {
    prompt_tokens = used.input_tokens, completion_tokens = used.output_tokens, total_tokens = used.total_tokens,
    prompt_tokens_details = { cached_tokens = used.cached_tokens },
    completion_tokens_details = { reasoning_tokens = used.reasoning_tokens },
  }
end

-- The head that all objects of one answer share.
function openai.head(object, model, id, created)
  return { id = id, object = object, created = created, model = model }
end

function openai.finish_reason(reason) return FINISHED[reason] or "stop" end

-- Calls as the client gets them, with `ids`. In a stream each has its index.
function openai.calls(calls, ids, streamed)
  local out = array{}
  for index, call in ipairs(calls) do
    out[index] = {
      index = streamed and index - 1 or nil, id = ids[index], type = "function",
      ["function"] = { name = call.name, arguments = call.arguments },
    }
  end
  return out
end

-- The status, the type and the code with which a failure of a run is told to the client.
local FAILURES = {
  rate_limit = { 429, "requests", "rate_limit_exceeded" }, overloaded = { 503, "server_error", "overloaded" },
  timeout = { 504, "server_error", "timeout" }, content_filter = { 400, "invalid_request_error", "content_filter" },
  argument = { 400, "invalid_request_error" }, validation = { 502, "server_error", "validation" },
}

-- How a failed run is told: {status, type, code, message, param, retry_after}. The gateway's own trouble with its provider (its key, the
-- network) is not the client's fault, and none of its business.
function openai.failure(failed)
  local found = FAILURES[failed.kind]
  local status = failed.http_status
  if not found and (status == 400 or status == 413 or status == 422) then found = FAILURES.argument end
  return {
    status = found and found[1] or 502, type = found and found[2] or "server_error", code = found and found[3] or not found and "upstream_error" or nil,
    -- llmspell begins such a message with the name of the option
    param = found == FAILURES.argument and failed.message:match("^([%l_]+[%w_%.%[%]]*): ") or nil,
    message = found and failed.message or "The model's provider could not be asked, or failed.",
    retry_after = failed.retry_after_ms and math.ceil(failed.retry_after_ms / 1000),
  }
end

return openai
