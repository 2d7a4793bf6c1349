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
  if not target or not api.nvim_buf_is_loaded(target) then return nil, "no file is open" end
  return api.nvim_buf_get_lines(target, 0, -1, false)
end

local function read(arguments)
  local lines, problem = lines_of_target()
  if not lines then return nil, problem end
  local first = math.max(arguments.first_line or 1, 1)
  local last = math.min(arguments.last_line or #lines, #lines)
  local numbered = {}
  for number = first, last do numbered[#numbered + 1] = ("%d: %s"):format(number, lines[number]) end
  return { name = vim.fn.fnamemodify(api.nvim_buf_get_name(target), ":."), lines = #lines, text = table.concat(numbered, "\n") }
end

-- The text with the one place replaced at which `find` stands; or nil and why not.
local function replaced(text, find, replacement)
  local from, to = text:find(find, 1, true)
  if not from or find == "" then return nil, "the text to find is not in the file; read it again" end
  if text:find(find, from + 1, true) then return nil, "the text to find is in the file more than once; give more of it" end
  return text:sub(1, from - 1) .. replacement .. text:sub(to + 1)
end

local function edit(arguments, context)
  local lines, problem = lines_of_target()
  if not lines then return nil, problem end
  local text
  text, problem = replaced(table.concat(lines, "\n"), arguments.find, arguments.replacement)
  if not text then return nil, problem end
  local buffer, tick = target, api.nvim_buf_get_changedtick(target)
  tools.on_review(true)
  local decision = review.open(buffer, vim.split(text, "\n"))
  -- everything else goes on until the user has decided
  while not decision.made and not context.cancelled do llmspell.sleep(50) end
  decision.close()
  tools.on_review(false)
  if context.cancelled then return nil, "cancelled" end
  if not decision.lines then return nil, "the user rejected this change" end
  if not api.nvim_buf_is_loaded(buffer) or api.nvim_buf_get_changedtick(buffer) ~= tick then
    return nil, "the file was changed meanwhile; read it again"
  end
  api.nvim_buf_set_lines(buffer, 0, -1, false, decision.lines)
  return decision.amended and "the user amended the change and accepted it; read the file again" or "the user accepted the change"
end

-- Is told when a diff waits for the user, and when not any more.
function tools.on_review() end

-- What of a call's arguments is worth a line.
function tools.summary(_, arguments)
  if arguments.find then return ("%q"):format(arguments.find) end
  if arguments.first_line then return ("from line %d"):format(arguments.first_line) end
  return ""
end

tools.list = {
  {
    name = "read_buffer",
    description = "Reads the file that is open in the editor; each line begins with its number",
    schema = {
      type = "object",
      properties = { first_line = { type = "integer", minimum = 1 }, last_line = { type = "integer", minimum = 1 } },
      required = llmspell.array {},
    },
    execute = read,
  },
  {
    name = "edit_buffer",
    description = "Changes that file: puts a replacement where a text stands that occurs once in it; both may be several lines",
    schema = {
      type = "object",
      properties = { find = { type = "string" }, replacement = { type = "string" } },
      required = { "find", "replacement" },
    },
    -- one diff at a time, and time to look at it
    parallel = false,
    timeout_ms = 1800000,
    execute = edit,
  },
}

return tools
