---@meta llmspell
-- Types of the module llmspell for editors and checkers. docs/lua.md tells what everything does.

---What went wrong. Decide by `kind` or `code`, never by the message.
---@class llmspell.Details
---@field kind string name of the error, like "rate_limit" (all of them: spec/errors.yaml)
---@field code integer number of the kind
---@field message string a sentence for people
---@field retryable boolean whether trying again can help
---@field retry_after_ms? integer how long the server asks to wait, in milliseconds
---@field http_status? integer
---@field provider? string
---@field request_id? string
---@field cause? any
---@field partial? llmspell.Result the result as far as it got

---@class llmspell.Usage
---@field input_tokens integer
---@field output_tokens integer
---@field total_tokens integer
---@field cached_tokens? integer
---@field reasoning_tokens? integer
---@field cost? number

---A part of a message's content; its other types are those of spec/schema/message.schema.json.
---@class llmspell.Part
---@field type "text"|"image"|"file"|"tool_result"|string
---@field tool_call_id? string of tool_result: the open call that it answers
---@field content? any of tool_result: what a tool returns, or a list of parts
---@field is_error? boolean of tool_result
---@field text? string of text
---@field url? string of image and file, which have one of url, data, bytes and file_id: its address
---@field data? string base64
---@field bytes? string the bytes themselves; what comes back has data
---@field file_id? string the provider's id of what was uploaded
---@field media_type? string of data and bytes, such as image/png; found where it is absent
---@field detail? "low"|"high"|"auto" of image
---@field filename? string of file

---@class llmspell.Message
---@field role "system"|"user"|"assistant"|"tool"
---@field content string|llmspell.Part|(string|llmspell.Part)[] a text, or parts
---@field tool_calls? table[]
---@field raw? table the provider's own turn

---@class llmspell.ToolCall
---@field id string
---@field name string
---@field arguments table
---@field result? string what the model got back; none for an open call
---@field open? boolean whether its tool is external: the result is yours to give, as input of a later run
---@field is_error? boolean
---@field repaired? boolean whether the name or the arguments were repaired

---@class llmspell.Metadata
---@field tokens_used integer
---@field execution_time_ms integer
---@field tools_used string[]
---@field model string
---@field provider string
---@field cost? number

---@class llmspell.Result
---@field text string the answer
---@field content string the same
---@field object? any
---@field messages llmspell.Message[] what the run added to the conversation
---@field tool_calls llmspell.ToolCall[]
---@field usage llmspell.Usage
---@field finish_reason "stop"|"length"|"tool_calls"|"content_filter"|"other"
---@field steps integer
---@field metadata llmspell.Metadata

---@class llmspell.State
---@field version integer
---@field messages llmspell.Message[]
---@field usage llmspell.Usage

---@alias llmspell.EventType
---| "run_start" | "step_start" | "text_delta" | "reasoning_delta" | "tool_call_delta" | "tool_call" | "tool_result"
---| "request" | "object_delta" | "retry" | "warning" | "step_end" | "done" | "error" | "cancelled"

---@class llmspell.Event
---@field type llmspell.EventType
---@field run_id? string missing in the error of a run that could not begin
---@field seq integer number within the run, from 1
---@field step integer the step it belongs to, from 1; 0 before the first
---@field agent? string[] names of the tools that lead to the agent that speaks, where it is another
---@field nested? true it is of an agent behind a tool: its words are no part of the answer
---@field text? string of text_delta and reasoning_delta
---@field tool_call_id? string of tool_call_delta, tool_call and tool_result
---@field name? string the tool's, of the same
---@field arguments_delta? string of tool_call_delta
---@field arguments? table of tool_call
---@field content? string of tool_result
---@field is_error? boolean of tool_result
---@field object? any of object_delta: the structured answer as far as it is there
---@field discard? boolean of retry: deltas since the step began are void
---@field attempt? integer of retry after a failure
---@field after_ms? integer of the same: how long the run waits
---@field provider? string of the same, where it is another from now on
---@field model? string likewise
---@field message? string of warning
---@field code? string of warning, where there is one, like "repaired_arguments"
---@field parts? table[] of tool_result: pictures and files
---@field id? string of request
---@field kind? "approval" of request
---@field payload? llmspell.Call of request
---@field usage? llmspell.Usage of step_end
---@field finish_reason? string of step_end
---@field result? llmspell.Result of done
---@field error? llmspell.Details of error and retry
---@field partial? llmspell.Result of error and cancelled

