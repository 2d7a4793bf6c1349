-- Who may ask, and how often. Of keys the gateway knows only the SHA-256.
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
  for line in io.lines(path) do
    local name, hash, limit = line:match("^%s*([%w_.-]+)%s+(%x+)%s+(%d+)%s*$")
    if name and #hash == 64 and tonumber(limit) > 0 then
      clients[hash:lower()] = { name = name, limit = tonumber(limit) }
    elseif line:find("^%s*[^%s#]") then
      -- shows no line: it may hold a key
      error(path .. ": expected a name, 64 hexadecimal digits and requests per minute in each line")
    end
  end
end

-- The client that a key belongs to: {name, limit}; or nil. Looked up by its hash, so how long it takes says nothing about keys.
function keys.client(key) return clients[sha256(key)] end

-- Takes a token from a bucket of `limit`, which fills up within a minute. Returns nil, or the seconds to wait for one. A bucket is
-- kept as the time at which it will be full, a number to which all workers can add at once.
function keys.take(name, limit)
  local buckets, now, token = ngx.shared.limits, ngx.now(), 60 / limit
  local full = buckets:incr(name, token, now)
  if full < now + token then full = buckets:incr(name, now + token - full) end
  local wait = math.ceil(full - now - 60.0005)
  if wait <= 0 then return nil end
  buckets:incr(name, -token)
  ngx.header["Retry-After"] = wait
  return wait
end

return keys
