/* llmspell.h: the C API of llmspell.
 *
 * Two layers. The full layer (llmspell_agent_new, llmspell_run_start, ...): handles, a queue of events, replies;
 * no code of yours ever runs on a foreign thread. The plain layer (LLMSpellAgent, llmspell_agent_create, ...):
 * one blocking call per message, tools as callbacks on the calling thread.
 *
 * Rules of the full layer
 * - Text goes in as (pointer, length), UTF-8, without a NUL at its end; the pointer may be NULL when the length is 0.
 * - A function that can fail returns a llmspell_status: LLMSPELL_OK or an error code. Its last parameter, err, may be
 *   NULL; otherwise it gets NULL on success and an error to free with llmspell_error_free on failure.
 * - Outputs are set to NULL, 0 or false when the call begins and get a value only when it succeeds.
 * - A NULL handle is an `argument` error; functions that cannot fail answer with a neutral value; _free(NULL) is safe.
 * - A pointer to const may be shared by threads; calls that take a pointer to non-const must not overlap. The _free
 *   functions may be called from any thread, and after them the handle must not be used.
 * - A call during which llmspell itself fails (a defect) returns LLMSPELL_E_INTERNAL, and so do later calls on the
 *   handles that it used; freeing them stays safe.
 *
 * Tags in the comments: @borrowed X until ... (who keeps X), @owned X f (yours: release it with f), @consumes X (the
 * call takes it over), @out X (written by the call), @nullable X, @len X N (N counts the bytes of X), @blocking,
 * @callback X, @since version, @layer plain | shim (absent: full).
 *
 * Generated from llmspell-c-api/src by `make gen`: do not edit.
 */


#ifndef LLMSPELL_H
#define LLMSPELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Version of the library that this header belongs to, as text. llmspell_version() tells that of the library that is
 * loaded.
 *
 * @since 0.1
 */
#define LLMSPELL_VERSION "0.1.0"

/**
 * Status of a call that succeeded; every other status is the code of an error.
 *
 * @since 0.1
 */
#define LLMSPELL_OK 0

/**
 * A value handed to llmspell is not what was expected.
 *
 * @since 0.1
 */
#define LLMSPELL_E_ARGUMENT 1001

/**
 * Options contradict each other or cannot be used together.
 *
 * @since 0.1
 */
#define LLMSPELL_E_CONFIG 1002

/**
 * A provider key is missing, or the provider refused it.
 *
 * @since 0.1
 */
#define LLMSPELL_E_AUTH 1003

/**
 * What was named does not exist: a model, a tool, a file.
 *
 * @since 0.1
 */
#define LLMSPELL_E_NOT_FOUND 1004

/**
 * The object was used after it had been closed.
 *
 * @since 0.1
 */
#define LLMSPELL_E_CLOSED 1005

/**
 * A time limit passed: connect, first event, between events, or the whole run.
 *
 * @since 0.1
 */
#define LLMSPELL_E_TIMEOUT 2001

/**
 * No connection, a broken connection, a TLS failure.
 *
 * @since 0.1
 */
#define LLMSPELL_E_NETWORK 2002

/**
 * The server answered something that is not the wire format.
 *
 * @since 0.1
 */
#define LLMSPELL_E_PROTOCOL 2003

/**
 * The provider's rate limit (HTTP 429), or no credit left (HTTP 402: not retryable).
 *
 * @since 0.1
 */
#define LLMSPELL_E_RATE_LIMIT 3001

/**
 * The provider is overloaded (HTTP 503, 529).
 *
 * @since 0.1
 */
#define LLMSPELL_E_OVERLOADED 3002

/**
 * The provider refused or failed the request in another way.
 *
 * @since 0.1
 */
#define LLMSPELL_E_PROVIDER 3003

/**
 * The provider's content filter stopped the request.
 *
 * @since 0.1
 */
#define LLMSPELL_E_CONTENT_FILTER 3004

/**
 * A tool failed.
 *
 * @since 0.1
 */
#define LLMSPELL_E_TOOL 4001

/**
 * A value does not fit its JSON Schema.
 *
 * @since 0.1
 */
#define LLMSPELL_E_VALIDATION 4002

/**
 * The policy does not allow it.
 *
 * @since 0.1
 */
#define LLMSPELL_E_POLICY 4003

/**
 * An approval was refused.
 *
 * @since 0.1
 */
#define LLMSPELL_E_APPROVAL 4004

/**
 * A script failed.
 *
 * @since 0.1
 */
#define LLMSPELL_E_SCRIPT 4005

/**
 * A budget of tokens, cost or tool calls is used up.
 *
 * @since 0.1
 */
#define LLMSPELL_E_BUDGET 5001

/**
 * The run reached max_steps without a final answer.
 *
 * @since 0.1
 */
#define LLMSPELL_E_MAX_STEPS 5002

/**
 * The run was paused; it carries a checkpoint.
 *
 * @since 0.1
 */
#define LLMSPELL_E_PAUSED 5003

/**
 * The agent is in another run, and waiting could never end or was not wanted.
 *
 * @since 0.1
 */
#define LLMSPELL_E_BUSY 5004

/**
 * The run was cancelled.
 *
 * @since 0.1
 */
#define LLMSPELL_E_CANCELLED 5005

/**
 * The host cannot wait in this phase or context.
 *
 * @since 0.1
 */
#define LLMSPELL_E_UNSUPPORTED_CONTEXT 6001

/**
 * The object belongs to the process before a fork.
 *
 * @since 0.1
 */
#define LLMSPELL_E_FORKED 6002

/**
 * A store could not be read or written.
 *
 * @since 0.1
 */
#define LLMSPELL_E_STORE 7001

/**
 * A defect of llmspell: please report it.
 *
 * @since 0.1
 */
#define LLMSPELL_E_INTERNAL 9001

/**
 * The run began to work. Fields, besides type, run_id, seq and step, which every event has: name
 * (of the agent, if it has one), provider, model.
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_RUN_START 1

/**
 * A step began: one turn of the model and the tool calls in it.
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_STEP_START 2

/**
 * A piece of the answer. Fields: text.
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_TEXT_DELTA 3

/**
 * A piece of the model's reasoning. Fields: text.
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_REASONING_DELTA 4

/**
 * The structured answer has grown. Fields: object (all of it that is there). Numbered only where it is wanted.
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_OBJECT_DELTA 5

/**
 * A piece of a tool call. Fields: tool_call_id, name, arguments_delta (text).
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_TOOL_CALL_DELTA 6

/**
 * The model called a tool. Fields: tool_call_id, name, arguments.
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_TOOL_CALL 7

/**
 * A tool call has its result. Fields: tool_call_id, name, content, is_error, parts (where there are
 * pictures or files).
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_TOOL_RESULT 8

/**
 * The host must act and answer with llmspell_run_reply. Fields: id, kind, payload. Kind `tool`
 * (call it) and kind `approval` (may it be called?): the payload is {tool_call_id, name, arguments,
 * step}. Kinds `hook` and `guardrail` come only where the agent's options `hooks` and `guardrails`
 * ask for them. docs/tools.md has the payloads and the replies.
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_REQUEST 9

/**
 * The step is sent again. Fields: discard (true: deltas since the step began are void); after a failure also attempt (from
 * 2), after_ms, error, and provider and model where they are others from now on.
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_RETRY 10

/**
 * Something that did not stop the run. Fields: message, code and tool_call_id (where they apply).
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_WARNING 11

/**
 * A step ended. Fields: usage, finish_reason.
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_STEP_END 12

/**
 * The run ended with an answer; its last event. Fields: result.
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_DONE 16

/**
 * The run ended with an error; its last event. Fields: error, partial (the result so far).
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_ERROR 17

/**
 * The run was cancelled; its last event. Fields: partial (the result so far).
 *
 * @since 0.1
 */