---What a handler learns beside its arguments.
---@class llmspell.Context
---@field tool_call_id string
---@field name string the tool's name
---@field step integer
---@field run_id string
---@field agent llmspell.Agent the agent that called
---@field cancelled boolean asked each time: true when nobody waits for the answer any more

---@alias llmspell.Handler fun(arguments: table, context: llmspell.Context): any, any

---@class llmspell.Tool
---@field name string what the model calls it by
---@field description? string tells the model what it does
---@field schema? table JSON Schema of the arguments
---@field execute? llmspell.Handler returns any value that JSON can hold, or nil and a message
---@field external? boolean true in place of execute: the run ends with its calls, and you give their results as input of a later run
---@field timeout_ms? integer milliseconds it may take, in place of the agent's tool_timeout_ms
---@field parallel? boolean false: runs alone, in its place; default true
---@field max_calls? integer most calls in one run
---@field max_result_bytes? integer in place of the agent's max_tool_result_bytes
---@field needs_approval? boolean|fun(arguments: table, call: llmspell.Call): boolean

---A tool call that somebody decides about.
---@class llmspell.Call
---@field tool_call_id string
---@field name string
---@field arguments table
---@field step integer

---@alias llmspell.Approver fun(call: llmspell.Call): boolean|llmspell.Decision, string?

---@class llmspell.Decision
---@field decision "allow"|"deny"
---@field reason? string the model reads it
---@field arguments? table in place of the model's
---@field remember? "tool"|"arguments" holds for later calls of the run

---@alias llmspell.Hook fun(hook: table): table|boolean|nil

---@class llmspell.Hooks
---@field before_model? llmspell.Hook
---@field after_model? llmspell.Hook
---@field before_tool? llmspell.Hook
---@field after_tool? llmspell.Hook
---@field compact? llmspell.Hook
---@field on_event? fun(event: llmspell.Event)

---@alias llmspell.Check fun(judged: { name: string, on: string, text: string, step: integer }): boolean|table|nil, string?
---@alias llmspell.Guardrail llmspell.Check|{ name?: string, check: llmspell.Check }

---Options of one call, which an agent takes for all its calls.
---@class llmspell.CallOptions
---@field temperature? number 0 to 2
---@field top_p? number 0 to 1
---@field max_tokens? integer
---@field stop? string|string[]
---@field seed? integer
---@field tool_choice? "auto"|"none"|"required"|{ name: string }
---@field max_steps? integer
---@field timeout_ms? integer the whole run, in milliseconds
---@field max_retries? integer how often a failed request is made again, default 2
---@field cache? boolean|"5m"|"1h" whether the provider is told to keep what repeats
---@field budget? { tokens?: integer, cost?: number, tool_calls?: integer }
---@field output_schema? table|boolean JSON Schema that the answer must fit
---@field output_name? string name of the answer's form, default "answer"
---@field output_mode? "native"|"tool"|"prompt" default: what suits the model
---@field output_retries? integer how often the model may mend its answer, default 2

---Options of one call of an agent.
---@class llmspell.RunOptions : llmspell.CallOptions
---@field session? string whose conversation goes on

---@class llmspell.StreamOptions : llmspell.RunOptions
---@field events? llmspell.EventType[] those that are wanted; the last event always comes

---@class llmspell.ExecuteOptions : llmspell.RunOptions
---@field input string|llmspell.Message|llmspell.Part|(string|llmspell.Message|llmspell.Part)[]

---@class llmspell.AgentOptions : llmspell.CallOptions
---@field name? string
---@field system_prompt? string
---@field provider? string|llmspell.Scripted like "anthropic"; default "openai"
---@field model? string|llmspell.Scripted "provider/model" names both
---@field models? table<string, table> what is known of models that are not in the table: window, prices
---@field api_key? string default: the provider's variable, like OPENAI_API_KEY
---@field base_url? string default: the provider's variable, like OPENAI_BASE_URL
---@field headers? table<string, string>
---@field tools? (llmspell.Tool|llmspell.AgentTool)[]
---@field handoffs? (llmspell.Agent|llmspell.AgentTool)[] who may take the conversation over
---@field max_agent_depth? integer agents inside agents, default 5
---@field max_handoffs? integer in one run, default 10
---@field history? { max_turns?: integer, max_tokens?: integer } what of a long conversation is sent
---@field compaction? false|{ at?: number, keep_turns?: integer, model?: string, prompt?: string }
---@field fallbacks? (string|table)[] models that are asked when this one fails
---@field rate_limit? { requests_per_minute?: integer, tokens_per_minute?: integer }
---@field max_parallel_tools? integer default 8
---@field on_busy? "queue"|"error"|"fork" default "queue"
---@field state? llmspell.State
---@field provider_options? table members added to each request
---@field connect_timeout_ms? integer default 10000
---@field first_event_timeout_ms? integer default 120000
---@field idle_timeout_ms? integer between events, default 60000
---@field tool_timeout_ms? integer default 60000
---@field approval_timeout_ms? integer default none
---@field hook_timeout_ms? integer default 60000
---@field max_tool_result_bytes? integer default 65536
---@field on_approval? llmspell.Approver
---@field hooks? llmspell.Hooks
---@field input_guardrails? llmspell.Guardrail[]
---@field output_guardrails? llmspell.Guardrail[]
---@field record? string|{ path: string, mode?: "new"|"append"|"once", scrub?: table } keeps what is sent and answered
---@field cassette? string|{ path: string, match?: "strict"|"loose", provider?: string, scrub?: table } of provider = "replay"
---@field transport? llmspell.Transport carries HTTP in place of llmspell
---@field ca_file? string path of PEM certificates to trust as well
---@field proxy? string URL

