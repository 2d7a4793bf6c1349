-- llmspell.json beside lua-cjson: json_client.lua FILE MILLISECONDS SLICES. Each takes turns with slices of that length;
-- prints MB/s, medians over the slices. What counts is always the file's text: lua-cjson writes numbers shorter, and more
-- bytes for the same value are no merit.
local cjson = require("cjson")
local llmspell = require("llmspell")

local path, slice, slices = arg[1], tonumber(arg[2]) / 1000, tonumber(arg[3])
local file = assert(io.open(path))
local text = file:read("*a")
file:close()

local function same(a, b)
  if type(a) ~= "table" or type(b) ~= "table" then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

-- both must read the same, and read what the other wrote
local value, theirs = assert(llmspell.json.decode(text)), cjson.decode(text)
assert(same(value, theirs), "the two read different values")
local written, their_text = assert(llmspell.json.encode(value)), cjson.encode(theirs)
assert(same(cjson.decode(written), theirs), "cjson reads something else from what llmspell wrote")
assert(llmspell.json.decode(their_text) ~= nil, "llmspell does not read what cjson wrote")

local variants = {
  { name = "decode", call = function() return llmspell.json.decode(text) end },
  { name = "cjson_decode", call = function() return cjson.decode(text) end },
  { name = "encode", call = function() return llmspell.json.encode(value) end },
  { name = "cjson_encode", call = function() return cjson.encode(theirs) end },
}

local clock = os.clock
local function once(variant)
  local call, count, began = variant.call, 0, clock()
  local now
  repeat
    call()
    count = count + 1
    now = clock()
  until now - began >= slice
  return #text * count / (now - began) / 1e6
end

for _, variant in ipairs(variants) do
  variant.speeds = {}
  once(variant)
end
for _ = 1, slices do
  for _, variant in ipairs(variants) do
    collectgarbage()
    table.insert(variant.speeds, once(variant))
  end
end
local fields = {}
for _, variant in ipairs(variants) do
  table.sort(variant.speeds)
  fields[#fields + 1] = ("\"%s\":%.3f"):format(variant.name, variant.speeds[math.ceil(slices / 2)])
end
print("{" .. table.concat(fields, ",") .. "}")