#define LLMSPELL_EVENT_CANCELLED 18

/**
 * JSON token: there is no further token.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_END 0

/**
 * JSON token: the value null.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_NULL 1

/**
 * JSON token: the value false.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_FALSE 2

/**
 * JSON token: the value true.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_TRUE 3

/**
 * JSON token: an integer that fits 64 bits with sign, in `integer`.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_INTEGER 4

/**
 * JSON token: any other number, in `number`.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_NUMBER 5

/**
 * JSON token: a text, in `text`.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_STRING 6

/**
 * JSON token: the name of an object's member, in `text`; the token after it begins the member's
 * value.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_KEY 7

/**
 * JSON token: an array begins; `count` is the number of its elements.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_ARRAY 8

/**
 * JSON token: the innermost open array ends.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_ARRAY_END 9

/**
 * JSON token: an object begins; `count` is the number of its members.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_OBJECT 10

/**
 * JSON token: the innermost open object ends.
 *
 * @layer shim
 * @since 0.1
 */
#define LLMSPELL_JSON_OBJECT_END 11

/**
 * A run waits for its turn, because another run of the same agent has not ended.
 *
 * @since 0.1
 */
#define LLMSPELL_RUN_QUEUED 1

/**
 * A run works, or waits for a reply.
 *
 * @since 0.1
 */
#define LLMSPELL_RUN_RUNNING 2

/**
 * A run has ended; its last event is or was in its queue.
 *
 * @since 0.1
 */
#define LLMSPELL_RUN_ENDED 3

/**
 * Version of the binary interface that this header describes. It changes only when a program
 * compiled against an older header could no longer work.
 *
 * @since 0.1
 */
#define LLMSPELL_ABI_VERSION 1

/**
 * Oldest version of the binary interface that a library of this version still serves.
 *
 * @since 0.1
 */
#define LLMSPELL_ABI_MIN 1

/**
 * An agent of the plain layer: a configuration, its tools and one conversation. Destroy it with
 * llmspell_agent_destroy.
 *
 * Any thread may use it at any time but for llmspell_agent_destroy; calls from several threads
 * queue up. A call from a callback that the same agent runs is refused with a `busy` error, when it
 * is made on the callback's own thread; on another thread it queues up behind the callback, which
 * must not wait for it. It stays usable in the child after a fork.
 *
 * @layer plain
 * @since 0.1
 */
typedef struct LLMSpellAgent LLMSpellAgent;

/**
 * A tool that the program gives to agents: a declaration and a callback. Destroy it with
 * llmspell_tool_destroy at any time: agents that have it keep it alive until they are destroyed.
 *
 * Any thread may give it to agents. Its callback runs on the threads that call llmspell_agent_chat
 * and llmspell_agent_execute, so two agents used from two threads may run it twice at once.
 *
 * @layer plain
 * @since 0.1
 */
typedef struct LLMSpellTool LLMSpellTool;

/**
 * An agent: a configuration, its tools and one conversation. It does nothing by itself:
 * llmspell_run_start makes it answer.
 *
 * A counted handle: llmspell_agent_clone adds a count, llmspell_agent_free takes one away, and the
 * agent goes with the last. Runs keep their agent alive by themselves. Any thread may use an agent
 * at any time. It stays usable in the child after a fork.
 *
 * @since 0.1
 */
typedef struct llmspell_agent llmspell_agent;

/**
 * Bytes that belong to the caller: read them with llmspell_buf_str, free them with
 * llmspell_buf_free.
 *
 * A buffer never changes: threads may share it.
 *
 * @since 0.1
 */
typedef struct llmspell_buf llmspell_buf;

/**
 * What went wrong in a call. Decide by its code or kind, never by its message. Free it with
 * llmspell_error_free.
 *
 * An error never changes: threads may share it.
 *
 * @since 0.1
 */
typedef struct llmspell_error llmspell_error;

/**
 * What a run tells. Free it with llmspell_event_free.
 *
 * An event never changes: threads may share it. It stays readable after its run and queue are
 * freed, and after a fork.
 *
 * @since 0.1
 */
typedef struct llmspell_event llmspell_event;

/**
 * A parsed JSON text that is read token by token. Free it with llmspell_json_free.
 *
 * Calls on one of them must not overlap.
 *
 * @layer shim
 * @since 0.1
 */
typedef struct llmspell_json llmspell_json;

/**
 * A life line that a program holds itself (llmspell_waker_life). Free it with llmspell_life_free.
 *
 * @since 0.1
 */
typedef struct llmspell_life llmspell_life;

/**
 * The answer to a request of an OpenAI client, written from the events of one run. Free it with
 * llmspell_openai_answer_free.
 *
 * Calls on one of them wait for each other.
 *
 * @since 0.1
 */
typedef struct llmspell_openai_answer llmspell_openai_answer;

/**
 * Where the events of runs wait for the host. One queue may serve many runs; each event names its
 * run. A host that takes events slowly slows down the servers that send them; memory does not fill
 * up.
 *
 * Calls of llmspell_queue_next on one queue must not overlap; llmspell_queue_fd and
 * llmspell_run_start may come from any thread. A queue belongs to its process: in the child after
 * a fork its functions give `forked`. Free it with llmspell_queue_free.
 *
 * @since 0.1
 */
typedef struct llmspell_queue llmspell_queue;

/**
 * One execution of an agent. Its events arrive in the queue that it was started with; exactly one
 * of done, error and cancelled is the last. Runs of one agent work one after another.
 *
 * Any thread may use a run at any time. It belongs to its process: in the child after a fork its
 * functions give `forked`. Free it with llmspell_run_free.
 *
 * @since 0.1
 */
typedef struct llmspell_run llmspell_run;

/**
 * What a run can be started on: a view of an agent (llmspell_agent_as_target). It belongs to the
 * object that it shows and is never freed by itself.
 *
 * Any thread may use it as long as that object lives.
 *
 * @since 0.1
 */
typedef struct llmspell_target llmspell_target;

/**
 * Tells an event loop which of many queues have news, over one descriptor (llmspell_waker_fd) or,
 * for a host that can only connect, over one unix socket (llmspell_waker_listen). A program with a
 * queue for each run so waits for all of them in one place.
 *
 * Give each queue to the waker with llmspell_queue_wake_by; when the waker has news, call
 * llmspell_waker_next until it gives no token, and take the events of each queue that it named
 * until llmspell_queue_next finds none: only then is that queue told again.
 *
 * Every function may be called from any thread. A waker belongs to its process: in the child after
 * a fork its functions give `forked`. Free it with llmspell_waker_free.
 *
 * @since 0.1
 */
typedef struct llmspell_waker llmspell_waker;

/**
 * Outcome of a call: LLMSPELL_OK or one of the LLMSPELL_E_ codes.
 *
 * @since 0.1
 */