---Carries one request. The body of the answer is a text, or a function that gives one piece after the other and then nil.
---@alias llmspell.Transport fun(request: { method: string, url: string, headers: table, body: string }): table?, string?

---An agent as a tool: what agent:as_tool and agent:as_handoff return.
---@class llmspell.AgentTool

---@class llmspell.AgentToolOptions
---@field name? string default: the agent's name, for a hand-off with transfer_to_ before it
---@field description? string
---@field schema? table of the arguments, default one text, `input`
---@field timeout_ms? integer of as_tool
---@field forward_events? boolean of as_tool

---A configuration and one conversation.
---@class llmspell.Agent : userdata
local Agent = {}

---Sends a message and waits for the answer's text; nil, message, details on failure. With a callback it does not wait: that
---is called once with these, in the task that is returned.
---@param message string|llmspell.Message|llmspell.Part|(string|llmspell.Message|llmspell.Part)[]
---@param options? llmspell.RunOptions
---@return string? text
---@return string? message
---@return llmspell.Details? details
---@overload fun(self: llmspell.Agent, message: any, callback: fun(text?: string, message?: string, details?: llmspell.Details)): llmspell.Task?, string?, llmspell.Details?
---@overload fun(self: llmspell.Agent, message: any, options: llmspell.RunOptions?, callback: fun(text?: string, message?: string, details?: llmspell.Details)): llmspell.Task?, string?, llmspell.Details?
function Agent:chat(message, options) end

---Sends an input and waits for the whole result; nil, message, details on failure. A callback as for chat.
---@param options llmspell.ExecuteOptions
---@return llmspell.Result? result
---@return string? message
---@return llmspell.Details? details
---@overload fun(self: llmspell.Agent, options: llmspell.ExecuteOptions, callback: fun(result?: llmspell.Result, message?: string, details?: llmspell.Details)): llmspell.Task?, string?, llmspell.Details?
function Agent:execute(options) end

---Sends a message and returns its events, for a for loop or for stream:next(). When the run cannot begin, the only event
---is the `error` that tells why.
---@param message string|llmspell.Message|llmspell.Part|(string|llmspell.Message|llmspell.Part)[]
---@param options? llmspell.StreamOptions
---@return llmspell.Stream stream
function Agent:stream(message, options) end

---Offers one more tool in runs that begin later.
---@param tool llmspell.Tool|llmspell.AgentTool
---@return true? ok
---@return string? message
---@return llmspell.Details? details
function Agent:add_tool(tool) end

---This agent as a tool for others, for their `tools` and `add_tool`.
---@param options? llmspell.AgentToolOptions
---@return llmspell.AgentTool
function Agent:as_tool(options) end

---This agent as one that takes conversations over, for `handoffs`, `tools` and `add_tool`.
---@param options? llmspell.AgentToolOptions
---@return llmspell.AgentTool
function Agent:as_handoff(options) end

---The conversation, or that of a session, which the option `state` takes.
---@param options? { session?: string }
---@return llmspell.State? state
---@return string? message
---@return llmspell.Details? details
function Agent:get_state(options) end

---The same as get_state.
---@param options? { session?: string }
---@return llmspell.State? state
---@return string? message
---@return llmspell.Details? details
function Agent:state(options) end

---A new agent with the same configuration and tools and a copy of the conversation.
---@return llmspell.Agent? agent
---@return string? message
---@return llmspell.Details? details
function Agent:fork() end

