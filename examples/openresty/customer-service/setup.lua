-- What the handler finds as globals; nginx loads this once, in init_by_lua.
llmspell = require("llmspell")

local customers = { ["ada@example.org"] = { name = "Ada", plan = "team" } }
local tickets = {}

customer_lookup_tool = {
  name = "customer_lookup",
  description = "Looks a customer up by e-mail address.",
  schema = { type = "object", properties = { email = { type = "string" } }, required = { "email" } },
  execute = function(arguments)
    -- a real one would ask a database over a cosocket: tools may yield
    ngx.sleep(0.01)
    return customers[arguments.email] or nil, "no such customer"
  end,
}

ticket_system_tool = {
  name = "open_ticket",
  description = "Opens a ticket for the support team.",
  schema = { type = "object", properties = { subject = { type = "string" } }, required = { "subject" } },
  execute = function(arguments)
    tickets[#tickets + 1] = arguments.subject
    return { ticket = #tickets }
  end,
}
