-- OpenAI's Chat Completions format, from the side of a server: what a client asks, and the answer to it from the events of a run.
local import, native, raw = ...

local errors = import("llmspell.errors")
local json = import("llmspell.json")
local stream = import("llmspell.stream")

local openai = {}

local ANSWER = {}
local methods = {}
local answer_meta = { __index = methods, __name = "llmspell.openai.answer" }

-- Public: an error in OpenAI's form: {status, body, message, param, code, type}, where body is the JSON text to send.
function openai.refusal(status, message, param, code, kind)
  errors.check_dot(status, "llmspell.openai.refusal")
  kind = kind or (status >= 500 and "server_error" or "invalid_request_error")
  local told = { message = message, type = kind, param = param or native.null, code = code or native.null }
  local body, problem = json.text({ error = told }, "refusal")
  if not body then errors.misuse(2, "llmspell.openai.refusal: " .. problem) end
  return { status = status, body = body, message = message, param = param, code = code, type = kind }
end

-- Public: the answer to GET /v1/models, or with a name to GET /v1/models/NAME: {status, body}; a refusal when `names` lacks it.
function openai.models(names, name)
  local where = "llmspell.openai.models"
  errors.check_dot(names, where)
  if type(names) ~= "table" then
    errors.misuse(2, ("%s: expected a list of names, got %s"):format(where, errors.kind_of(names)))
  end
  local list, named = json.array(), nil
  for index, one in ipairs(names) do
    if type(one) ~= "string" then
      errors.misuse(2, ("%s: names[%d]: expected a string, got %s"):format(where, index, errors.kind_of(one)))
    end
    list[index] = { id = one, object = "model", created = 0, owned_by = one:match("^(.-)/") or "llmspell" }
    if one == name then named = list[index] end
  end
  if name ~= nil and not named then
    -- a client's word, which may be anything
    local shown = tostring(name):sub(1, 200):gsub("[^\32-\126]", "?")
    local message = ("The model '%s' does not exist or you do not have access to it."):format(shown)
    return openai.refusal(404, message, "model", "model_not_found")
  end
  local body, problem = json.text(named or { object = "list", data = list }, "names")
  if not body then errors.misuse(2, ("%s: %s"):format(where, problem)) end
  return { status = 200, body = body }
end

-- Public: reads the body of a request for /v1/chat/completions. Returns {model, stream, include_usage, agent, input, options}; or
-- nil and the refusal to answer with.
function openai.read(body)
  errors.check_dot(body, "llmspell.openai.read")
  if type(body) ~= "string" then
    errors.misuse(2, ("llmspell.openai.read: expected the body of the request as a string, got %s"):format(errors.kind_of(body)))
  end
  local text, problem = errors.pass(raw.openai_read(body))
  local request
  if text then request, problem = json.value(text, native.AS_ENCODED, "body") end
  if not request then return nil, openai.refusal(400, problem) end
  local refused = request.refusal
  if refused then
    local told = refused.body.error
    for name, value in pairs(told) do
      if value == native.null then told[name] = nil end
    end
    return nil, openai.refusal(refused.status, told.message, told.param, told.code, told.type)
  end
  request.options = request.input
  request.input, request.options.input = request.options.input, nil
  return request
end

-- What the answer is told of an event.
local function told(self, event)
  local kind = event.type
  if kind == "done" or kind == "error" then return stream.last_json(self.stream) end
  return native.encode({ type = kind, text = event.text, discard = event.discard, nested = event.nested })
end

local function head_of(self)
  local head = json.value(assert(raw.openai_answer_head(self.answer)), native.DROP_NULL, "head")
  self.ended = head.ended
  if self.begun then return nil end
  self.begun = true
  local headers = { ["Content-Type"] = head.content_type }
  if head.retry_after_ms then headers["Retry-After"] = tostring(math.ceil(head.retry_after_ms / 1000)) end
  return { status = head.status, headers = headers }
end

-- An event of the run with its answer.
local function answered(self, event)
  if not event then return nil end
  local text = assert(raw.openai_answer_next(self.answer, told(self, event)))
  if text == "" then return event end
  -- it ends before its run when what was sent cannot be taken back
  if self.begun and event.type ~= "retry" then return event, text end
  return event, text, head_of(self)
end

-- Public: the next event of the run, the text to send for it (or nil) and, with the first text, the head of the answer:
-- {status, headers}. Nil after the last one.
function methods.next(given)
  local self = type(given) == "table" and rawget(given, ANSWER)
  if not self then errors.misuse(2, "answer:next: call it with a colon on what llmspell.openai.answer returned") end
  if self.ended then self.stream:close() end
  local event, text, head = answered(self, not self.ended and self.stream:next())
  return event, text, head
end

function answer_meta.__call(given)
  local self = rawget(given, ANSWER)
  if self.ended then self.stream:close() end
  -- a for loop may wait where a plain call may not, and the other way round
  local event, text, head = answered(self, not self.ended and self.stream())
  return event, text, head
end

-- Public: the answer to `request`, which openai.read gave, from the events of `run`, what agent:stream returned for it.
function openai.answer(request, run)
  errors.check_dot(request, "llmspell.openai.answer")
  if type(request) ~= "table" or type(request.options) ~= "table" then
    errors.misuse(2, ("llmspell.openai.answer: expected what llmspell.openai.read returned, got %s"):format(errors.kind_of(request)))
  end
  if not stream.is(run) then
    errors.misuse(2, ("llmspell.openai.answer: expected what agent:stream returned, got %s"):format(errors.kind_of(run)))
  end
  local text, problem = json.text({
    model = request.model, stream = request.stream, include_usage = request.include_usage,
    input = { output_schema = request.options.output_schema and true }, judged = stream.is_judged(run),
  }, "request")
  local answer
  if text then answer, problem = errors.pass(raw.openai_answer_new(text)) end
  if not answer then errors.misuse(2, "llmspell.openai.answer: " .. problem) end
  return setmetatable({ [ANSWER] = { answer = answer, stream = run } }, answer_meta)
end

return openai
