-- What the model may do: read the file that the user looks at, and change it after the user has seen the difference.
local llmspell = require("llmspell")

local chat = require("assistant.chat")
local review = require("assistant.review")

local tools = {}

local api = vim.api
local target

-- Makes a buffer the one that tools work on, unless it is none of the user's.
function tools.look_at(buffer)
  if not chat.owns(buffer) and vim.bo[buffer].buftype == "" then target = buffer end
end

local function lines_of_target()
  if not target or not api.nvim_buf_is_loaded(target) then error("no file is open", 0) end
  return api.nvim_buf_get_lines(target, 0, -1, false)
end

local function read(arguments)
  local lines, numbered = lines_of_target(), {}
  for number = arguments.first_line or 1, math.min(arguments.last_line or #lines, #lines) do
    numbered[#numbered + 1] = ("%d: %s"):format(number, lines[number])
  end
  return { name = vim.fn.fnamemodify(api.nvim_buf_get_name(target), ":."), lines = #lines, text = table.concat(numbered, "\n") }
end

local function edit(arguments)
  local text = table.concat(lines_of_target(), "\n")
  local from, to = text:find(arguments.find, 1, true)
  if not from then return nil, "the text to find is not in the file; read it again" end
  if text:find(arguments.find, from + 1, true) then return nil, "the text to find is in the file more than once; give more of it" end
  local proposed = vim.split(text:sub(1, from - 1) .. arguments.replacement .. text:sub(to + 1), "\n")

  local buffer, tick = target, api.nvim_buf_get_changedtick(target)
  local decision = review.open(buffer, proposed)
  -- everything else goes on until the user has decided
  while not decision.made do llmspell.sleep(50) end
  if not decision.lines then return nil, "the user rejected this change" end
  if not api.nvim_buf_is_loaded(buffer) or api.nvim_buf_get_changedtick(buffer) ~= tick then
    return nil, "the file was changed meanwhile; read it again"
  end
  api.nvim_buf_set_lines(buffer, 0, -1, false, decision.lines)
  if vim.deep_equal(decision.lines, proposed) then return "the user accepted the change" end
  return "the user amended the change and accepted it; read the file again"
end

tools.list = {
  {
    name = "read_buffer",
    description = "Reads the file that is open in the editor; each line begins with its number",
    schema = {
      type = "object",
      properties = { first_line = { type = "integer", minimum = 1 }, last_line = { type = "integer", minimum = 1 } },
    },
    execute = read,
  },
  {
    name = "edit_buffer",
    description = "Changes that file: puts a replacement where a text stands that occurs once in it; both may be several lines",
    schema = {
      type = "object",
      properties = { find = { type = "string", minLength = 1 }, replacement = { type = "string" } },
      required = { "find", "replacement" },
    },
    -- one diff at a time, and time to look at it
    parallel = false,
    timeout_ms = 1800000,
    execute = edit,
  },
}

return tools
