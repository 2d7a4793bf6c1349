-- What is under way, and figures of it in Prometheus' text format. Both are in shared memory: any worker shows all, also after a reload.
local agents = require("gateway.agents")
local ffi = require("ffi")

ffi.cdef "int kill(int pid, int signal);"

local metrics, tools = {}, {}
local figures, runs = ngx.shared.metrics, ngx.shared.runs
for _, tool in ipairs(agents.tools) do tools[tool.name] = tool.name end

local BOUNDS = { "0.05", "0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "120", "300", "+Inf" }
local FAMILIES = {
  { "gateway_requests_total", "counter", "Requests that were answered, by route, client and HTTP status" },
  { "gateway_runs_in_flight", "gauge", "Runs that are under way" },
  { "gateway_run_seconds", "histogram", "How long runs took, by route" },
  { "gateway_first_text_seconds", "histogram", "How long runs took to their first text, by route" },
  { "gateway_tokens_total", "counter", "Tokens that providers reported, by client and direction" },
  { "gateway_tool_calls_total", "counter", "Calls of the gateway's tools" },
  { "gateway_errors_total", "counter", "Runs that failed, by kind of error; client_closed when nobody waited for the end" },
}

-- Adds to one series. What stands in its labels is the gateway's own, never a client's or a model's words.
local function add(value, series, ...) figures:incr(series:format(...), value, 0) end

local function observe(name, route, seconds)
  for _, bound in ipairs(BOUNDS) do
    add(seconds <= tonumber(bound) and 1 or 0, '%s_bucket{route="%s",le="%s"}', name, route, bound)
  end
  add(seconds, '%s_sum{route="%s"}', name, route)
  add(1, '%s_count{route="%s"}', name, route)
end

-- In each worker that begins: what one that was killed had under way is over. (3 is ESRCH: there is no such process.)
function metrics.begin_worker()
  for _, name in ipairs(runs:get_keys(0)) do
    if ffi.C.kill(runs:get(name) or 0, 0) ~= 0 and ffi.errno() == 3 then runs:delete(name) end
  end
end

-- This request begins a run; false when another one of this name is under way. `finish` counts its end, however that comes.
function metrics.begin(name)
  if not runs:add(name, ngx.worker.pid(), 3600) then return false end
  ngx.ctx.run = { name = name, began = ngx.now() }
  return true
end

-- Lets the next run of the same name begin.
function metrics.free()
  local run = ngx.ctx.run
  if run.name then runs:delete(run.name) end
  run.name = nil
end

-- Takes note of an event of the run.
function metrics.event(event)
  local run, client = ngx.ctx.run, ngx.var.client
  if event.type == "text_delta" then
    run.first = run.first or ngx.now()
  elseif event.type == "tool_result" then
    add(1, 'gateway_tool_calls_total{tool="%s",failed="%s"}', tools[event.name] or "unknown", event.is_error)
  elseif event.type == "step_end" then
    add(event.usage.input_tokens, 'gateway_tokens_total{client="%s",direction="in"}', client)
    add(event.usage.output_tokens, 'gateway_tokens_total{client="%s",direction="out"}', client)
  elseif event.type == "error" or event.type == "cancelled" then
    local failure = event.error or { kind = "cancelled", message = "it was cancelled" }
    ngx.log(ngx.WARN, "a run of ", client, " failed: ", failure.kind, ": ", failure.message)
    run.error = failure.kind
  end
end

-- In the log phase, which comes after every request.
function metrics.finish()
  local run, route = ngx.ctx.run, ngx.var.route
  add(1, 'gateway_requests_total{route="%s",client="%s",status="%d"}', route, ngx.var.client, ngx.status)
  if not run then return end
  metrics.free()
  observe("gateway_run_seconds", route, ngx.now() - run.began)
  if run.first then observe("gateway_first_text_seconds", route, run.first - run.began) end
  local kind = run.error or not run.ended and (ngx.status == 500 and "internal" or "client_closed")
  if kind then add(1, 'gateway_errors_total{kind="%s"}', kind) end
end

function metrics.show()
  ngx.header["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
  local keys = figures:get_keys(0)
  -- buckets in the order of their bounds
  local function order(key)
    return (key:gsub('le="(.-)"', function(bound) return bound == "+Inf" and "~" or ("%09.3f"):format(bound) end))
  end
  table.sort(keys, function(a, b) return order(a) < order(b) end)
  for _, family in ipairs(FAMILIES) do
    local name, kind, help = unpack(family)
    ngx.say("# HELP ", name, " ", help, "\n# TYPE ", name, " ", kind)
    if kind == "gauge" then ngx.say(name, " ", #runs:get_keys(0)) end
    for _, key in ipairs(keys) do
      if key:find("^" .. name .. "[_%l]*{") then ngx.say(key, " ", figures:get(key)) end
    end
  end
end

return metrics
