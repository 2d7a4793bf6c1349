-- A chat of a customer service: POST {"message": "…"} gives {"response": "…"}. nginx serves other requests meanwhile.
local function handle_chat_request()
    local ngx = require("ngx")
    local cjson = require("cjson")
    
    -- Parse request
    ngx.req.read_body()
    local body = ngx.req.get_body_data()
    local request = cjson.decode(body)
    
    -- Create agent
    local agent = llmspell.agent({
        system_prompt = "You are a customer service assistant",
        provider = "anthropic",
        tools = {customer_lookup_tool, ticket_system_tool}
    })
    
    -- Process request
    local response = agent:chat(request.message)
    
    -- Return response
    ngx.header.content_type = "application/json"
    ngx.say(cjson.encode({response = response}))
end

return {
    handle_chat_request = handle_chat_request
}
