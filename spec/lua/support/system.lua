-- What the specs know of the machine: folders, compilers, the Lua they run in.
local system = {}

-- the build that is tested
system.build = os.getenv("BUILD") or "build/ci"
system.scratch = system.build .. "/luatest"

-- set by scripts/valgrind-lua: a program that runs the interpreter, and one that runs any command, under valgrind
local instead, memcheck = os.getenv("LLMSPELL_LUA"), os.getenv("LLMSPELL_MEMCHECK")
system.under_valgrind = memcheck ~= nil

-- Put before the command of a program that is not the interpreter.
system.under = memcheck and memcheck .. " " or ""

-- The interpreter that runs this file, as one would type it.
function system.interpreter()
  if instead then return instead end
  local first = 0
  while arg[first - 1] do first = first - 1 end
  return arg[first]
end

-- The version of the Lua that runs this file, like "5.4"; "5.1" for LuaJIT.
system.version = _VERSION:match("%d%.%d")

-- The same, but "luajit" for that.
system.kind = rawget(_G, "jit") and "luajit" or system.version

-- What scripts/lua55 made, where the system has no Lua 5.5.
system.lua55 = system.build .. "/lua55"

-- The headers of the Lua that runs this file.
function system.headers()
  return system.headers_of(system.kind)
end

-- The headers of a Lua, by its kind.
function system.headers_of(kind)
  if kind == "luajit" then return "/usr/include/luajit-2.1" end
  return kind == "5.5" and system.lua55 .. "/include" or "/usr/include/lua" .. kind
end

-- The compiler's flag that links that Lua.
function system.library()
  if rawget(_G, "jit") then return "-lluajit-5.1" end
  if system.version == "5.5" then return ("-L%s/lib -Wl,-rpath,$PWD/%s/lib -llua5.5"):format(system.lua55, system.lua55) end
  return "-llua" .. system.version
end

-- Runs a shell command: its output (both streams) and whether it ended well.
function system.run(command)
  local pipe = assert(io.popen("{ " .. command .. "; } 2>&1; echo \" $?\""))
  local text = pipe:read("*a")
  pipe:close()
  local output, code = text:match("^(.*) (%d+)\n$")
  return output, code == "0", tonumber(code)
end

-- The same, where it must end well.
function system.must(command)
  local output, ok = system.run(command)
  if not ok then error(command .. "\n" .. output, 2) end
  return output
end

function system.quote(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

-- Writes a new file and returns its path; the caller removes it.
function system.file(text)
  local path = os.tmpname()
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

-- The text of a file.
function system.read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read("*a")
  file:close()
  return text
end

-- Makes a file of the scratch folder by a compiler's command, where %s stands for the output, and returns its path. It
-- gets its name when it is complete: another run of the specs may use the same folder.
function system.compiled(name, command)
  system.must("mkdir -p " .. system.scratch)
  local path = system.scratch .. "/" .. name
  local unfinished = system.must("mktemp " .. path .. ".XXXXXX"):gsub("%s", "")
  system.must(command:format(unfinished) .. " && mv " .. unfinished .. " " .. path)
  return path
end

-- for programs that end without closing their state: what is open then is held by the library still, and not lost
system.ends_open = "LLMSPELL_ENDS_OPEN=1"

-- Runs a Lua program in a fresh interpreter of the same kind: its output and whether it ended well. `environment` is
-- put before the command, like "NAME=value".
function system.lua(program, environment)
  local path = system.file(program)
  local command = ("%s %s %s"):format(environment or "", system.quote(system.interpreter()), system.quote(path))
  local output, ok, code = system.run(command)
  os.remove(path)
  return output, ok, code
end

return system
