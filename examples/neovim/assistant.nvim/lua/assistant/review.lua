-- A change that waits for the user: a tab with the file as it is at the left and as it would be at the right, as a diff. `a` accepts
-- what stands at the right, which may be amended first; `r`, or closing the tab, rejects it.
local review = {}

local api = vim.api
local open

local function side(command, name, lines, filetype)
  vim.cmd(command)
  vim.cmd("setlocal buftype=nofile bufhidden=wipe nobuflisted noswapfile")
  api.nvim_buf_set_lines(0, 0, -1, false, lines)
  vim.bo.filetype = filetype
  vim.wo.statusline = name
  vim.cmd("diffthis")
  return api.nvim_get_current_buf()
end

-- Opens the diff. Returns a decision: `made` once there is one, then `lines` if it was accepted.
function review.open(buffer, proposed)
  local decision = { made = false }
  local filetype = vim.bo[buffer].filetype
  vim.cmd("stopinsert")
  local before = side("tabnew", " as it is ", api.nvim_buf_get_lines(buffer, 0, -1, false), filetype)
  local after = side("rightbelow vnew", " as proposed   a: accept   r: reject ", proposed, filetype)
  local tab = api.nvim_get_current_tabpage()
  vim.bo[before].modifiable = false

  function decision.make(lines)
    if decision.made then return end
    decision.made, decision.lines, open = true, lines, nil
    if api.nvim_tabpage_is_valid(tab) then vim.cmd("tabclose " .. api.nvim_tabpage_get_number(tab)) end
  end
  local function accept() decision.make(api.nvim_buf_get_lines(after, 0, -1, false)) end
  local function reject() decision.make(nil) end
  for _, buffer_of_side in ipairs { before, after } do
    vim.keymap.set("n", "a", accept, { buffer = buffer_of_side, nowait = true, desc = "accept the change" })
    vim.keymap.set("n", "r", reject, { buffer = buffer_of_side, nowait = true, desc = "reject the change" })
    api.nvim_create_autocmd("BufWipeout", { buffer = buffer_of_side, callback = vim.schedule_wrap(reject) })
  end
  open = decision
  return decision
end

function review.is_open() return open ~= nil end

-- Takes away a diff that nobody waits for any more.
function review.dismiss()
  if open then open.make(nil) end
end

return review