typedef int32_t llmspell_status;

/**
 * Text lent to the caller: UTF-8, `len` bytes at `data`, with no NUL at its end. It may contain
 * NUL bytes. The function that returns one says whose it is and until when it is valid. An empty
 * text has length 0 and a `data` that is not to be read.
 *
 * @since 0.1
 */
typedef struct {
    /**
     * First byte of the text.
     */
    const char *data;
    /**
     * Number of bytes.
     */
    size_t len;
} llmspell_str;

/**
 * One token of a JSON text. Set `struct_size` to `sizeof(llmspell_json_token)` before it is passed
 * to llmspell_json_next, so that a newer library knows which fields there are.
 *
 * @layer shim
 * @since 0.1
 */
typedef struct {
    /**
     * Size of this struct in bytes, set by the caller.
     */
    uint32_t struct_size;
    /**
     * What the token is, one of the LLMSPELL_JSON_ constants.
     */
    int32_t type;
    /**
     * Value of an INTEGER, else 0.
     */
    int64_t integer;
    /**
     * Value of a NUMBER or an INTEGER, else 0.
     */
    double number;
    /**
     * Text of a STRING or a KEY, without escapes, borrowed from the llmspell_json; else empty.
     */
    llmspell_str text;
    /**
     * Number of elements of an ARRAY or members of an OBJECT, else 0.
     */
    size_t count;
} llmspell_json_token;

/**
 * The shortest decimal that reads back as a given double: `digits` times ten to the power of `exponent`.
 * Set `struct_size` to `sizeof(llmspell_json_decimal)` before it is passed to llmspell_json_shortest.
 *
 * @layer shim
 * @since 0.1
 */
typedef struct {
    /**
     * Size of this struct in bytes, set by the caller.
     */
    uint32_t struct_size;
    /**
     * The power of ten.
     */
    int32_t exponent;
    /**
     * At most 17 digits, the last of them not 0 unless it is the only one.
     */
    uint64_t digits;
} llmspell_json_decimal;

/**
 * What an agent is created with. Every field may be NULL or 0.
 *
 * @layer plain
 * @since 0.1
 */
typedef struct {
    /**
     * Text that tells the model how to behave, or NULL.
     */
    const char *system_prompt;
    /**
     * "openai" (NULL means it) or "demo", which works offline.
     */
    const char *provider;
    /**
     * Name of the model; NULL: the provider's usual one.
     */
    const char *model;
    /**
     * The agent's tools, `tool_count` pointers, which are copied; the tools stay the caller's.
     * NULL when `tool_count` is 0.
     */
    LLMSpellTool **tools;
    /**
     * Number of tools.
     */
    size_t tool_count;
    /**
     * More options as a JSON object, those of llmspell_agent_new but `tools`, or NULL. An option
     * that also stands in a field above is an error.
     */
    const char *config_json;
} LLMSpellAgentConfig;

/**
 * Result of a call of the plain layer, and what a tool's callback returns. Texts are UTF-8 with a
 * NUL at the end; each may be NULL.
 *
 * A result that the library returned belongs to the caller, who releases it with
 * llmspell_result_free. A result that a callback returned stays the callback's own: the library
 * copies its texts before it does anything else and never frees them.
 *
 * @layer plain
 * @since 0.1
 */
typedef struct {
    /**
     * True when the call failed.
     */
    bool error;
    /**
     * What went wrong; NULL unless `error` is true.
     */
    const char *error_message;
    /**
     * The answer; NULL when `error` is true.
     */
    const char *response;
    /**
     * More about the call as a JSON object. On failure: the fields of the error (kind, code,
     * message, retryable, ...). From a callback it is ignored.
     */
    const char *metadata_json;
} LLMSpellResult;

/**
 * Does a tool's work, on the thread that is inside llmspell_agent_chat or llmspell_agent_execute.
 * `params_json` is a JSON object that fits the tool's schema; `user_data` is what the tool was
 * created with. It returns the answer for the model in `response` (NULL counts as an empty text),
 * or `error` true and a message in `error_message`: the model sees the message and the
 * conversation goes on. The texts it returns stay its own; the library copies them before it calls
 * a callback again. It must return normally: no longjmp, no C++ exception.
 *
 * @borrowed params_json until the callback returns
 * @borrowed user_data until the tool is gone
 * @nullable user_data
 * @borrowed return until the callback is called again; the library copies its texts at once
 * @layer plain
 * @since 0.1
 */
typedef LLMSpellResult (*LLMSpellToolCallback)(const char *params_json, void *user_data);

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

