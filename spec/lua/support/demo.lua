local llmspell = require("llmspell")

-- An agent of the demo provider; `more` has further options.
return function(more)
  local options = { provider = "demo" }
  for key, value in pairs(more or {}) do options[key] = value end
  return llmspell.agent(options)
end
