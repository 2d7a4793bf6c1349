-- KiB of memory that this process has in RAM.
return function()
  for line in io.lines("/proc/self/smaps_rollup") do
    local rss = line:match("^Rss:%s*(%d+)")
    if rss then return tonumber(rss) end
  end
  error("no Rss in /proc/self/smaps_rollup")
end