/**
 * Makes an agent from options, a JSON object:
 *
 * `name` (text), `system_prompt` (text), `provider` ("openai", the default, or "demo", which is
 * offline), `model` (text; "provider/model" sets both; by default the provider's usual one),
 * `api_key` and `base_url` (text; by default from OPENAI_API_KEY and OPENAI_BASE_URL when a run
 * starts; an empty api_key sends none), `headers` (object of texts), `temperature` (0 to 2),
 * `top_p` (0 to 1), `max_tokens`, `stop` (text or up to 16 texts), `seed` (integer), `tools`
 * (array, see llmspell_agent_tool_add), `tool_choice` ("auto", "none", "required" or {"name":
 * ...}), `max_steps` (20), `max_parallel_tools` (8), `max_agent_depth` (5, agents that call agents),
 * `max_handoffs` (10, in one run), `history` ({max_turns, max_tokens}: what of the conversation is
 * sent), `compaction` (false, or {at (0.8), keep_turns (4), model, prompt}: how older turns become a
 * summary when the model's window is nearly full), `on_busy` ("queue", the default, "error" or "fork"),
 * `state` (what llmspell_agent_state gave), `provider_options` (object, added to the request as it
 * stands), `connect_timeout_ms` (10000), `first_event_timeout_ms` (120000), `idle_timeout_ms`
 * (60000, between events), `timeout_ms` (600000, the whole run), `tool_timeout_ms` (60000),
 * `ca_file` (path of PEM certificates to trust as well), `proxy` (URL; by default from the
 * environment; empty: none). What stands in for the network (docs/testing.md): `record` (path, or
 * {path, mode, scrub}: keeps every exchange in a cassette), `cassette` (path, or {path, match,
 * provider, scrub}, with the provider "replay"), `script` (array of turns, with the provider
 * "scripted"), `transport` ("network", the default, or "host": HTTP goes out as request events of
 * the kind "http"). A member that is null counts as absent.
 *
 * Errors: `config` for a base_url with the provider demo; `argument` for a wrong type, an unknown
 * option (the nearest known one is named), an unknown provider, a tool schema that is no JSON
 * Schema, two tools of one name. Nothing is sent: a missing key shows when a run starts.
 *
 * @borrowed options_json until the call returns
 * @len options_json options_len
 * @out agent
 * @owned agent llmspell_agent_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_new(const char *options_json,
                                   size_t options_len,
                                   llmspell_agent **agent,
                                   llmspell_error **err);

/**
 * Adds a count to an agent: `clone` is the same agent, and has to be freed too.
 *
 * @borrowed agent until the call returns
 * @out clone
 * @owned clone llmspell_agent_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_clone(const llmspell_agent *agent,
                                     llmspell_agent **clone,
                                     llmspell_error **err);

/**
 * Makes a new agent with the same configuration and tools and a copy of the conversation as it is
 * now. From then on the two go their own ways.
 *
 * @borrowed agent until the call returns
 * @out fork
 * @owned fork llmspell_agent_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_fork(const llmspell_agent *agent,
                                    llmspell_agent **fork,
                                    llmspell_error **err);

/**
 * Adds a tool to an agent: a JSON object with `name` (text), `description` (text), `schema` (JSON
 * Schema of the arguments, an object) and, optionally, `timeout_ms` (milliseconds the host may
 * take for an answer, in place of the agent's tool_timeout_ms). Runs that start later offer it to
 * the model; when the model calls it, a request event asks the host.
 *
 * Errors: `argument` for a wrong or unknown field, a schema that is no JSON Schema, a name that
 * the agent already has.
 *
 * @borrowed agent until the call returns
 * @borrowed tool_json until the call returns
 * @len tool_json tool_len
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_tool_add(const llmspell_agent *agent,
                                        const char *tool_json,
                                        size_t tool_len,
                                        llmspell_error **err);

/**
 * Offers another agent to an agent's model, as a tool or as one that takes the conversation over: a
 * JSON object with `name` (text; by default the other agent's, after "transfer_to_" for a hand-off),
 * `description` (text), `schema` (JSON Schema of the arguments; by default an object with the text
 * `input`), `timeout_ms` (milliseconds for one call), `forward_events` (whether the events of its run
 * come among the caller's; false) and `handoff` (whether the conversation goes on with it; false). All
 * members are optional.
 *
 * The agent keeps the other alive, unless the other keeps this one alive: of agents that lead to one
 * another, the handle of each has to be kept as long as any of them is run, or the run is refused with
 * `config`. When the model calls the tool, the other agent answers in a run
 * inside the run, with a conversation of its own; requests of that run come in the same queue, with
 * `agent`, an array of the names of the tools that lead there.
 *
 * Errors: `argument` for a wrong or unknown member, a tool without a name because the other agent has
 * none, a name that the agent already has.
 *
 * @borrowed agent until the call returns
 * @borrowed other until the call returns
 * @borrowed tool_json until the call returns
 * @len tool_json tool_len
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_tool_add_agent(const llmspell_agent *agent,
                                              const llmspell_agent *other,
                                              const char *tool_json,
                                              size_t tool_len,
                                              llmspell_error **err);

/**
 * Tells an agent's conversation as a JSON object {version, messages, usage}, which the option
 * `state` accepts. A run in flight shows in it when it has ended.
 *
 * @borrowed agent until the call returns
 * @out state
 * @owned state llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_state(const llmspell_agent *agent,
                                     llmspell_buf **state,
                                     llmspell_error **err);

/**
 * Tells the conversation of one of an agent's sessions, like llmspell_agent_state. A session is what the
 * member `session` of a run's input names: a conversation of its own, which a run begins where there is
 * none. One that does not exist is empty. An agent keeps 1000 of them: the one that was not used for
 * longest goes first.
 *
 * @borrowed agent until the call returns
 * @borrowed session until the call returns
 * @len session session_len
 * @out state
 * @owned state llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_session_state(const llmspell_agent *agent,
                                             const char *session,
                                             size_t session_len,
                                             llmspell_buf **state,
                                             llmspell_error **err);

/**
 * Makes an agent forget one of its sessions. Without effect on one that does not exist.
 *
 * Errors: `busy` while a run of the session is in flight or waits.
 *
 * @borrowed agent until the call returns
 * @borrowed session until the call returns
 * @len session session_len
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_session_reset(const llmspell_agent *agent,
                                             const char *session,
                                             size_t session_len,
                                             llmspell_error **err);

/**
 * Makes an agent forget its own conversation; configuration, tools and sessions stay.
 *
 * Errors: `busy` while a run of the agent is in flight or waits, because its end would bring the
 * conversation back.
 *
 * @borrowed agent until the call returns
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_reset(const llmspell_agent *agent, llmspell_error **err);

/**
 * Tells about an agent, as a JSON object {name, provider, model, tools}, where `tools` are names.
 * Keys and other secrets are not in it.
 *
 * @borrowed agent until the call returns
 * @out info
 * @owned info llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_info(const llmspell_agent *agent,
                                    llmspell_buf **info,
                                    llmspell_error **err);

/**
 * Tells what was played of the script or cassette that answers for an agent (provider "scripted" or
 * "replay"), as a JSON object: {kind: "script", total, played, asked, requests}, where `requests`
 * are the bodies that the turns were asked, in the Chat format; or {kind: "cassette", name, total,
 * played, left}, where `left` are {exchange, method, path} of those that were not played. A test
 * that wants everything used compares `played` with `total`.
 *
 * Errors: `config` for an agent that neither answers for.
 *
 * @borrowed agent until the call returns
 * @out played
 * @owned played llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_played(const llmspell_agent *agent,
                                      llmspell_buf **played,
                                      llmspell_error **err);

/**
 * Has an agent go on with the script or cassette of another agent: what either of them uses up, the
 * other does not get. Forks share theirs by themselves.
 *
 * Errors: `config` unless both agents are answered by a script, or both by a cassette.
 *
 * @borrowed agent until the call returns
 * @borrowed other until the call returns
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_agent_play_with(const llmspell_agent *agent,
                                         const llmspell_agent *other,
                                         llmspell_error **err);

/**
 * Shows an agent as what llmspell_run_start takes; NULL for NULL.
 *
 * @borrowed agent until the call returns
 * @borrowed return until agent is freed
 * @nullable return
 * @since 0.1
 */
const llmspell_target *llmspell_agent_as_target(const llmspell_agent *agent);

/**
 * Takes one count from an agent and frees it with the last one. Runs in flight go on. NULL is
 * allowed; any thread may call it.
 *
 * @consumes agent
 * @nullable agent
 * @since 0.1
 */
void llmspell_agent_free(llmspell_agent *agent);

/**
 * Tells a buffer's bytes; empty for NULL. They are UTF-8 text unless the function that made the
 * buffer says otherwise.
 *
 * @borrowed buf until the call returns
 * @borrowed return until buf is freed
 * @since 0.1
 */
llmspell_str llmspell_buf_str(const llmspell_buf *buf);

/**
 * Frees a buffer. NULL is allowed.
 *
 * @consumes buf
 * @nullable buf
 * @since 0.1
 */
void llmspell_buf_free(llmspell_buf *buf);

/**
 * Tells the code of an error, one of the LLMSPELL_E_ constants; 0 for NULL.
 *
 * @borrowed error until the call returns
 * @since 0.1
 */
llmspell_status llmspell_error_code(const llmspell_error *error);

/**
 * Tells the kind of an error by name, like `rate_limit`; empty for NULL. The text is static.
 *
 * @borrowed error until the call returns
 * @borrowed return until the program ends
 * @since 0.1
 */
llmspell_str llmspell_error_kind(const llmspell_error *error);

/**
 * Tells an error's message, a sentence for people that names what was wrong and how to mend it;
 * empty for NULL.
 *
 * @borrowed error until the call returns
 * @borrowed return until error is freed
 * @since 0.1
 */
llmspell_str llmspell_error_message(const llmspell_error *error);

