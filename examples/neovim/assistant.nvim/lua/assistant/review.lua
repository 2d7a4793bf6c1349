-- A change that waits for the user: a tab with the file as it is at the left and as it would be at the right, as a diff. `a` accepts
-- what stands at the right, which may be amended first; `r`, or closing the tab, rejects it.
local review = {}

local api = vim.api
local open

local function window(name, lines, filetype)
  local buffer = api.nvim_create_buf(false, true)
  api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].bufhidden = "wipe"
  vim.bo[buffer].filetype = filetype
  api.nvim_win_set_buf(0, buffer)
  vim.wo.statusline = name
  vim.cmd("diffthis")
  return buffer
end

-- Opens the diff. Returns a decision: `made` once there is one, then `lines` if it was accepted, `amended` if they are not the
-- proposed ones; close() takes the tab away.
function review.open(buffer, proposed)
  local decision = { made = false }
  local filetype = vim.bo[buffer].filetype
  vim.cmd("stopinsert")
  vim.cmd("tabnew")
  local tab, empty = api.nvim_get_current_tabpage(), api.nvim_get_current_buf()
  local before = window(" as it is ", api.nvim_buf_get_lines(buffer, 0, -1, false), filetype)
  vim.cmd("rightbelow vsplit")
  local after = window(" as proposed   a: accept   r: reject ", proposed, filetype)
  vim.bo[before].modifiable = false
  if api.nvim_buf_is_valid(empty) then api.nvim_buf_delete(empty, { force = true }) end

  local function decide(accepted)
    if decision.made then return end
    decision.made = true
    if not accepted then return end
    decision.lines = api.nvim_buf_get_lines(after, 0, -1, false)
    decision.amended = not vim.deep_equal(decision.lines, proposed)
  end
  for _, side in ipairs { before, after } do
    vim.keymap.set("n", "a", function() decide(true) end, { buffer = side, nowait = true, desc = "accept the change" })
    vim.keymap.set("n", "r", function() decide(false) end, { buffer = side, nowait = true, desc = "reject the change" })
    api.nvim_create_autocmd("BufWipeout", { buffer = side, callback = function() decide(false) end })
  end

  function decision.close()
    decision.made = true
    if open == decision then open = nil end
    if api.nvim_tabpage_is_valid(tab) then
      vim.cmd("tabclose " .. api.nvim_tabpage_get_number(tab))
    end
  end
  open = decision
  return decision
end

-- Takes away a diff that nobody waits for any more.
function review.dismiss()
  if open then open.close() end
end

return review
