-- Which program with an event loop of its own this Lua state belongs to.
local hosts = {}

hosts.openresty = type(ngx) == "table" and ngx.get_phase ~= nil

-- Vim has a table of that name too, and so do the threads of Neovim's libuv, which have no event loop.
hosts.neovim = type(vim) == "table" and vim.wait ~= nil and vim.api ~= nil and vim.schedule ~= nil
  and not (vim.is_thread and vim.is_thread())

return hosts