/**
 * Tells all fields of an error as a JSON object: kind, code, message, retryable and, where known,
 * retry_after_ms (milliseconds), http_status, provider, request_id, cause, partial; empty for
 * NULL.
 *
 * @borrowed error until the call returns
 * @borrowed return until error is freed
 * @since 0.1
 */
llmspell_str llmspell_error_json(const llmspell_error *error);

/**
 * Frees an error. NULL is allowed.
 *
 * @consumes error
 * @nullable error
 * @since 0.1
 */
void llmspell_error_free(llmspell_error *error);

/**
 * Tells how many agents lead from the one whose run it is to the one that speaks in an event: 0 for that
 * agent itself, and for NULL. Where there are any, the event's JSON has the names of the tools that lead
 * there in `agent`, and `nested` where it is an agent behind a tool: its words are no part of the answer.
 *
 * @borrowed event until the call returns
 * @since 0.1
 */
uint32_t llmspell_event_depth(const llmspell_event *event);

/**
 * Tells an event's type, one of the LLMSPELL_EVENT_ constants; 0 for NULL.
 *
 * @borrowed event until the call returns
 * @since 0.1
 */
int32_t llmspell_event_type(const llmspell_event *event);

/**
 * Tells an event's number within its run: 1 for the first, one more for each, wanted or not; 0 for
 * NULL.
 *
 * @borrowed event until the call returns
 * @since 0.1
 */
uint64_t llmspell_event_seq(const llmspell_event *event);

/**
 * Tells the step that an event belongs to: 1 for the first, 0 before it and for NULL.
 *
 * @borrowed event until the call returns
 * @since 0.1
 */
uint32_t llmspell_event_step(const llmspell_event *event);

/**
 * Tells the id of the run that an event belongs to; empty for NULL.
 *
 * @borrowed event until the call returns
 * @borrowed return until event is freed
 * @since 0.1
 */
llmspell_str llmspell_event_run_id(const llmspell_event *event);

/**
 * Tells an event's text: `text` of text_delta and reasoning_delta, `arguments_delta` of
 * tool_call_delta, `content` of tool_result, the whole answer of done, `message` of warning; empty
 * for every other event and for NULL.
 *
 * @borrowed event until the call returns
 * @borrowed return until event is freed
 * @since 0.1
 */
llmspell_str llmspell_event_text(const llmspell_event *event);

/**
 * Tells the id of a request event, which its reply names; empty for every other event and for
 * NULL.
 *
 * @borrowed event until the call returns
 * @borrowed return until event is freed
 * @since 0.1
 */
llmspell_str llmspell_event_request_id(const llmspell_event *event);

/**
 * Tells a whole event as a JSON object; empty for NULL. It is made at the first call.
 *
 * @borrowed event until the call returns
 * @borrowed return until event is freed
 * @since 0.1
 */
llmspell_str llmspell_event_json(const llmspell_event *event);

/**
 * Frees an event. NULL is allowed.
 *
 * @consumes event
 * @nullable event
 * @since 0.1
 */
void llmspell_event_free(llmspell_event *event);

/**
 * Parses a JSON text.
 *
 * Errors: `argument` for what is not JSON or not UTF-8 (the message names the line and column) and
 * for nesting deeper than 160 (128 for a user's value and room for what wraps it).
 *
 * @borrowed text until the call returns
 * @len text text_len
 * @out json
 * @owned json llmspell_json_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @layer shim
 * @since 0.1
 */
llmspell_status llmspell_json_parse(const char *text,
                                    size_t text_len,
                                    llmspell_json **json,
                                    llmspell_error **err);

/**
 * Reads the next token into `token` and tells whether there was one. At the end, and when an
 * argument is NULL or `struct_size` is smaller than this version's struct, the answer is false and
 * the token, if there is one, is LLMSPELL_JSON_END.
 *
 * @borrowed json until the call returns
 * @out token
 * @borrowed token until the call returns
 * @layer shim
 * @since 0.1
 */
bool llmspell_json_next(llmspell_json *json, llmspell_json_token *token);

/**
 * Frees a parsed JSON text. NULL is allowed.
 *
 * @consumes json
 * @nullable json
 * @layer shim
 * @since 0.1
 */
void llmspell_json_free(llmspell_json *json);

/**
 * Finds the fewest digits that read back as exactly `number`, without its sign, and of those the nearest
 * ones. Tells whether there are any: for NaN and the infinities, and when an argument is NULL or
 * `struct_size` is smaller than this version's struct, the answer is false.
 *
 * @out decimal
 * @borrowed decimal until the call returns
 * @layer shim
 * @since 0.1
 */
bool llmspell_json_shortest(double number,
                            llmspell_json_decimal *decimal);

/**
 * Reads the body of a request for `POST /v1/chat/completions`. `request` is JSON: `model` (as the
 * client names it), `stream` and `include_usage` (booleans), `agent` (options for
 * llmspell_agent_new, where the client gave them: `system_prompt`, `tools`, which are external, and
 * `state`) and `input` (for llmspell_run_start: `input` and settings). A server adds its own
 * options to `agent`: which provider's model answers, limits.
 *
 * A request that is wrong or asks for what is not supported gives `refusal` alone: `{status, body}`,
 * where `body` is the error as OpenAI's clients read it, with the name of the parameter.
 *
 * Errors: `argument` for a body that is not UTF-8.
 *
 * @borrowed body until the call returns
 * @len body body_len
 * @out request
 * @owned request llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_openai_read(const char *body,
                                     size_t body_len,
                                     llmspell_buf **request,
                                     llmspell_error **err);

/**
 * Makes the answer to a request, of which nothing is written yet. `request_json` is what
 * llmspell_openai_read gave; only `model`, `stream`, `include_usage` and `input.output_schema` count.
 *
 * Errors: `argument` for what is no request.
 *
 * @borrowed request_json until the call returns
 * @len request_json request_len
 * @out answer
 * @owned answer llmspell_openai_answer_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_openai_answer_new(const char *request_json,
                                           size_t request_len,
                                           llmspell_openai_answer **answer,
                                           llmspell_error **err);

/**
 * Takes the next event of the run, as llmspell_event_json gives it, and gives what is to be sent to
 * the client now: chunks of a stream, or a whole body, with the run's last event. `text` is empty
 * for an event that writes nothing. Give it all events of the run in their order.
 *
 * Errors: `argument` for what is no event.
 *
 * @borrowed answer until the call returns
 * @borrowed event_json until the call returns
 * @len event_json event_len
 * @out text
 * @owned text llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_openai_answer_next(const llmspell_openai_answer *answer,
                                            const char *event_json,
                                            size_t event_len,
                                            llmspell_buf **text,
                                            llmspell_error **err);

/**
 * Tells the head of the HTTP answer, once there is something to send: JSON `{status, content_type,
 * ended}` and, where a failure says so, `retry_after_ms`. `status` is 0 before that. `ended`: all
 * was written; a run that has not ended then may be cancelled.
 *
 * @borrowed answer until the call returns
 * @out head
 * @owned head llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_openai_answer_head(const llmspell_openai_answer *answer,
                                            llmspell_buf **head,
                                            llmspell_error **err);

/**
 * Frees an answer. NULL is allowed.
 *
 * @consumes answer
 * @nullable answer
 * @since 0.1
 */
void llmspell_openai_answer_free(llmspell_openai_answer *answer);

