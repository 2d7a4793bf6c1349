---@meta llmspell.raw
-- Types of the module llmspell.raw for editors and checkers.
--
-- Written by `ts-tools emit` from llmspell-c-api/abi/api.json; change the C API and run `make gen`.
-- A fallible function returns nil, a message and its details as JSON text when it fails.

---An agent: a configuration, its tools and one conversation. It does nothing by itself:
---llmspell_run_start makes it answer.
---
---A counted handle: llmspell_agent_clone adds a count, llmspell_agent_free takes one away, and the
---agent goes with the last. Runs keep their agent alive by themselves. Any thread may use an agent
---at any time. It stays usable in the child after a fork.
---@class llmspell.raw.agent : userdata
local agent = {}

---Gives the object up; calling it again does nothing.
function agent:close() end

---What a run tells. Free it with llmspell_event_free.
---
---An event never changes: threads may share it. It stays readable after its run and queue are
---freed, and after a fork.
---@class llmspell.raw.event : userdata
local event = {}

---Gives the object up; calling it again does nothing.
function event:close() end

---The answer to a request of an OpenAI client, written from the events of one run. Free it with
---llmspell_openai_answer_free.
---
---Calls on one of them wait for each other.
---@class llmspell.raw.openai_answer : userdata
local openai_answer = {}

---Gives the object up; calling it again does nothing.
function openai_answer:close() end

---Where the events of runs wait for the host. One queue may serve many runs; each event names its
---run. A host that takes events slowly slows down the servers that send them; memory does not fill
---up.
---
---Calls of llmspell_queue_next on one queue must not overlap; llmspell_queue_fd and
---llmspell_run_start may come from any thread. A queue belongs to its process: in the child after
---a fork its functions give `forked`. Free it with llmspell_queue_free.
---@class llmspell.raw.queue : userdata
local queue = {}

---Gives the object up; calling it again does nothing.
function queue:close() end

---One execution of an agent. Its events arrive in the queue that it was started with; exactly one
---of done, error and cancelled is the last. Runs of one agent work one after another.
---
---Any thread may use a run at any time. It belongs to its process: in the child after a fork its
---functions give `forked`. Free it with llmspell_run_free.
---@class llmspell.raw.run : userdata
local run = {}

---Gives the object up; calling it again does nothing.
function run:close() end

---Tells an event loop which of many queues have news, over one descriptor (llmspell_waker_fd) or,
---for a host that can only connect, over one unix socket (llmspell_waker_listen). A program with a
---queue for each run so waits for all of them in one place.
---
---Give each queue to the waker with llmspell_queue_wake_by; when the waker has news, call
---llmspell_waker_next until it gives no token, and take the events of each queue that it named
---until llmspell_queue_next finds none: only then is that queue told again.
---
---Every function may be called from any thread. A waker belongs to its process: in the child after
---a fork its functions give `forked`. Free it with llmspell_waker_free.
---@class llmspell.raw.waker : userdata
local waker = {}

---Gives the object up; calling it again does nothing.
function waker:close() end

---A life line that a program holds itself (llmspell_waker_life). Free it with llmspell_life_free.
---@class llmspell.raw.life : userdata
local life = {}

---Gives the object up; calling it again does nothing.
function life:close() end

---@class llmspell.raw
local raw = {}

---Version of the library that this header belongs to, as text. llmspell_version() tells that of the library that is
---loaded.
raw.VERSION = "0.1.0"

---Status of a call that succeeded; every other status is the code of an error.
raw.OK = 0

---A value handed to llmspell is not what was expected.
raw.E_ARGUMENT = 1001

---Options contradict each other or cannot be used together.
raw.E_CONFIG = 1002

---A provider key is missing, or the provider refused it.
raw.E_AUTH = 1003

---What was named does not exist: a model, a tool, a file.
raw.E_NOT_FOUND = 1004

---The object was used after it had been closed.
raw.E_CLOSED = 1005

