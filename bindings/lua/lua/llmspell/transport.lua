-- HTTP that the program carries: what the function of the option `transport` returns, fed to the run.
local import, native, raw = ...

local errors = import("llmspell.errors")
local loop = import("llmspell.loop")

local transport = {}

-- what transport.carry returns when the answer was fed
transport.FED = {}

local function must(ok, message)
  if not ok then error("transport: " .. message, 0) end
end

-- what transport.carry yields while the run has more bytes than it can hold until its events are taken
transport.FULL = {}

-- Head of an answer as JSON text.
local function head_of(response)
  must(type(response) == "table", ("must return a table { status, headers, body }, got %s"):format(errors.kind_of(response)))
  must(type(response.status) == "number", ("status must be a number, got %s"):format(errors.kind_of(response.status)))
  local headers = response.headers or {}
  must(type(headers) == "table", ("headers must be a table of texts, got %s"):format(errors.kind_of(headers)))
  local texts = {}
  for name, value in pairs(headers) do
    -- a header that came several times is a list in most HTTP libraries
    if type(value) == "table" then value = table.concat(value, ", ") end
    if type(name) == "string" then texts[name] = tostring(value) end
  end
  return native.encode({ status = response.status, headers = texts }) or native.encode({ status = response.status })
end

local function checked(ok, message)
  must(ok, tostring(message))
end

-- until there is room is looked again, where a task of its own carries the answer
local LOOK_MS = 10

-- Feeds a piece, once there is room for it.
local function feed(run, id, piece)
  while true do
    local ok, message, details = errors.pass(raw.run_http_bytes(run, id, piece))
    if ok then return end
    if details.kind ~= "busy" then error("transport: " .. tostring(message), 0) end
    local owner = loop.here()
    if owner and owner.kills_flat then
      owner.sleep(LOOK_MS)
    else
      coroutine.yield(transport.FULL)
    end
  end
end

-- Calls the function and feeds what it returns to a request of a run. Runs in the handler's coroutine, so that the function and
-- the one that gives the pieces may yield. Returns transport.FED; or nil and the function's error.
function transport.carry(call, run, id, request)
  local response, failure = call(request)
  if response == nil then return nil, failure or "it returned nothing" end
  checked(raw.run_http_head(run, id, head_of(response)))
  local body = response.body
  if type(body) == "function" then
    local piece = body()
    while piece ~= nil and not request.cancelled do
      must(type(piece) == "string", ("the body's function must return strings, got %s"):format(errors.kind_of(piece)))
      feed(run, id, piece)
      piece = body()
    end
  elseif body ~= nil then
    must(type(body) == "string", ("body must be a string or a function, got %s"):format(errors.kind_of(body)))
    feed(run, id, body)
  end
  checked(raw.run_http_end(run, id))
  return transport.FED
end

return transport
