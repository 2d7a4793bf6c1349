-- The chat: a window with what was said, and one below it to type in.
local chat = {}

local api = vim.api
local said, typed

local function is_open(buffer)
  return buffer and api.nvim_buf_is_valid(buffer)
end

-- A buffer without a file that is hidden, not lost, when its window is closed.
local function scratch(name, filetype)
  local buffer = api.nvim_create_buf(false, true)
  api.nvim_buf_set_name(buffer, name)
  vim.bo[buffer].bufhidden = "hide"
  vim.bo[buffer].filetype = filetype
  return buffer
end

-- Whether a buffer is one of the chat's own.
function chat.owns(buffer)
  return buffer == said or buffer == typed
end

-- Shows what was said at the right, unless it can be seen.
function chat.open()
  if not is_open(said) then
    said = scratch("assistant://chat", "markdown")
    vim.bo[said].modifiable = false
  end
  if vim.fn.bufwinid(said) ~= -1 then return end
  local back = api.nvim_get_current_win()
  vim.cmd("botright vsplit")
  api.nvim_win_set_buf(0, said)
  for option, value in pairs { number = false, relativenumber = false, wrap = true, linebreak = true, spell = false } do
    vim.wo[option] = value
  end
  api.nvim_set_current_win(back)
end

-- Opens the window to type in, below what was said. `send` gets the text and tells whether it took it; what was not taken stays.
function chat.prompt(send, cancel)
  chat.open()
  if not is_open(typed) then typed = scratch("assistant://question", "markdown") end
  local window = vim.fn.bufwinid(typed)
  if window == -1 then
    api.nvim_set_current_win(vim.fn.bufwinid(said))
    vim.cmd("belowright 3split")
    api.nvim_win_set_buf(0, typed)
    vim.wo.winfixheight = true
  else
    api.nvim_set_current_win(window)
  end
  local function submit()
    local question = vim.trim(table.concat(api.nvim_buf_get_lines(typed, 0, -1, false), "\n"))
    if question == "" then return end
    if send(question) then api.nvim_buf_set_lines(typed, 0, -1, false, {}) end
  end
  vim.keymap.set({ "n", "i" }, "<CR>", submit, { buffer = typed, desc = "ask the assistant" })
  for _, buffer in ipairs { typed, said } do
    vim.keymap.set({ "n", "i" }, "<C-c>", cancel, { buffer = buffer, desc = "stop the assistant" })
    vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = buffer })
  end
  vim.cmd("startinsert")
end

-- Adds text at the end; windows whose cursor stands there go along.
function chat.write(text)
  if not is_open(said) then return end
  local last = api.nvim_buf_line_count(said)
  local following = vim.tbl_filter(function(window)
    return api.nvim_win_get_cursor(window)[1] >= last
  end, vim.fn.win_findbuf(said))
  local column = #api.nvim_buf_get_lines(said, last - 1, last, false)[1]
  vim.bo[said].modifiable = true
  api.nvim_buf_set_text(said, last - 1, column, last - 1, column, vim.split(text, "\n"))
  vim.bo[said].modifiable = false
  vim.bo[said].modified = false
  for _, window in ipairs(following) do
    api.nvim_win_set_cursor(window, { api.nvim_buf_line_count(said), 0 })
  end
end

local function fresh_line()
  local lines = api.nvim_buf_get_lines(said, -2, -1, false)
  if lines[1] ~= "" then chat.write("\n") end
end

-- Begins what somebody says.
function chat.turn(who, text)
  chat.write(("## %s\n\n%s"):format(who, text ~= "" and text .. "\n\n" or ""))
end

-- Adds a line that nobody said.
function chat.note(text)
  if not is_open(said) then return end
  fresh_line()
  chat.write((text:gsub("%s+", " ")) .. "\n")
end

-- Adds what went wrong.
function chat.failure(kind, message)
  chat.note(("**%s:** %s"):format(kind, message))
end

-- Ends a turn.
function chat.done()
  if not is_open(said) then return end
  fresh_line()
  chat.write("\n")
end

-- Forgets what was said.
function chat.clear()
  if not is_open(said) then return end
  vim.bo[said].modifiable = true
  api.nvim_buf_set_lines(said, 0, -1, false, {})
  vim.bo[said].modifiable = false
end

return chat
