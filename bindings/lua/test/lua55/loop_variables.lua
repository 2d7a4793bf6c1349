-- Copies Lua files of before 5.5 that assign to the variable of a loop, which is a constant now: gives such a loop a local
-- variable of that name. loop_variables.lua FROM TO FILE...: files in folder FROM that do not compile go to folder TO.
local from, to = arg[1], arg[2]

-- Whether `line` begins a loop with this variable; the pattern's captures are what goes before and behind the addition.
local function loop_with(line, name)
  local head, rest = line:match("^(%s*for%s.-%sdo)(.*)$")
  if head and (head:match("for%s+(.-)%s+in%s") or head:match("for%s+(%w+)%s*=") or ""):find("%f[%w_]" .. name .. "%f[^%w_]") then
    return head, rest
  end
end

for i = 3, #arg do
  local lines = {}
  for line in io.lines(from .. "/" .. arg[i]) do lines[#lines + 1] = line end
  local before = table.concat(lines, "\n")
  local program, problem = load(before, "=" .. arg[i])
  while not program do
    local place, name = problem:match(":(%d+): attempt to assign to const variable '([%w_]+)'")
    place = assert(tonumber(place), problem)
    local head, rest
    repeat
      place = place - 1
      head, rest = loop_with(assert(lines[place], problem), name)
    until head
    lines[place] = ("%s local %s = %s%s"):format(head, name, name, rest)
    program, problem = load(table.concat(lines, "\n"), "=" .. arg[i])
  end
  local after = table.concat(lines, "\n")
  if after ~= before then
    os.execute("mkdir -p " .. (to .. "/" .. arg[i]):match("^(.*)/"))
    local file = assert(io.open(to .. "/" .. arg[i], "w"))
    file:write(after, "\n")
    file:close()
  end
end
