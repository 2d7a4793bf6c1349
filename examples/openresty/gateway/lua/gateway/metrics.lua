-- Figures in Prometheus' text format 0.0.4. They are in shared memory, so any worker can show them all, and stay across reloads.
local agents = require("gateway.agents")
local store = require("gateway.store")

local metrics, tools = {}, {}
for _, tool in ipairs(agents.tools) do tools[tool.name] = tool.name end
local BUCKETS = { 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300 }
local FAMILIES = {
  { "gateway_requests_total", "counter", "Requests that were answered, by route, client and HTTP status" },
  { "gateway_runs_in_flight", "gauge", "Runs that are under way" },
  { "gateway_run_seconds", "histogram", "How long runs took, by route" },
  { "gateway_first_text_seconds", "histogram", "How long runs took to their first text, by route" },
  { "gateway_tokens_total", "counter", "Tokens that providers reported, by client and direction" },
  { "gateway_tool_calls_total", "counter", "Calls of the gateway's tools" },
  { "gateway_errors_total", "counter", "Runs that failed, by kind of error; client_closed when nobody waited for the end" },
}

-- Adds to one series. `labels` are label="value" pairs as text; what stands in them is the gateway's own,
-- never a client's or a model's words.
local function add(name, labels, value)
  ngx.shared.metrics:incr(name .. "{" .. labels .. "}", value, 0)
end

local function observe(name, labels, value)
  for _, bound in ipairs(BUCKETS) do
    add(name .. "_bucket", ('%s,le="%s"'):format(labels, bound), value <= bound and 1 or 0)
  end
  add(name .. "_bucket", labels .. ',le="+Inf"', 1)
  add(name .. "_sum", labels, value)
  add(name .. "_count", labels, 1)
end

-- A run of this request begins. `finish` counts its end, however the request ends.
function metrics.begin(route, client)
  ngx.ctx.run = { route = route, client = client or "page", began = ngx.now(), pid = ngx.worker.pid() }
  ngx.shared.metrics:incr("in_flight:" .. ngx.ctx.run.pid, 1, 0)
end

-- Takes note of an event of the run.
function metrics.event(event)
  local run = ngx.ctx.run
  ngx.update_time()
  if event.type == "text_delta" and not run.first then run.first = ngx.now() end
  if event.type == "tool_result" then
    add("gateway_tool_calls_total", ('tool="%s",failed="%s"'):format(tools[event.name] or "unknown", event.is_error), 1)
  end
  if event.type == "step_end" then
    add("gateway_tokens_total", ('client="%s",direction="in"'):format(run.client), event.usage.input_tokens)
    add("gateway_tokens_total", ('client="%s",direction="out"'):format(run.client), event.usage.output_tokens)
  end
  if event.type == "error" or event.type == "cancelled" then
    local failure = event.error or { kind = "cancelled", message = "it was cancelled" }
    ngx.log(ngx.WARN, "a run of ", run.client, " failed: ", failure.kind, ": ", failure.message)
    metrics.failed(failure.kind)
  end
end

function metrics.failed(kind)
  ngx.ctx.run.error = kind
end

-- In the log phase, which comes after every request.
function metrics.finish()
  local run = ngx.ctx.run
  local route = run and run.route or ngx.var.uri:match("^/v1/") and "v1" or "page"
  add("gateway_requests_total", ('route="%s",client="%s",status="%d"')
    :format(route, run and run.client or ngx.ctx.client and ngx.ctx.client.name or "", ngx.status), 1)
  store.unlock()
  if not run then return end
  ngx.shared.metrics:incr("in_flight:" .. run.pid, -1)
  ngx.update_time()
  observe("gateway_run_seconds", ('route="%s"'):format(route), ngx.now() - run.began)
  if run.first then observe("gateway_first_text_seconds", ('route="%s"'):format(route), run.first - run.began) end
  local kind = run.error or not run.ended and "client_closed"
  if kind then add("gateway_errors_total", ('kind="%s"'):format(kind), 1) end
end

-- Runs under way in all workers; what a worker that was killed has left is forgotten.
local function in_flight()
  local sum, shared = 0, ngx.shared.metrics
  for _, key in ipairs(shared:get_keys(0)) do
    local pid = tonumber(key:match("^in_flight:(%d+)$"))
    if pid and store.alive(pid) then sum = sum + shared:get(key)
    elseif pid then shared:delete(key) end
  end
  return sum
end

function metrics.show()
  local keys, lines = ngx.shared.metrics:get_keys(0), {}
  -- buckets in the order of their bounds
  local function order(key)
    return (key:gsub('le="(.-)"', function(bound) return bound == "+Inf" and "~" or ("%09.3f"):format(bound) end))
  end
  table.sort(keys, function(a, b) return order(a) < order(b) end)
  for _, family in ipairs(FAMILIES) do
    local name, kind, help = unpack(family)
    lines[#lines + 1] = ("# HELP %s %s\n# TYPE %s %s\n"):format(name, help, name, kind)
    if kind == "gauge" then lines[#lines + 1] = name .. " " .. in_flight() .. "\n" end
    for _, key in ipairs(keys) do
      if key:find("^" .. name .. "[_%l]*{") then lines[#lines + 1] = ("%s %.15g\n"):format(key, ngx.shared.metrics:get(key)) end
    end
  end
  ngx.header["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
  ngx.print(lines)
end

return metrics