---A time limit passed: connect, first event, between events, or the whole run.
raw.E_TIMEOUT = 2001

---No connection, a broken connection, a TLS failure.
raw.E_NETWORK = 2002

---The server answered something that is not the wire format.
raw.E_PROTOCOL = 2003

---The provider's rate limit (HTTP 429), or no credit left (HTTP 402: not retryable).
raw.E_RATE_LIMIT = 3001

---The provider is overloaded (HTTP 503, 529).
raw.E_OVERLOADED = 3002

---The provider refused or failed the request in another way.
raw.E_PROVIDER = 3003

---The provider's content filter stopped the request.
raw.E_CONTENT_FILTER = 3004

---A tool failed.
raw.E_TOOL = 4001

---A value does not fit its JSON Schema.
raw.E_VALIDATION = 4002

---The policy does not allow it.
raw.E_POLICY = 4003

---An approval was refused.
raw.E_APPROVAL = 4004

---A script failed.
raw.E_SCRIPT = 4005

---A budget of tokens, cost or tool calls is used up.
raw.E_BUDGET = 5001

---The run reached max_steps without a final answer.
raw.E_MAX_STEPS = 5002

---The run was paused; it carries a checkpoint.
raw.E_PAUSED = 5003

---The agent is in another run, and waiting could never end or was not wanted.
raw.E_BUSY = 5004

---The run was cancelled.
raw.E_CANCELLED = 5005

---The host cannot wait in this phase or context.
raw.E_UNSUPPORTED_CONTEXT = 6001

---The object belongs to the process before a fork.
raw.E_FORKED = 6002

---A store could not be read or written.
raw.E_STORE = 7001

---A defect of llmspell: please report it.
raw.E_INTERNAL = 9001

---The run began to work. Fields, besides type, run_id, seq and step, which every event has: name
---(of the agent, if it has one), provider, model.
raw.EVENT_RUN_START = 1

---A step began: one turn of the model and the tool calls in it.
raw.EVENT_STEP_START = 2

---A piece of the answer. Fields: text.
raw.EVENT_TEXT_DELTA = 3

---A piece of the model's reasoning. Fields: text.
raw.EVENT_REASONING_DELTA = 4

---The structured answer has grown. Fields: object (all of it that is there). Numbered only where it is wanted.
raw.EVENT_OBJECT_DELTA = 5

---A piece of a tool call. Fields: tool_call_id, name, arguments_delta (text).
raw.EVENT_TOOL_CALL_DELTA = 6

---The model called a tool. Fields: tool_call_id, name, arguments.
raw.EVENT_TOOL_CALL = 7

---A tool call has its result. Fields: tool_call_id, name, content, is_error, parts (where there are
---pictures or files).
raw.EVENT_TOOL_RESULT = 8

---The host must act and answer with llmspell_run_reply. Fields: id, kind, payload. Kind `tool`
---(call it) and kind `approval` (may it be called?): the payload is {tool_call_id, name, arguments,
---step}. Kinds `hook` and `guardrail` come only where the agent's options `hooks` and `guardrails`
---ask for them. docs/tools.md has the payloads and the replies.
raw.EVENT_REQUEST = 9

---The step is sent again. Fields: discard (true: deltas since the step began are void); after a failure also attempt (from
---2), after_ms, error, and provider and model where they are others from now on.
raw.EVENT_RETRY = 10

---Something that did not stop the run. Fields: message, code and tool_call_id (where they apply).
raw.EVENT_WARNING = 11

---A step ended. Fields: usage, finish_reason.
raw.EVENT_STEP_END = 12

---The run ended with an answer; its last event. Fields: result.
raw.EVENT_DONE = 16

---The run ended with an error; its last event. Fields: error, partial (the result so far).
raw.EVENT_ERROR = 17

---The run was cancelled; its last event. Fields: partial (the result so far).
raw.EVENT_CANCELLED = 18