---Forgets the conversation, or that of a session; `busy` while a run is in flight.
---@param options? { session?: string }
---@return true? ok
---@return string? message
---@return llmspell.Details? details
function Agent:reset(options) end

---Goes on with a run from the bytes of stream:checkpoint. The agent must have the tools that the run had. Bytes that are
---refused are the stream's only event, an `error`.
---@param checkpoint string
---@return llmspell.Stream stream
function Agent:restore(checkpoint) end

---Gives the agent up. Later calls return the kind `closed`; streams that are open go on.
---@return true
function Agent:close() end

---The events of a run: call it, or use it in a for loop.
---@class llmspell.Stream
---@overload fun(): llmspell.Event?
local Stream = {}

---The next event, or nil after the last.
---@return llmspell.Event?
function Stream:next() end

---Cancels the run unless it has ended; what is on its way still comes, the event `cancelled` last.
---@return true? done
---@return string? message
---@return llmspell.Details? details
function Stream:cancel() end

---The run as bytes for agent:restore, in this process or another. They hold no key. Fails with the kind `closed` when the
---run has ended.
---@return string? checkpoint
---@return string? message
---@return llmspell.Details? details
function Stream:checkpoint() end

---Allows the tool call that an event of type `request` asks for.
---@param request llmspell.Event|string the event or its id
---@param options? { arguments?: table, remember?: "tool"|"arguments" }
---@return true? done
---@return string? message
---@return llmspell.Details? details
function Stream:approve(request, options) end

---Denies it; the model reads the reason.
---@param request llmspell.Event|string the event or its id
---@param reason? string
---@param options? { remember?: "tool"|"arguments" }
---@return true? done
---@return string? message
---@return llmspell.Details? details
function Stream:deny(request, reason, options) end

---Cancels the run unless it has ended.
---@return true
function Stream:close() end

---What llmspell.go returns.
---@class llmspell.Task
local Task = {}

---Waits for the end: what the function returned. Raises what it raised; of a task that was cancelled nil, message, details.
---@return any ...
function Task:wait() end

---Ends the task and cancels its runs; one that is running ends at its next wait.
---@return true
function Task:cancel() end

---@return "running"|"done"|"failed"|"cancelled"
function Task:status() end

---A program's event loop, for llmspell.set_loop (docs/event-loops.md).
---@class llmspell.Loop
---@field watch fun(fd: integer, on_readable: fun()): fun() calls on_readable each time that fd can be read; the function that it returns ends this
---@field after fun(ms: integer, call: fun()): fun() calls it once; the function that it returns ends this
---@field defer? fun(call: fun()) calls it soon, never at once; by default after(0, call)
---@field turn? fun(ms: integer): boolean? lets the loop go on once; false where it cannot
---@field may_run? fun(): boolean false where handlers must not run now
---@field name? string

---Our tasks as one object among the descriptors that a program waits for.
---@class llmspell.Source
local Source = {}

---The descriptor to watch for reading.
---@return integer
function Source:getfd() end

---The same.
---@return integer
function Source:pollfd() end

---@return "r"
function Source:events() end

---Whether step() has something to do at once.
---@return boolean
function Source:dirty() end

---Seconds until step() has something to do although the descriptor is silent; nil: no such time.
---@return number?
function Source:timeout() end

---Does what is ready, without waiting. Raises the error of a task that nobody waits for.
function Source:step() end

---@class llmspell
local llmspell = {}

---Runs call(...) in a task, in the event loop of whoever calls, else in the program's or in llmspell.loop().
---@param call fun(...: any): any
---@param ... any
---@return llmspell.Task? task
---@return string? message
---@return llmspell.Details? details
function llmspell.go(call, ...) end

---Runs tasks until all have ended, and `call` in one of them; returns what that returns.
---@param call? fun(): any
---@return any ...
function llmspell.loop(call) end

---Lets other tasks go on for a time.
---@param ms number
---@return true? done
---@return string? message
---@return llmspell.Details? details
function llmspell.sleep(ms) end

---pcall for calls that wait: in Lua 5.1 too other tasks go on meanwhile.
---@param call fun(...: any): any
---@param ... any
---@return boolean ok
---@return any ...
function llmspell.pcall(call, ...) end

---Chooses the event loop that tasks run in: the program's own, one by its name, or (nil) what is there.
---@param loop llmspell.Loop|"luv"|"neovim"|nil
---@return true
function llmspell.set_loop(loop) end

---@return llmspell.Source
function llmspell.source() end

