-- An assistant: one agent, one conversation, a chat that streams into a buffer, tools for the file next to it.
local llmspell = require("llmspell")

local chat = require("assistant.chat")
local review = require("assistant.review")
local tools = require("assistant.tools")

local assistant = {}
local options, agent, stream
-- What it does; nil while it does nothing.
local status

-- Options of llmspell.agent, like model = "openai/gpt-4o"; without a provider and a model it is the offline demo.
function assistant.setup(given)
  options = vim.tbl_extend("force", {
    system_prompt = "You help with the file in the user's editor. Answer briefly, in Markdown. Read the file before you change it.",
    -- the user may think about a diff for a while
    timeout_ms = 3600000,
    tools = tools.list,
  }, given or {})
  if not options.model and not options.provider then options.provider = "demo" end
  agent = nil
end
assistant.setup()

-- For a statusline: what the assistant does, or nothing.
function assistant.statusline()
  local text = review.is_open() and "waits for your decision" or status
  return text and ("[assistant: %s]"):format(text) or ""
end

local function show_status(text)
  status = text
  vim.cmd("redrawstatus!")
end

local shown = {
  text_delta = function(event)
    show_status("writes")
    chat.write(event.text)
  end,
  tool_call = function(event)
    chat.note(("→ %s %s"):format(event.name, vim.fn.strcharpart(llmspell.json.encode(event.arguments), 0, 80)))
  end,
  tool_result = function(event) if event.is_error then chat.note("✗ " .. event.content) end end,
  retry = function(event) if event.discard then chat.note("(once more)") end end,
  warning = function(event) chat.note("! " .. event.message) end,
  cancelled = function() chat.note("(cancelled)") end,
  error = function(event) chat.note(("**%s:** %s"):format(event.error.kind, event.error.message)) end,
}

local function begin(message)
  agent = agent or assert(llmspell.agent(options))
  stream = agent:stream(message)
end

local function follow()
  for event in stream do
    local show = shown[event.type]
    if show then show(event) end
  end
end

-- Whether a question or a reset must wait.
local function is_busy()
  if status then vim.notify("The assistant is still answering; :AssistantCancel stops it.", vim.log.levels.WARN) end
  return status ~= nil
end

-- Asks. `context` is text that goes with the question, or nil. Returns whether it could.
function assistant.ask(question, context)
  if is_busy() then return false end
  show_status("thinks")
  tools.look_at(vim.api.nvim_get_current_buf())
  chat.open()
  chat.write(("## You\n\n%s\n\n"):format(question))
  if context then chat.note(("(with %s)"):format(context.name)) end
  chat.write("## Assistant\n\n")
  -- it begins here, so that it can be stopped from now on; the task waits for what comes of it
  local ok, problem = pcall(begin, context and question .. "\n\n" .. context.text or question)
  llmspell.go(function()
    if ok then ok, problem = pcall(follow) end
    if not ok then chat.note("**a mistake in the setup:** " .. tostring(problem)) end
    stream = nil
    -- a tool that was cancelled has no say any more
    review.dismiss()
    chat.note("")
    show_status(nil)
  end)
  return true
end

-- Stops the answer; what was said so far stays.
function assistant.cancel()
  if stream then stream:cancel() end
end

-- Forgets the conversation.
function assistant.reset()
  if is_busy() then return end
  if agent then agent:reset() end
  chat.clear()
end

-- The lines from `first` to `last`, or of them what is selected, with where they are from.
local function selection(first, last)
  local lines = vim.api.nvim_buf_get_lines(0, first - 1, last, false)
  local from, to = vim.fn.getpos("'<"), vim.fn.getpos("'>")
  if vim.fn.visualmode() == "v" and from[2] == first and to[2] == last then
    lines[#lines] = lines[#lines]:sub(1, to[3] - 1) .. vim.fn.matchstr(lines[#lines], ".", to[3] - 1)
    lines[1] = lines[1]:sub(from[3])
  end
  local name = vim.fn.expand("%:t") ~= "" and vim.fn.expand("%:t") or "the buffer"
  name = ("%s, line%s"):format(name, first == last and " " .. first or ("s %d to %d"):format(first, last))
  return { name = name, text = ("From %s:\n```%s\n%s\n```"):format(name, vim.bo.filetype, table.concat(lines, "\n")) }
end

-- What :Assistant does.
function assistant.command(call)
  local context = call.range > 0 and selection(call.line1, call.line2) or nil
  if call.args ~= "" then return assistant.ask(call.args, context) end
  tools.look_at(vim.api.nvim_get_current_buf())
  chat.prompt(function(question)
    local taken = assistant.ask(question, context)
    if taken then context = nil end
    return taken
  end)
  if context then chat.note(("The next question goes with %s."):format(context.name)) end
end

return assistant
