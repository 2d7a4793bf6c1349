-- In Lua an empty table may be an empty list or an empty object. Where JSON Schema expects a list (`required = {}`), it
-- is one: this copies a schema and marks such lists.
local _, native = ...

local array_mark = native.metatable("llmspell.array")

local LISTS = { required = true, enum = true, examples = true, type = true }
local LIST_MAPS = { dependentRequired = true }
local SCHEMA_LISTS = { allOf = true, anyOf = true, oneOf = true, prefixItems = true }
-- `dependencies` of older drafts holds schemas or lists; an empty table is the same as either
local SCHEMA_MAPS = {
  properties = true, patternProperties = true, definitions = true, dependentSchemas = true, dependencies = true,
  ["$defs"] = true,
}
-- `items` of older drafts may be a list of schemas
local SCHEMAS = {
  items = true, additionalItems = true, additionalProperties = true, contains = true, contentSchema = true,
  propertyNames = true, unevaluatedItems = true, unevaluatedProperties = true,
  ["not"] = true, ["if"] = true, ["then"] = true, ["else"] = true,
}

-- a table with a metatable of its own is left for the encoder to report
local function plain(value)
  local mark = getmetatable(value)
  return mark == nil or mark == array_mark
end

local function copy_of(list, each, around)
  local copy = {}
  for key, value in next, list do
    copy[key] = each and each(value, around) or value
  end
  return copy
end

-- a list that is not empty is one without a mark
local function marked(value)
  if type(value) == "table" and next(value) == nil then return setmetatable({}, array_mark) end
  return value
end

local copy_schema

-- deeper than the encoder goes
local DEEPEST = 129

-- `around` holds the tables that are being copied and their number, `depth`: a cycle and what is too deep are left as
-- they are for the encoder to report
local function guarded(value, around)
  if type(value) ~= "table" or around[value] or around.depth == DEEPEST then return value end
  return copy_schema(value, around)
end

local function copy_keyword(key, value, around)
  if type(value) ~= "table" or not plain(value) then return value end
  if LISTS[key] then return marked(value) end
  if LIST_MAPS[key] then return copy_of(value, marked) end
  if SCHEMA_LISTS[key] then return setmetatable(copy_of(value, guarded, around), array_mark) end
  if SCHEMA_MAPS[key] then return copy_of(value, guarded, around) end
  if SCHEMAS[key] or type(key) == "number" then return guarded(value, around) end
  return value
end

function copy_schema(schema, around)
  if not plain(schema) then return schema end
  around[schema], around.depth = true, around.depth + 1
  local copy = {}
  for key, value in next, schema do
    copy[key] = copy_keyword(key, value, around)
  end
  around[schema], around.depth = nil, around.depth - 1
  return setmetatable(copy, getmetatable(schema))
end

return function(schema)
  return guarded(schema, { depth = 0 })
end