---Like "llmspell 0.1.0".
---@type string
llmspell._VERSION = ""

---JSON's null, the light userdata NULL.
---@type lightuserdata
llmspell.null = nil

---Version of the library, like "0.1.0".
---@return string
function llmspell.version() end

---Makes an agent. Misuse raises; nothing is sent.
---@param options llmspell.AgentOptions
---@return llmspell.Agent? agent
---@return string? message
---@return llmspell.Details? details
function llmspell.agent(options) end

---The same as llmspell.agent, as a table that can be called.
---@class llmspell.AgentConstructor
---@overload fun(options: llmspell.AgentOptions): llmspell.Agent?, string?, llmspell.Details?
llmspell.Agent = {}

---Checks and copies a tool.
---@param tool llmspell.Tool
---@return llmspell.Tool
function llmspell.create_tool(tool) end

---Marks a list (by default a new one) as a JSON array, which matters when it is empty.
---@generic T : table
---@param list? T
---@return T
function llmspell.array(list) end

---With true no request leaves the process: each fails with the kind `policy`.
---@param forbid boolean
function llmspell.forbid_requests(forbid) end

---A model whose answers are written down, for `model` or `provider`.
---@class llmspell.Scripted
local Scripted = {}

---What the turns were asked, in OpenAI's Chat format.
---@return table[]
function Scripted:requests() end

---Raises unless every turn was used and no more was asked.
---@return true
function Scripted:assert_done() end

---For tests without a network; docs/testing.md tells more.
llmspell.testing = {}

---Makes a model that gives these answers, one a turn.
---@param turns (string|table|fun(request: table, number: integer): string|table)[] texts, {text, tool_calls, reasoning, object, usage, finish_reason, error, delay_ms}, or functions that return one of them
---@return llmspell.Scripted? model
---@return string? message
---@return llmspell.Details? details
function llmspell.testing.scripted(turns) end

---What was played of an agent's cassette or script.
---@param agent llmspell.Agent
---@return { kind: "script"|"cassette", total: integer, played: integer }
function llmspell.testing.played(agent) end

---Raises unless all of an agent's cassette or script was played.
---@param agent llmspell.Agent
---@return true
function llmspell.testing.assert_done(agent) end

---What an OpenAI client asks, as options of yours.
---@class llmspell.openai.Request
---@field model string as the client names it
---@field stream boolean
---@field include_usage boolean
---@field agent table options of the agent that answers: system_prompt, tools, state
---@field provider_options? table parameters for the agent's provider, where its model takes them
---@field input table the input of its run
---@field options table settings of that run

---Why a request gets no answer, as OpenAI's clients read it.
---@class llmspell.openai.Refusal
---@field status integer
---@field body string JSON to send
---@field message string
---@field param? string name of what is wrong
---@field code? string
---@field type string

---The answer to a request. Calling it is answer:next(), for `for` loops.
---@class llmspell.openai.Answer
---@overload fun(): llmspell.Event?, string?, { status: integer, headers: table<string, string> }?
local Answer = {}

---The next event of the run, what is to be sent for it, and with the first text the head of the answer.
---@return llmspell.Event? event
---@return string? text
---@return { status: integer, headers: table<string, string> }? head
function Answer:next() end

---OpenAI's interface in front of an agent; docs/openai-server.md tells more.
llmspell.openai = {}

---Reads the body of a request for /v1/chat/completions.
---@param body string
---@return llmspell.openai.Request? request
---@return llmspell.openai.Refusal? refusal
function llmspell.openai.read(body) end

---Writes the answer to a request from the events of its run.
---@param request llmspell.openai.Request
---@param stream llmspell.Stream
---@return llmspell.openai.Answer
function llmspell.openai.answer(request, stream) end

---An error of the server's own, in OpenAI's form.
---@param status integer
---@param message string
---@param param? string
---@param code? string
---@param type? string
---@return llmspell.openai.Refusal
function llmspell.openai.refusal(status, message, param, code, type) end

---The answer to GET /v1/models, or with a name to GET /v1/models/NAME; a refusal when there is no such model.
---@param names string[] what clients may call `model`, best as "provider/model"
---@param name? string
---@return { status: integer, body: string }|llmspell.openai.Refusal
function llmspell.openai.models(names, name) end

llmspell.json = {}

---@param value any
---@return string? text
---@return string? message
---@return llmspell.Details? details
function llmspell.json.encode(value) end

---@param text string
---@return any value null becomes llmspell.null
---@return string? message
---@return llmspell.Details? details
function llmspell.json.decode(text) end

return llmspell
