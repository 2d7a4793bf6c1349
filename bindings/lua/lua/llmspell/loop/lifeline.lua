-- Has nginx end a life line when it cleans up after a request: over ngx_http_cleanup_add, which nginx offers its modules, and
-- LuaJIT's FFI. False where that is not to be had.
local _, native = ...

local has_ffi, ffi = pcall(require, "ffi")
local has_base, base = pcall(require, "resty.core.base")
if not has_ffi or not has_base or ngx.config.subsystem ~= "http" then return false end

-- nginx's src/http/ngx_http_request.h
local declared = pcall(ffi.cdef, [[
typedef struct llmspell_cleanup_s {
  void (*handler)(void *data);
  void *data;
  struct llmspell_cleanup_s *next;
} llmspell_cleanup;
llmspell_cleanup *llmspell_cleanup_add(void *request, size_t size) __asm__("ngx_http_cleanup_add");
]])
local ok, cleanup_add = pcall(function() return ffi.C.llmspell_cleanup_add end)
if not declared or not ok then return false end

local HANDLER = ffi.typeof("void (*)(void *)")

local lifeline = {}

-- Leaves a life line (what raw.waker_life gave) to the running request. False when that is none that cleans up.
function lifeline.attach(life)
  local request = base.get_request()
  if not request then return false end
  local cleanup = cleanup_add(request, 0)
  if cleanup == nil then return false end
  local free, data = native.give_away(life)
  cleanup.handler, cleanup.data = ffi.cast(HANDLER, free), data
  return true
end

return lifeline