/**
 * Makes an agent.
 *
 * Returns NULL only for a NULL `config`. A configuration with a fault (an unknown option, a wrong
 * type, a tool without a valid schema, two tools of one name) gives an agent whose every call
 * returns the error, so that its reason can be read: llmspell_agent_get_state tells it without
 * sending anything. A missing key shows at the first call.
 *
 * @borrowed config until the call returns
 * @owned return llmspell_agent_destroy
 * @nullable return
 * @layer plain
 * @since 0.1
 */
LLMSpellAgent *llmspell_agent_create(const LLMSpellAgentConfig *config);

/**
 * Destroys an agent and lets its tools go. NULL is allowed. No other call on the agent may be
 * going on.
 *
 * @consumes agent
 * @nullable agent
 * @layer plain
 * @since 0.1
 */
void llmspell_agent_destroy(LLMSpellAgent *agent);

/**
 * Sends a message to an agent and waits for the answer; tools are called on this thread meanwhile.
 *
 * `response` is the answer's text; `metadata_json` is {tokens_used, execution_time_ms, tools_used,
 * model, provider, cost}.
 *
 * Errors, in `error_message` and by kind in `metadata_json`: `argument` for a NULL agent or
 * message, `auth` for a missing key, `busy` for a call from one of the agent's own callbacks, and
 * all that can go wrong between here and the model.
 *
 * @blocking
 * @borrowed agent until the call returns
 * @borrowed message until the call returns
 * @owned return llmspell_result_free
 * @layer plain
 * @since 0.1
 */
LLMSpellResult llmspell_agent_chat(LLMSpellAgent *agent, const char *message);

/**
 * Does what llmspell_agent_chat does for an input in full, a JSON object: `input` (a text, a
 * message or an array of messages) and the options for this call that llmspell_run_start knows.
 *
 * `response` is the answer's text; `metadata_json` has the fields that llmspell_agent_chat gives
 * and messages, tool_calls, usage, finish_reason and steps.
 *
 * @blocking
 * @borrowed agent until the call returns
 * @borrowed input_json until the call returns
 * @owned return llmspell_result_free
 * @layer plain
 * @since 0.1
 */
LLMSpellResult llmspell_agent_execute(LLMSpellAgent *agent, const char *input_json);

/**
 * Gives an agent one more tool, which calls that begin later offer to the model. The tool stays
 * the caller's, who may destroy it at any time.
 *
 * Returns false when it cannot: NULL, a tool with a fault, a name that the agent has already. The
 * reason is then the member `last_error` in the `metadata_json` of llmspell_agent_get_state.
 *
 * @borrowed agent until the call returns
 * @borrowed tool until the call returns
 * @layer plain
 * @since 0.1
 */
bool llmspell_agent_add_tool(LLMSpellAgent *agent, LLMSpellTool *tool);

/**
 * Tells an agent's conversation: `response` is a JSON object {version, messages, usage}, which the
 * option `state` of `config_json` accepts; `metadata_json` is {name, provider, model, tools,
 * last_error}, where `last_error` is why the last llmspell_agent_add_tool was refused, or absent.
 *
 * @borrowed agent until the call returns
 * @owned return llmspell_result_free
 * @layer plain
 * @since 0.1
 */
LLMSpellResult llmspell_agent_get_state(LLMSpellAgent *agent);

/**
 * Gets the library ready and returns true. Calling it is optional, and calling it again is
 * harmless: whatever is needed starts with the first use.
 *
 * @layer plain
 * @since 0.1
 */
bool llmspell_init(void);

/**
 * Marks the end of a program's use of the library. It frees nothing that the program still holds:
 * agents and tools are destroyed by their own functions, and the library can be used again
 * afterwards.
 *
 * @layer plain
 * @since 0.1
 */
void llmspell_cleanup(void);

/**
 * Tells the version of the library that is loaded, like "0.1.0", as a NUL-terminated text.
 *
 * @borrowed return until the program ends
 * @layer plain
 * @since 0.1
 */
const char *llmspell_version(void);

/**
 * Frees the texts of a result that the library returned and sets its fields to false and NULL, so
 * that a second call is harmless. NULL is allowed. The struct itself stays the caller's.
 *
 * @borrowed result until the call returns
 * @nullable result
 * @layer plain
 * @since 0.1
 */
void llmspell_result_free(LLMSpellResult *result);

/**
 * Frees one text of a result that the library returned, for programs that free them one by one;
 * set the field to NULL afterwards or do not touch the result again. NULL is allowed.
 *
 * @consumes str
 * @nullable str
 * @layer plain
 * @since 0.1
 */
void llmspell_free_string(const char *str);

/**
 * Makes a tool. `name` is what the model calls it by, `description` tells the model what it does
 * (NULL: nothing), `schema_json` is the JSON Schema of its parameters (NULL: an object with any
 * members).
 *
 * Returns NULL when `name` or `callback` is NULL. Any other fault (a schema that is no JSON
 * Schema, texts that are not UTF-8) is told where the tool is used: an agent created with it
 * answers every call with the error, llmspell_agent_add_tool refuses it.
 *
 * @borrowed name until the call returns
 * @borrowed description until the call returns
 * @nullable description
 * @borrowed schema_json until the call returns
 * @nullable schema_json
 * @callback callback
 * @borrowed user_data until the tool is destroyed and every agent that has it is, too
 * @nullable user_data
 * @owned return llmspell_tool_destroy
 * @nullable return
 * @layer plain
 * @since 0.1
 */
LLMSpellTool *llmspell_tool_create(const char *name,
                                   const char *description,
                                   const char *schema_json,
                                   LLMSpellToolCallback callback,
                                   void *user_data);

/**
 * Makes a tool like llmspell_tool_create whose `user_data` is released by `destructor`. It is
 * called once, with `user_data`, when the tool is destroyed and every agent that had it is, too,
 * on the thread that destroys the last of them. When the function returns NULL, it is not called.
 *
 * @borrowed name until the call returns
 * @borrowed description until the call returns
 * @nullable description
 * @borrowed schema_json until the call returns
 * @nullable schema_json
 * @callback callback
 * @borrowed user_data until destructor is called
 * @nullable user_data
 * @callback destructor
 * @nullable destructor
 * @owned return llmspell_tool_destroy
 * @nullable return
 * @layer plain
 * @since 0.1
 */
LLMSpellTool *llmspell_tool_create_with_destructor(const char *name,
                                                   const char *description,
                                                   const char *schema_json,
                                                   LLMSpellToolCallback callback,
                                                   void *user_data,
                                                   void (*destructor)(void *user_data));

/**
 * Destroys a tool. Agents that have it keep it until they are destroyed themselves. NULL is
 * allowed.
 *
 * @consumes tool
 * @nullable tool
 * @layer plain
 * @since 0.1
 */
void llmspell_tool_destroy(LLMSpellTool *tool);

