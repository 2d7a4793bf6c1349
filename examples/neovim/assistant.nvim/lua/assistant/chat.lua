-- The chat: a window with what was said, and one below it to type in.
local chat = {}

local api = vim.api
local said, typed

-- The buffer if it is there still, or a new one. It has no file, and is hidden, not lost, when its window is closed.
local function scratch(buffer, name)
  if buffer and api.nvim_buf_is_valid(buffer) then return buffer end
  buffer = api.nvim_create_buf(false, true)
  api.nvim_buf_set_name(buffer, name)
  vim.bo[buffer].filetype = "markdown"
  vim.keymap.set({ "n", "i" }, "<C-c>", "<Cmd>AssistantCancel<CR>", { buffer = buffer, desc = "stop the assistant" })
  vim.keymap.set("n", "q", "<Cmd>close<CR>", { buffer = buffer })
  return buffer
end

-- Whether a buffer is one of the chat's own.
function chat.owns(buffer) return buffer == said or buffer == typed end

-- Shows what was said at the right, unless it can be seen.
function chat.open()
  said = scratch(said, "assistant://chat")
  vim.bo[said].modifiable = false
  if vim.fn.bufwinid(said) ~= -1 then return end
  local back = api.nvim_get_current_win()
  vim.cmd("botright vsplit")
  api.nvim_win_set_buf(0, said)
  vim.cmd("setlocal nonumber norelativenumber wrap linebreak nospell")
  api.nvim_set_current_win(back)
end

-- Opens the window to type in, below what was said. `send` gets the text and tells whether it took it; what was not taken stays.
function chat.prompt(send)
  chat.open()
  typed = scratch(typed, "assistant://question")
  if vim.fn.bufwinid(typed) == -1 then
    api.nvim_set_current_win(vim.fn.bufwinid(said))
    vim.cmd("belowright 3split | setlocal winfixheight")
    api.nvim_win_set_buf(0, typed)
  end
  api.nvim_set_current_win(vim.fn.bufwinid(typed))
  vim.keymap.set({ "n", "i" }, "<CR>", function()
    local question = vim.trim(table.concat(api.nvim_buf_get_lines(typed, 0, -1, false), "\n"))
    if question ~= "" and send(question) then api.nvim_buf_set_lines(typed, 0, -1, false, {}) end
  end, { buffer = typed, desc = "ask the assistant" })
  vim.cmd("startinsert")
end

-- Puts lines in place of those from `first` on.
local function replace(first, lines)
  vim.bo[said].modifiable = true
  api.nvim_buf_set_lines(said, first, -1, false, lines)
  vim.bo[said].modifiable = false
end

-- Adds text at the end, on a line of its own if that is wanted; windows whose cursor stands there go along.
function chat.write(text, on_own_line)
  if not api.nvim_buf_is_valid(said) then return end
  local last, line = api.nvim_buf_line_count(said), api.nvim_buf_get_lines(said, -2, -1, false)[1]
  local following = vim.tbl_filter(function(window)
    return api.nvim_win_get_cursor(window)[1] >= last
  end, vim.fn.win_findbuf(said))
  replace(last - 1, vim.split(line .. (on_own_line and line ~= "" and "\n" or "") .. text, "\n"))
  for _, window in ipairs(following) do
    api.nvim_win_set_cursor(window, { api.nvim_buf_line_count(said), 0 })
  end
end

-- Adds a line that nobody said, or an empty one.
function chat.note(text)
  chat.write(text:gsub("%s+", " ") .. "\n", true)
end

-- Forgets what was said.
function chat.clear()
  if said and api.nvim_buf_is_valid(said) then replace(0, {}) end
end

return chat