---A run waits for its turn, because another run of the same agent has not ended.
raw.RUN_QUEUED = 1

---A run works, or waits for a reply.
raw.RUN_RUNNING = 2

---A run has ended; its last event is or was in its queue.
raw.RUN_ENDED = 3

---Version of the binary interface that this header describes. It changes only when a program
---compiled against an older header could no longer work.
raw.ABI_VERSION = 1

---Oldest version of the binary interface that a library of this version still serves.
raw.ABI_MIN = 1

---Makes an agent from options, a JSON object:
---
---`name` (text), `system_prompt` (text), `provider` ("openai", the default, or "demo", which is
---offline), `model` (text; "provider/model" sets both; by default the provider's usual one),
---`api_key` and `base_url` (text; by default from OPENAI_API_KEY and OPENAI_BASE_URL when a run
---starts; an empty api_key sends none), `headers` (object of texts), `temperature` (0 to 2),
---`top_p` (0 to 1), `max_tokens`, `stop` (text or up to 16 texts), `seed` (integer), `tools`
---(array, see llmspell_agent_tool_add), `tool_choice` ("auto", "none", "required" or {"name":
---...}), `max_steps` (20), `max_parallel_tools` (8), `max_agent_depth` (5, agents that call agents),
---`max_handoffs` (10, in one run), `history` ({max_turns, max_tokens}: what of the conversation is
---sent), `compaction` (false, or {at (0.8), keep_turns (4), model, prompt}: how older turns become a
---summary when the model's window is nearly full), `on_busy` ("queue", the default, "error" or "fork"),
---`state` (what llmspell_agent_state gave), `provider_options` (object, added to the request as it
---stands), `connect_timeout_ms` (10000), `first_event_timeout_ms` (120000), `idle_timeout_ms`
---(60000, between events), `timeout_ms` (600000, the whole run), `tool_timeout_ms` (60000),
---`ca_file` (path of PEM certificates to trust as well), `proxy` (URL; by default from the
---environment; empty: none). What stands in for the network (docs/testing.md): `record` (path, or
---{path, mode, scrub}: keeps every exchange in a cassette), `cassette` (path, or {path, match,
---provider, scrub}, with the provider "replay"), `script` (array of turns, with the provider
---"scripted"), `transport` ("network", the default, or "host": HTTP goes out as request events of
---the kind "http"). A member that is null counts as absent.
---
---Errors: `config` for a base_url with the provider demo; `argument` for a wrong type, an unknown
---option (the nearest known one is named), an unknown provider, a tool schema that is no JSON
---Schema, two tools of one name. Nothing is sent: a missing key shows when a run starts.
---@param options_json string
---@return llmspell.raw.agent? agent nil on failure
---@return string? message
---@return string? details_json
function raw.agent_new(options_json) end

---Adds a count to an agent: `clone` is the same agent, and has to be freed too.
---@param agent llmspell.raw.agent
---@return llmspell.raw.agent? clone nil on failure
---@return string? message
---@return string? details_json
function raw.agent_clone(agent) end

---Makes a new agent with the same configuration and tools and a copy of the conversation as it is
---now. From then on the two go their own ways.
---@param agent llmspell.raw.agent
---@return llmspell.raw.agent? fork nil on failure
---@return string? message
---@return string? details_json
function raw.agent_fork(agent) end

---Adds a tool to an agent: a JSON object with `name` (text), `description` (text), `schema` (JSON
---Schema of the arguments, an object) and, optionally, `timeout_ms` (milliseconds the host may
---take for an answer, in place of the agent's tool_timeout_ms). Runs that start later offer it to
---the model; when the model calls it, a request event asks the host.
---
---Errors: `argument` for a wrong or unknown field, a schema that is no JSON Schema, a name that
---the agent already has.
---@param agent llmspell.raw.agent
---@param tool_json string
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.agent_tool_add(agent, tool_json) end

---Offers another agent to an agent's model, as a tool or as one that takes the conversation over: a
---JSON object with `name` (text; by default the other agent's, after "transfer_to_" for a hand-off),
---`description` (text), `schema` (JSON Schema of the arguments; by default an object with the text
---`input`), `timeout_ms` (milliseconds for one call), `forward_events` (whether the events of its run
---come among the caller's; false) and `handoff` (whether the conversation goes on with it; false). All
---members are optional.
---
---The agent keeps the other alive, unless the other keeps this one alive: of agents that lead to one
---another, the handle of each has to be kept as long as any of them is run, or the run is refused with
---`config`. When the model calls the tool, the other agent answers in a run
---inside the run, with a conversation of its own; requests of that run come in the same queue, with
---`agent`, an array of the names of the tools that lead there.
---
---Errors: `argument` for a wrong or unknown member, a tool without a name because the other agent has
---none, a name that the agent already has.
---@param agent llmspell.raw.agent
---@param other llmspell.raw.agent
---@param tool_json string
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.agent_tool_add_agent(agent, other, tool_json) end

---Tells an agent's conversation as a JSON object {version, messages, usage}, which the option
---`state` accepts. A run in flight shows in it when it has ended.
---@param agent llmspell.raw.agent
---@return string? state nil on failure
---@return string? message
---@return string? details_json
function raw.agent_state(agent) end

---Tells the conversation of one of an agent's sessions, like llmspell_agent_state. A session is what the
---member `session` of a run's input names: a conversation of its own, which a run begins where there is
---none. One that does not exist is empty. An agent keeps 1000 of them: the one that was not used for
---longest goes first.
---@param agent llmspell.raw.agent
---@param session string
---@return string? state nil on failure
---@return string? message
---@return string? details_json
function raw.agent_session_state(agent, session) end

---Makes an agent forget one of its sessions. Without effect on one that does not exist.
---
---Errors: `busy` while a run of the session is in flight or waits.
---@param agent llmspell.raw.agent
---@param session string
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.agent_session_reset(agent, session) end

---Makes an agent forget its own conversation; configuration, tools and sessions stay.
---
---Errors: `busy` while a run of the agent is in flight or waits, because its end would bring the
---conversation back.
---@param agent llmspell.raw.agent
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.agent_reset(agent) end

---Tells about an agent, as a JSON object {name, provider, model, tools}, where `tools` are names.
---Keys and other secrets are not in it.
---@param agent llmspell.raw.agent
---@return string? info nil on failure
---@return string? message
---@return string? details_json
function raw.agent_info(agent) end

---Tells what was played of the script or cassette that answers for an agent (provider "scripted" or
---"replay"), as a JSON object: {kind: "script", total, played, asked, requests}, where `requests`
---are the bodies that the turns were asked, in the Chat format; or {kind: "cassette", name, total,
---played, left}, where `left` are {exchange, method, path} of those that were not played. A test
---that wants everything used compares `played` with `total`.
---
---Errors: `config` for an agent that neither answers for.
---@param agent llmspell.raw.agent
---@return string? played nil on failure
---@return string? message
---@return string? details_json
function raw.agent_played(agent) end

---Has an agent go on with the script or cassette of another agent: what either of them uses up, the
---other does not get. Forks share theirs by themselves.
---
---Errors: `config` unless both agents are answered by a script, or both by a cassette.
---@param agent llmspell.raw.agent
---@param other llmspell.raw.agent
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.agent_play_with(agent, other) end

---Takes one count from an agent and frees it with the last one. Runs in flight go on. NULL is
---allowed; any thread may call it.
---@param agent? llmspell.raw.agent
function raw.agent_free(agent) end

---Tells how many agents lead from the one whose run it is to the one that speaks in an event: 0 for that
---agent itself, and for NULL. Where there are any, the event's JSON has the names of the tools that lead
---there in `agent`, and `nested` where it is an agent behind a tool: its words are no part of the answer.
---@param event llmspell.raw.event
---@return integer
function raw.event_depth(event) end

---Tells an event's type, one of the LLMSPELL_EVENT_ constants; 0 for NULL.
---@param event llmspell.raw.event
---@return integer
function raw.event_type(event) end

---Tells an event's number within its run: 1 for the first, one more for each, wanted or not; 0 for
---NULL.
---@param event llmspell.raw.event
---@return integer
function raw.event_seq(event) end

---Tells the step that an event belongs to: 1 for the first, 0 before it and for NULL.
---@param event llmspell.raw.event
---@return integer
function raw.event_step(event) end

---Tells the id of the run that an event belongs to; empty for NULL.
---@param event llmspell.raw.event
---@return string
function raw.event_run_id(event) end

---Tells an event's text: `text` of text_delta and reasoning_delta, `arguments_delta` of
---tool_call_delta, `content` of tool_result, the whole answer of done, `message` of warning; empty
---for every other event and for NULL.
---@param event llmspell.raw.event
---@return string
function raw.event_text(event) end

---Tells the id of a request event, which its reply names; empty for every other event and for
---NULL.
---@param event llmspell.raw.event
---@return string
function raw.event_request_id(event) end

---Tells a whole event as a JSON object; empty for NULL. It is made at the first call.
---@param event llmspell.raw.event
---@return string
function raw.event_json(event) end

---Frees an event. NULL is allowed.
---@param event? llmspell.raw.event
function raw.event_free(event) end

---Reads the body of a request for `POST /v1/chat/completions`. `request` is JSON: `model` (as the
---client names it), `stream` and `include_usage` (booleans), `agent` (options for
---llmspell_agent_new, where the client gave them: `system_prompt`, `tools`, which are external, and
---`state`) and `input` (for llmspell_run_start: `input` and settings). A server adds its own
---options to `agent`: which provider's model answers, limits.
---
---A request that is wrong or asks for what is not supported gives `refusal` alone: `{status, body}`,
---where `body` is the error as OpenAI's clients read it, with the name of the parameter.
---
---Errors: `argument` for a body that is not UTF-8.
---@param body string
---@return string? request nil on failure
---@return string? message
---@return string? details_json
function raw.openai_read(body) end

---Makes the answer to a request, of which nothing is written yet. `request_json` is what
---llmspell_openai_read gave; only `model`, `stream`, `include_usage` and `input.output_schema` count.
---
---Errors: `argument` for what is no request.
---@param request_json string
---@return llmspell.raw.openai_answer? answer nil on failure
---@return string? message
---@return string? details_json
function raw.openai_answer_new(request_json) end

---Takes the next event of the run, as llmspell_event_json gives it, and gives what is to be sent to
---the client now: chunks of a stream, or a whole body, with the run's last event. `text` is empty
---for an event that writes nothing. Give it all events of the run in their order.
---
---Errors: `argument` for what is no event.
---@param answer llmspell.raw.openai_answer
---@param event_json string
---@return string? text nil on failure
---@return string? message
---@return string? details_json
function raw.openai_answer_next(answer, event_json) end

---Tells the head of the HTTP answer, once there is something to send: JSON `{status, content_type,
---ended}` and, where a failure says so, `retry_after_ms`. `status` is 0 before that. `ended`: all
---was written; a run that has not ended then may be cancelled.
---@param answer llmspell.raw.openai_answer
---@return string? head nil on failure
---@return string? message
---@return string? details_json
function raw.openai_answer_head(answer) end

---Frees an answer. NULL is allowed.
---@param answer? llmspell.raw.openai_answer
function raw.openai_answer_free(answer) end

---Makes an empty queue.
---@return llmspell.raw.queue? queue nil on failure
---@return string? message
---@return string? details_json
function raw.queue_new() end

---Takes the next event out of a queue and waits for one at most `timeout_ms` milliseconds: 0 does
---not wait, -1 waits without end. When the time passes without an event, the call succeeds and
---`event` is NULL.
---
---Errors: `argument` for a `timeout_ms` below -1, `forked` in the child after a fork.
---Blocks while it waits.
---@param queue llmspell.raw.queue
---@param timeout_ms integer
---@return llmspell.raw.event? event nil on failure
---@return string? message
---@return string? details_json
function raw.queue_next(queue, timeout_ms) end

---Tells a file descriptor, a socket, that is readable while an event waits, for the host's own
---event loop. Only wait on it: do not read from it or close it. After it became readable, take
---events with a `timeout_ms` of 0 until none is left.
---
---Errors: `forked` in the child after a fork, `internal` when the process has no descriptor left.
---@param queue llmspell.raw.queue
---@return integer? fd nil on failure
---@return string? message
---@return string? details_json
function raw.queue_fd(queue) end

---Frees a queue and the events in it. Runs whose events went there are cancelled. NULL is allowed;
---any thread may call it, but not while another is inside llmspell_queue_next on the same queue.
---@param queue? llmspell.raw.queue
function raw.queue_free(queue) end

---Starts a run of `target` whose events go to `queue`. The input is a JSON object:
---
---`input`: the user's message, as a text, as a message {role, content} or as an array of messages.
---`events`: names of the events that are wanted (like "text_delta"); absent means all, and
---request, done, error and cancelled always come. And, for this run alone, in place of the agent's
---own: `temperature`, `top_p`, `max_tokens`, `stop`, `seed`, `tool_choice`, `max_steps`,
---`timeout_ms` (milliseconds).
---
---The first event may already be in the queue when the call returns. The run waits for its turn
---when another run of the agent has not ended, unless the agent has `on_busy` "error".
---
---Errors: `argument` for an input that is not as described, `busy`, `auth` when the provider's key
---is missing (the message names the variable), `forked` for a queue from before a fork.
---@param queue llmspell.raw.queue
---@param target llmspell.raw.agent
---@param input_json string
---@return llmspell.raw.run? run nil on failure
---@return string? message
---@return string? details_json
function raw.run_start(queue, target, input_json) end

---Starts a run again from a checkpoint. The target supplies what a checkpoint does not hold: the
---provider's key and the tools, found by name. Requests that were open are asked again; a step
---that was cut off in the middle begins with a retry event, which voids its deltas so far, and is
---sent again.
---
---Errors: `argument` for bytes that are no checkpoint of this or an earlier version, `config` when
---the target lacks a tool of the checkpoint or has it with another schema, and those of
---llmspell_run_start.
---@param queue llmspell.raw.queue
---@param target llmspell.raw.agent
---@param checkpoint string
---@return llmspell.raw.run? run nil on failure
---@return string? message
---@return string? details_json
function raw.run_restore(queue, target, checkpoint) end

---Answers a request event: a JSON object {"id": the request's id, "ok": any value} or {"id": ...,
---"error": {"message": text, "kind": text}}, where `kind` may be absent. For a tool, an `ok` text
---reaches the model as it stands and any other value as JSON. A reply that comes too late (the
---request timed out, was answered or the run ended) is dropped, and the call succeeds.
---
---Errors: `argument` for a reply that is not as described or an id that this run never asked.
---@param run llmspell.raw.run
---@param reply_json string
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.run_reply(run, reply_json) end

---Tells whether a request of a run is still open: neither answered nor timed out nor cancelled. A
---tool that works for long may look here whether anybody still waits for it. An id that the run
---never asked counts as not open.
---@param run llmspell.raw.run
---@param request_id string
---@return boolean? awaits nil on failure
---@return string? message
---@return string? details_json
function raw.run_awaits(run, request_id) end

---Feeds the head of an answer that the host carries (a request event of the kind "http", which runs
---of agents with `transport` "host" make), as a JSON object {"status": 200 to 599, "headers":
---{name: text}}, where `headers` may be absent. Bytes and the end follow. A whole answer can be
---given at once instead, with llmspell_run_reply: {"id": ..., "ok": {"status", "headers", "body" or
---"body_base64"}}; so can a failure: {"id": ..., "error": {"message"}}, also after a head.
---
---What is fed when nobody waits any more (a time limit, a cancel) is dropped, and the call
---succeeds; llmspell_run_awaits tells. Any thread may feed.
---
---Errors: `argument` for a head that is not as described, a second one, or an id that this run
---never asked.
---@param run llmspell.raw.run
---@param request_id string
---@param head_json string
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.run_http_head(run, request_id, head_json) end

---Feeds bytes of the body of an answer that the host carries, split anywhere.
---
---Errors: `argument` before the head, or for an id that this run never asked; `busy` when 64 MiB wait
---to be read, because nobody takes events from the run's queue: the bytes were not taken, so take events
---and feed them again.
---@param run llmspell.raw.run
---@param request_id string
---@param bytes string
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.run_http_bytes(run, request_id, bytes) end

---Ends the body of an answer that the host carries.
---
---Errors: those of llmspell_run_http_bytes.
---@param run llmspell.raw.run
---@param request_id string
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.run_http_end(run, request_id) end

---Cancels a run: its connection is closed and its last event is cancelled, unless it ended before.
---A run that has ended is left as it is. Any thread may call it.
---@param run llmspell.raw.run
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.run_cancel(run) end

---Tells a run as bytes from which llmspell_run_restore goes on, in this process or another. They
---hold the conversation but no key and no header. They are not text.
---
---Errors: `closed` when the run has ended.
---@param run llmspell.raw.run
---@return string? checkpoint nil on failure
---@return string? message
---@return string? details_json
function raw.run_checkpoint(run) end

---Tells a run's id, which its events carry as run_id; empty for NULL.
---@param run llmspell.raw.run
---@return string
function raw.run_id(run) end

---Tells the session whose conversation a run goes on with, as `session` of its input named it or,
---for a restored run, its checkpoint; empty for the agent's own conversation and for NULL. Runs of
---one session wait for each other, and for no others.
---@param run llmspell.raw.run
---@return string
function raw.run_session(run) end

---Tells how far a run is: LLMSPELL_RUN_QUEUED, LLMSPELL_RUN_RUNNING or LLMSPELL_RUN_ENDED; 0 for
---NULL. In the child after a fork a run from before counts as ended.
---@param run llmspell.raw.run
---@return integer
function raw.run_status(run) end

---Frees a run and cancels it when it has not ended; its last event still arrives. NULL is allowed;
---any thread may call it.
---@param run? llmspell.raw.run
function raw.run_free(run) end

---Forbids real requests in this process, and in what it forks from now on, or allows them again. A
---forbidden request fails with kind `policy`, to loopback addresses too. The provider demo,
---cassettes that are played, scripted models and requests that the host carries go on working.
---
---Before the first call the environment variable LLMSPELL_FORBID_REQUESTS decides: requests are
---forbidden when it is set to anything but an empty text, "0" or "false". Any thread may call it.
---@param forbid boolean
function raw.forbid_requests(forbid) end

---Tells the version of the binary interface of the library that is loaded. A program should refuse
---to go on when it is less than the LLMSPELL_ABI_VERSION that it was compiled with.
---@return integer
function raw.abi_version() end

---Tells the oldest version of the binary interface that the library that is loaded still serves. A
---program should refuse to go on when it is greater than the LLMSPELL_ABI_VERSION that it was
---compiled with.
---@return integer
function raw.abi_min() end

---Makes a waker of no queue yet.
---@return llmspell.raw.waker? waker nil on failure
---@return string? message
---@return string? details_json
function raw.waker_new() end

---Tells the news of a queue to `waker` under `token`, in place of the waker and token that the
---queue had; a NULL waker ends that. Events that wait in the queue already count as news.
---
---Errors: `forked` in the child after a fork, `argument` when another queue has the token with
---this waker, or when the token is 0.
---@param queue llmspell.raw.queue
---@param waker? llmspell.raw.waker
---@param token integer
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.queue_wake_by(queue, waker, token) end

---Takes the token of a queue that has news, the oldest first, and waits for one at most
---`timeout_ms` milliseconds: 0 does not wait, -1 waits without end. When the time passes without
---news, or llmspell_waker_ring was called, the call succeeds and `token` is 0. A token of a queue
---that is gone by now may still come.
---
---Errors: `argument` for a `timeout_ms` below -1, `forked` in the child after a fork.
---Blocks while it waits.
---@param waker llmspell.raw.waker
---@param timeout_ms integer
---@return integer? token nil on failure
---@return string? message
---@return string? details_json
function raw.waker_next(waker, timeout_ms) end

---Tells a file descriptor, a socket, that is readable while llmspell_waker_next has a token to
---give. Only wait on it: do not read from it or close it.
---
---Errors: `forked` in the child after a fork, `internal` when the process has no descriptor left.
---@param waker llmspell.raw.waker
---@return integer? fd nil on failure
---@return string? message
---@return string? details_json
function raw.waker_fd(waker) end

---Opens a unix socket for a host that can connect but not wait on a descriptor (an nginx worker),
---and tells its path. Only this process may connect. The socket lies in a folder of its own, mode
---0700, under `directory`; an empty one stands for the first that is set of `LLMSPELL_SOCKET_DIR`,
---`TMPDIR`, and `/tmp`. Called again it tells the same path, or, when the socket was deleted, that
---of a new one.
---
---A connection begins with one line. After `news` it gets a byte each time there is news, once
---until llmspell_waker_next gives no token. After `life NUMBER` nothing is said; see
---llmspell_waker_tie.
---
---Errors: `config` when no socket can be made there (the message tells what to set), `forked` in
---the child after a fork, `internal` when the I/O thread cannot be started.
---@param waker llmspell.raw.waker
---@param directory? string
---@return string? path nil on failure
---@return string? message
---@return string? details_json
function raw.waker_listen(waker, directory) end

---Ties the queue that has `token` to a life line, in place of the one that it was tied to: when
---the connection that said `life NUMBER` ends, or what llmspell_waker_life gave for the number is
---freed, the runs of that queue are cancelled. For hosts that may end a task without a word, but
---close its connections or call what cleans up after it. 0 ties the queue to none. The tie lasts
---until llmspell_queue_wake_by is called for the queue again.
---
---Errors: `argument` for a token that no queue has, `forked` in the child after a fork.
---@param waker llmspell.raw.waker
---@param token integer
---@param life integer
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.waker_tie(waker, token, life) end

---Makes a life line of the number `life` that ends when it is freed, and needs no descriptor. It
---may outlive the waker.
---
---Errors: `argument` for the number 0, `forked` in the child after a fork.
---@param waker llmspell.raw.waker
---@param life integer
---@return llmspell.raw.life? line nil on failure
---@return string? message
---@return string? details_json
function raw.waker_life(waker, life) end

---Ends a life line and cancels the runs that are tied to it, from any thread. NULL is allowed.
---@param line? llmspell.raw.life
function raw.life_free(line) end

---Makes whoever waits for the waker look, although no queue has news: llmspell_waker_next may give
---no token then. A program can so end its own wait from another thread.
---
---Errors: `forked` in the child after a fork.
---@param waker llmspell.raw.waker
---@return true? done nil on failure
---@return string? message
---@return string? details_json
function raw.waker_ring(waker) end

---Frees a waker and removes its socket. Its queues stay, without a waker. NULL is allowed.
---@param waker? llmspell.raw.waker
function raw.waker_free(waker) end

return raw