/**
 * Makes an empty queue.
 *
 * @out queue
 * @owned queue llmspell_queue_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_queue_new(llmspell_queue **queue, llmspell_error **err);

/**
 * Takes the next event out of a queue and waits for one at most `timeout_ms` milliseconds: 0 does
 * not wait, -1 waits without end. When the time passes without an event, the call succeeds and
 * `event` is NULL.
 *
 * Errors: `argument` for a `timeout_ms` below -1, `forked` in the child after a fork.
 *
 * @blocking
 * @borrowed queue until the call returns
 * @out event
 * @owned event llmspell_event_free
 * @nullable event
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_queue_next(llmspell_queue *queue,
                                    int32_t timeout_ms,
                                    llmspell_event **event,
                                    llmspell_error **err);

/**
 * Tells a file descriptor, a socket, that is readable while an event waits, for the host's own
 * event loop. Only wait on it: do not read from it or close it. After it became readable, take
 * events with a `timeout_ms` of 0 until none is left.
 *
 * Errors: `forked` in the child after a fork, `internal` when the process has no descriptor left.
 *
 * @borrowed queue until the call returns
 * @out fd
 * @borrowed fd until the call returns
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_queue_fd(const llmspell_queue *queue, int32_t *fd, llmspell_error **err);

/**
 * Frees a queue and the events in it. Runs whose events went there are cancelled. NULL is allowed;
 * any thread may call it, but not while another is inside llmspell_queue_next on the same queue.
 *
 * @consumes queue
 * @nullable queue
 * @since 0.1
 */
void llmspell_queue_free(llmspell_queue *queue);

/**
 * Starts a run of `target` whose events go to `queue`. The input is a JSON object:
 *
 * `input`: the user's message, as a text, as a message {role, content} or as an array of messages.
 * `events`: names of the events that are wanted (like "text_delta"); absent means all, and
 * request, done, error and cancelled always come. And, for this run alone, in place of the agent's
 * own: `temperature`, `top_p`, `max_tokens`, `stop`, `seed`, `tool_choice`, `max_steps`,
 * `timeout_ms` (milliseconds).
 *
 * The first event may already be in the queue when the call returns. The run waits for its turn
 * when another run of the agent has not ended, unless the agent has `on_busy` "error".
 *
 * Errors: `argument` for an input that is not as described, `busy`, `auth` when the provider's key
 * is missing (the message names the variable), `forked` for a queue from before a fork.
 *
 * @borrowed queue until it is freed by llmspell_queue_free, which cancels the run
 * @borrowed target until the call returns
 * @borrowed input_json until the call returns
 * @len input_json input_len
 * @out run
 * @owned run llmspell_run_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_run_start(llmspell_queue *queue,
                                   const llmspell_target *target,
                                   const char *input_json,
                                   size_t input_len,
                                   llmspell_run **run,
                                   llmspell_error **err);

/**
 * Starts a run again from a checkpoint. The target supplies what a checkpoint does not hold: the
 * provider's key and the tools, found by name. Requests that were open are asked again; a step
 * that was cut off in the middle begins with a retry event, which voids its deltas so far, and is
 * sent again.
 *
 * Errors: `argument` for bytes that are no checkpoint of this or an earlier version, `config` when
 * the target lacks a tool of the checkpoint or has it with another schema, and those of
 * llmspell_run_start.
 *
 * @borrowed queue until it is freed by llmspell_queue_free, which cancels the run
 * @borrowed target until the call returns
 * @borrowed checkpoint until the call returns
 * @len checkpoint checkpoint_len
 * @out run
 * @owned run llmspell_run_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_run_restore(llmspell_queue *queue,
                                     const llmspell_target *target,
                                     const char *checkpoint,
                                     size_t checkpoint_len,
                                     llmspell_run **run,
                                     llmspell_error **err);

/**
 * Answers a request event: a JSON object {"id": the request's id, "ok": any value} or {"id": ...,
 * "error": {"message": text, "kind": text}}, where `kind` may be absent. For a tool, an `ok` text
 * reaches the model as it stands and any other value as JSON. A reply that comes too late (the
 * request timed out, was answered or the run ended) is dropped, and the call succeeds.
 *
 * Errors: `argument` for a reply that is not as described or an id that this run never asked.
 *
 * @borrowed run until the call returns
 * @borrowed reply_json until the call returns
 * @len reply_json reply_len
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_run_reply(const llmspell_run *run,
                                   const char *reply_json,
                                   size_t reply_len,
                                   llmspell_error **err);

/**
 * Tells whether a request of a run is still open: neither answered nor timed out nor cancelled. A
 * tool that works for long may look here whether anybody still waits for it. An id that the run
 * never asked counts as not open.
 *
 * @borrowed run until the call returns
 * @borrowed request_id until the call returns
 * @len request_id request_id_len
 * @out awaits
 * @borrowed awaits until the call returns
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_run_awaits(const llmspell_run *run,
                                    const char *request_id,
                                    size_t request_id_len,
                                    bool *awaits,
                                    llmspell_error **err);

/**
 * Feeds the head of an answer that the host carries (a request event of the kind "http", which runs
 * of agents with `transport` "host" make), as a JSON object {"status": 200 to 599, "headers":
 * {name: text}}, where `headers` may be absent. Bytes and the end follow. A whole answer can be
 * given at once instead, with llmspell_run_reply: {"id": ..., "ok": {"status", "headers", "body" or
 * "body_base64"}}; so can a failure: {"id": ..., "error": {"message"}}, also after a head.
 *
 * What is fed when nobody waits any more (a time limit, a cancel) is dropped, and the call
 * succeeds; llmspell_run_awaits tells. Any thread may feed.
 *
 * Errors: `argument` for a head that is not as described, a second one, or an id that this run
 * never asked.
 *
 * @borrowed run until the call returns
 * @borrowed request_id until the call returns
 * @len request_id request_id_len
 * @borrowed head_json until the call returns
 * @len head_json head_len
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_run_http_head(const llmspell_run *run,
                                       const char *request_id,
                                       size_t request_id_len,
                                       const char *head_json,
                                       size_t head_len,
                                       llmspell_error **err);

/**
 * Feeds bytes of the body of an answer that the host carries, split anywhere.
 *
 * Errors: `argument` before the head, or for an id that this run never asked; `busy` when 64 MiB wait
 * to be read, because nobody takes events from the run's queue: the bytes were not taken, so take events
 * and feed them again.
 *
 * @borrowed run until the call returns
 * @borrowed request_id until the call returns
 * @len request_id request_id_len
 * @borrowed bytes until the call returns
 * @len bytes bytes_len
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_run_http_bytes(const llmspell_run *run,
                                        const char *request_id,
                                        size_t request_id_len,
                                        const char *bytes,
                                        size_t bytes_len,
                                        llmspell_error **err);

/**
 * Ends the body of an answer that the host carries.
 *
 * Errors: those of llmspell_run_http_bytes.
 *
 * @borrowed run until the call returns
 * @borrowed request_id until the call returns
 * @len request_id request_id_len
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_run_http_end(const llmspell_run *run,
                                      const char *request_id,
                                      size_t request_id_len,
                                      llmspell_error **err);

/**
 * Cancels a run: its connection is closed and its last event is cancelled, unless it ended before.
 * A run that has ended is left as it is. Any thread may call it.
 *
 * @borrowed run until the call returns
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_run_cancel(const llmspell_run *run, llmspell_error **err);

/**
 * Tells a run as bytes from which llmspell_run_restore goes on, in this process or another. They
 * hold the conversation but no key and no header. They are not text.
 *
 * Errors: `closed` when the run has ended.
 *
 * @borrowed run until the call returns
 * @out checkpoint
 * @owned checkpoint llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_run_checkpoint(const llmspell_run *run,
                                        llmspell_buf **checkpoint,
                                        llmspell_error **err);

/**
 * Tells a run's id, which its events carry as run_id; empty for NULL.
 *
 * @borrowed run until the call returns
 * @borrowed return until run is freed
 * @since 0.1
 */
