-- What the cases need of the program that runs them. These block, as in a program without an event loop; whoever runs the
-- cases inside one (hosts/) puts its own in their place.
local host = {}

-- generous: the mock server looks after many hosts
local PATIENCE_S = 120

-- Lets so much time pass.
function host.sleep(ms)
  require("socket").sleep(ms / 1000)
end

-- A connection to a server, with send(text), receive("*a") and close().
function host.connect(address, port)
  local sock = assert(require("socket").connect(address, port))
  sock:settimeout(PATIENCE_S)
  return sock
end

-- Prints.
function host.write(text)
  io.stdout:write(text)
  io.stdout:flush()
end

return host
