-- A configuration with nothing but the assistant: nvim -u try.lua. MODEL names a model, like openai/gpt-4o; without it the
-- offline demo answers. BUILD is the folder that holds lua/llmspell.so.
local here = vim.fn.fnamemodify(debug.getinfo(1, "S").source:sub(2), ":p:h")
local root = vim.fn.fnamemodify(here, ":h:h:h")

vim.opt.runtimepath:append { here, root .. "/bindings/neovim" }
package.cpath = (vim.env.BUILD or root .. "/build") .. "/lua/?.so;" .. package.cpath

vim.o.hidden = true
vim.o.laststatus = 2
vim.o.statusline = "%f %m %= %{v:lua.require'assistant'.statusline()}"
vim.cmd("filetype plugin on | syntax on")

local model = vim.env.MODEL
require("assistant").setup { model = model ~= "" and model or nil }
