-- Who may ask, and how often. Of keys the gateway knows only the SHA-256.
local bit = require("bit")
local ffi = require("ffi")

-- nginx is linked with OpenSSL's library
ffi.cdef "unsigned char *SHA256(const unsigned char *text, size_t length, unsigned char *hash);"

local keys = {}
local clients = {}

local function sha256(text)
  local hash = ffi.new("unsigned char[32]")
  ffi.C.SHA256(text, #text, hash)
  return (ffi.string(hash, 32):gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

-- Reads the file of keys: a line for each client with its name, the SHA-256 of its key and its requests per minute.
function keys.load(path)
  clients = {}
  for line in assert(io.lines(path)) do
    if line:find("%S") and not line:find("^%s*#") then
      local name, hash, limit = line:match("^%s*([%w_.-]+)%s+(%x+)%s+(%d+)%s*$")
      if not name or #hash ~= 64 or tonumber(limit) < 1 then
        error(path .. ": expected a name, 64 hexadecimal digits and requests per minute in each line") -- shows no line: it may hold a key
      end
      clients[#clients + 1] = { name = name, hash = hash:lower(), limit = tonumber(limit) }
    end
  end
end

-- The client that a key belongs to: {name, limit}; or nil. How long it takes says nothing about keys.
function keys.client(key)
  local hash, found = sha256(key), nil
  for _, client in ipairs(clients) do
    local different = 0
    for at = 1, 64 do different = bit.bor(different, bit.bxor(hash:byte(at), client.hash:byte(at))) end
    if different == 0 then found = client end
  end
  return found
end

-- A bucket of `limit` tokens that fills up within a minute; each request takes one. It is kept as the time at which it will
-- be full, a number to which all workers can add at once. Returns how many tokens are left; or nil and the seconds to wait.
function keys.take(name, limit)
  local bucket, now, token = ngx.shared.limits, ngx.now(), 60 / limit
  local full = assert(bucket:incr(name, token, now))
  if full < now + token then full = assert(bucket:incr(name, now + token - full)) end
  local wait = full - now - 60
  if wait > 0.0005 then
    bucket:incr(name, -token)
    return nil, wait
  end
  return math.floor(-wait / token + 0.0005)
end

return keys