llmspell_str llmspell_run_id(const llmspell_run *run);

/**
 * Tells the session whose conversation a run goes on with, as `session` of its input named it or,
 * for a restored run, its checkpoint; empty for the agent's own conversation and for NULL. Runs of
 * one session wait for each other, and for no others.
 *
 * @borrowed run until the call returns
 * @borrowed return until run is freed
 * @since 0.1
 */
llmspell_str llmspell_run_session(const llmspell_run *run);

/**
 * Tells how far a run is: LLMSPELL_RUN_QUEUED, LLMSPELL_RUN_RUNNING or LLMSPELL_RUN_ENDED; 0 for
 * NULL. In the child after a fork a run from before counts as ended.
 *
 * @borrowed run until the call returns
 * @since 0.1
 */
int32_t llmspell_run_status(const llmspell_run *run);

/**
 * Frees a run and cancels it when it has not ended; its last event still arrives. NULL is allowed;
 * any thread may call it.
 *
 * @consumes run
 * @nullable run
 * @since 0.1
 */
void llmspell_run_free(llmspell_run *run);

/**
 * Forbids real requests in this process, and in what it forks from now on, or allows them again. A
 * forbidden request fails with kind `policy`, to loopback addresses too. The provider demo,
 * cassettes that are played, scripted models and requests that the host carries go on working.
 *
 * Before the first call the environment variable LLMSPELL_FORBID_REQUESTS decides: requests are
 * forbidden when it is set to anything but an empty text, "0" or "false". Any thread may call it.
 *
 * @since 0.1
 */
void llmspell_forbid_requests(bool forbid);

/**
 * Tells the version of the binary interface of the library that is loaded. A program should refuse
 * to go on when it is less than the LLMSPELL_ABI_VERSION that it was compiled with.
 *
 * @since 0.1
 */
uint32_t llmspell_abi_version(void);

/**
 * Tells the oldest version of the binary interface that the library that is loaded still serves. A
 * program should refuse to go on when it is greater than the LLMSPELL_ABI_VERSION that it was
 * compiled with.
 *
 * @since 0.1
 */
uint32_t llmspell_abi_min(void);

/**
 * Makes a waker of no queue yet.
 *
 * @out waker
 * @owned waker llmspell_waker_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_waker_new(llmspell_waker **waker, llmspell_error **err);

/**
 * Tells the news of a queue to `waker` under `token`, in place of the waker and token that the
 * queue had; a NULL waker ends that. Events that wait in the queue already count as news.
 *
 * Errors: `forked` in the child after a fork, `argument` when another queue has the token with
 * this waker, or when the token is 0.
 *
 * @borrowed queue until the call returns
 * @borrowed waker until the call returns
 * @nullable waker
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_queue_wake_by(const llmspell_queue *queue,
                                       const llmspell_waker *waker,
                                       uint64_t token,
                                       llmspell_error **err);

/**
 * Takes the token of a queue that has news, the oldest first, and waits for one at most
 * `timeout_ms` milliseconds: 0 does not wait, -1 waits without end. When the time passes without
 * news, or llmspell_waker_ring was called, the call succeeds and `token` is 0. A token of a queue
 * that is gone by now may still come.
 *
 * Errors: `argument` for a `timeout_ms` below -1, `forked` in the child after a fork.
 *
 * @blocking
 * @borrowed waker until the call returns
 * @out token
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_waker_next(const llmspell_waker *waker,
                                    int32_t timeout_ms,
                                    uint64_t *token,
                                    llmspell_error **err);

/**
 * Tells a file descriptor, a socket, that is readable while llmspell_waker_next has a token to
 * give. Only wait on it: do not read from it or close it.
 *
 * Errors: `forked` in the child after a fork, `internal` when the process has no descriptor left.
 *
 * @borrowed waker until the call returns
 * @out fd
 * @borrowed fd until the call returns
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_waker_fd(const llmspell_waker *waker, int32_t *fd, llmspell_error **err);

/**
 * Opens a unix socket for a host that can connect but not wait on a descriptor (an nginx worker),
 * and tells its path. Only this process may connect. The socket lies in a folder of its own, mode
 * 0700, under `directory`; an empty one stands for the first that is set of `LLMSPELL_SOCKET_DIR`,
 * `TMPDIR`, and `/tmp`. Called again it tells the same path, or, when the socket was deleted, that
 * of a new one.
 *
 * A connection begins with one line. After `news` it gets a byte each time there is news, once
 * until llmspell_waker_next gives no token. After `life NUMBER` nothing is said; see
 * llmspell_waker_tie.
 *
 * Errors: `config` when no socket can be made there (the message tells what to set), `forked` in
 * the child after a fork, `internal` when the I/O thread cannot be started.
 *
 * @borrowed waker until the call returns
 * @borrowed directory until the call returns
 * @nullable directory
 * @len directory directory_len
 * @out path
 * @owned path llmspell_buf_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_waker_listen(const llmspell_waker *waker,
                                      const char *directory,
                                      size_t directory_len,
                                      llmspell_buf **path,
                                      llmspell_error **err);

/**
 * Ties the queue that has `token` to a life line, in place of the one that it was tied to: when
 * the connection that said `life NUMBER` ends, or what llmspell_waker_life gave for the number is
 * freed, the runs of that queue are cancelled. For hosts that may end a task without a word, but
 * close its connections or call what cleans up after it. 0 ties the queue to none. The tie lasts
 * until llmspell_queue_wake_by is called for the queue again.
 *
 * Errors: `argument` for a token that no queue has, `forked` in the child after a fork.
 *
 * @borrowed waker until the call returns
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_waker_tie(const llmspell_waker *waker,
                                   uint64_t token,
                                   uint64_t life,
                                   llmspell_error **err);

/**
 * Makes a life line of the number `life` that ends when it is freed, and needs no descriptor. It
 * may outlive the waker.
 *
 * Errors: `argument` for the number 0, `forked` in the child after a fork.
 *
 * @borrowed waker until the call returns
 * @out line
 * @owned line llmspell_life_free
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_waker_life(const llmspell_waker *waker,
                                    uint64_t life,
                                    llmspell_life **line,
                                    llmspell_error **err);

/**
 * Ends a life line and cancels the runs that are tied to it, from any thread. NULL is allowed.
 *
 * @consumes line
 * @nullable line
 * @since 0.1
 */
void llmspell_life_free(llmspell_life *line);

/**
 * Makes whoever waits for the waker look, although no queue has news: llmspell_waker_next may give
 * no token then. A program can so end its own wait from another thread.
 *
 * Errors: `forked` in the child after a fork.
 *
 * @borrowed waker until the call returns
 * @out err
 * @nullable err
 * @owned err llmspell_error_free
 * @since 0.1
 */
llmspell_status llmspell_waker_ring(const llmspell_waker *waker, llmspell_error **err);

/**
 * Frees a waker and removes its socket. Its queues stay, without a waker. NULL is allowed.
 *
 * @consumes waker
 * @nullable waker
 * @since 0.1
 */
void llmspell_waker_free(llmspell_waker *waker);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* LLMSPELL_H */
