-- host.connect over libuv: await(holds) waits until holds() is true.
return function(uv, await)
  return function(address, port)
    local tcp, connected, over, problem, pieces = uv.new_tcp(), false, false, nil, {}
    local function note(message)
      problem = problem or message
      if message then over = true end
    end
    tcp:connect(address, port, function(message)
      note(message)
      connected = true
    end)
    await(function() return connected end)
    assert(not problem, problem)
    tcp:read_start(function(message, piece)
      note(message)
      if piece then pieces[#pieces + 1] = piece else over = true end
    end)
    return {
      send = function(_, text) return tcp:write(text) end,
      receive = function()
        await(function() return over end)
        assert(not problem, problem)
        return table.concat(pieces)
      end,
      close = function() tcp:close() end,
    }
  end
end
