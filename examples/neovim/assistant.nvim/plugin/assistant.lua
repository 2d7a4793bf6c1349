-- Commands; what they do is in lua/assistant.
local command = vim.api.nvim_create_user_command

command("Assistant", function(call)
  require("assistant").command(call)
end, { nargs = "*", range = true, desc = "open the chat; ask at once; with a range, about those lines" })

command("AssistantCancel", function() require("assistant").cancel() end, { desc = "stop the answer that is being written" })
command("AssistantReset", function() require("assistant").reset() end, { desc = "forget the conversation" })
