/* The binary interface as the IR has it: values of constants, sizes, offsets, alignments, the signature of each
   function, and that the shared library exports it. What does not fit does not compile, or is a failed test.

   Written by `ts-tools emit` from llmspell-c-api/abi/api.json; change the C API and run `make gen`. */
#include <stddef.h>
#include "abi.h"
#include "llmspell.h"

static void constants(void)
{
    abi_text("LLMSPELL_VERSION", LLMSPELL_VERSION, "0.1.0");
    abi_number("LLMSPELL_OK", LLMSPELL_OK, 0);
    abi_number("LLMSPELL_E_ARGUMENT", LLMSPELL_E_ARGUMENT, 1001);
    abi_number("LLMSPELL_E_CONFIG", LLMSPELL_E_CONFIG, 1002);
    abi_number("LLMSPELL_E_AUTH", LLMSPELL_E_AUTH, 1003);
    abi_number("LLMSPELL_E_NOT_FOUND", LLMSPELL_E_NOT_FOUND, 1004);
    abi_number("LLMSPELL_E_CLOSED", LLMSPELL_E_CLOSED, 1005);
    abi_number("LLMSPELL_E_TIMEOUT", LLMSPELL_E_TIMEOUT, 2001);
    abi_number("LLMSPELL_E_NETWORK", LLMSPELL_E_NETWORK, 2002);
    abi_number("LLMSPELL_E_PROTOCOL", LLMSPELL_E_PROTOCOL, 2003);
    abi_number("LLMSPELL_E_RATE_LIMIT", LLMSPELL_E_RATE_LIMIT, 3001);
    abi_number("LLMSPELL_E_OVERLOADED", LLMSPELL_E_OVERLOADED, 3002);
    abi_number("LLMSPELL_E_PROVIDER", LLMSPELL_E_PROVIDER, 3003);
    abi_number("LLMSPELL_E_CONTENT_FILTER", LLMSPELL_E_CONTENT_FILTER, 3004);
    abi_number("LLMSPELL_E_TOOL", LLMSPELL_E_TOOL, 4001);
    abi_number("LLMSPELL_E_VALIDATION", LLMSPELL_E_VALIDATION, 4002);
    abi_number("LLMSPELL_E_POLICY", LLMSPELL_E_POLICY, 4003);
    abi_number("LLMSPELL_E_APPROVAL", LLMSPELL_E_APPROVAL, 4004);
    abi_number("LLMSPELL_E_SCRIPT", LLMSPELL_E_SCRIPT, 4005);
    abi_number("LLMSPELL_E_BUDGET", LLMSPELL_E_BUDGET, 5001);
    abi_number("LLMSPELL_E_MAX_STEPS", LLMSPELL_E_MAX_STEPS, 5002);
    abi_number("LLMSPELL_E_PAUSED", LLMSPELL_E_PAUSED, 5003);
    abi_number("LLMSPELL_E_BUSY", LLMSPELL_E_BUSY, 5004);
    abi_number("LLMSPELL_E_CANCELLED", LLMSPELL_E_CANCELLED, 5005);
    abi_number("LLMSPELL_E_UNSUPPORTED_CONTEXT", LLMSPELL_E_UNSUPPORTED_CONTEXT, 6001);
    abi_number("LLMSPELL_E_FORKED", LLMSPELL_E_FORKED, 6002);
    abi_number("LLMSPELL_E_STORE", LLMSPELL_E_STORE, 7001);
    abi_number("LLMSPELL_E_INTERNAL", LLMSPELL_E_INTERNAL, 9001);
    abi_number("LLMSPELL_EVENT_RUN_START", LLMSPELL_EVENT_RUN_START, 1);
    abi_number("LLMSPELL_EVENT_STEP_START", LLMSPELL_EVENT_STEP_START, 2);
    abi_number("LLMSPELL_EVENT_TEXT_DELTA", LLMSPELL_EVENT_TEXT_DELTA, 3);
    abi_number("LLMSPELL_EVENT_REASONING_DELTA", LLMSPELL_EVENT_REASONING_DELTA, 4);
    abi_number("LLMSPELL_EVENT_OBJECT_DELTA", LLMSPELL_EVENT_OBJECT_DELTA, 5);
    abi_number("LLMSPELL_EVENT_TOOL_CALL_DELTA", LLMSPELL_EVENT_TOOL_CALL_DELTA, 6);
    abi_number("LLMSPELL_EVENT_TOOL_CALL", LLMSPELL_EVENT_TOOL_CALL, 7);
    abi_number("LLMSPELL_EVENT_TOOL_RESULT", LLMSPELL_EVENT_TOOL_RESULT, 8);
    abi_number("LLMSPELL_EVENT_REQUEST", LLMSPELL_EVENT_REQUEST, 9);
    abi_number("LLMSPELL_EVENT_RETRY", LLMSPELL_EVENT_RETRY, 10);
    abi_number("LLMSPELL_EVENT_WARNING", LLMSPELL_EVENT_WARNING, 11);
    abi_number("LLMSPELL_EVENT_STEP_END", LLMSPELL_EVENT_STEP_END, 12);
    abi_number("LLMSPELL_EVENT_DONE", LLMSPELL_EVENT_DONE, 16);
    abi_number("LLMSPELL_EVENT_ERROR", LLMSPELL_EVENT_ERROR, 17);
    abi_number("LLMSPELL_EVENT_CANCELLED", LLMSPELL_EVENT_CANCELLED, 18);
    abi_number("LLMSPELL_JSON_END", LLMSPELL_JSON_END, 0);
    abi_number("LLMSPELL_JSON_NULL", LLMSPELL_JSON_NULL, 1);
    abi_number("LLMSPELL_JSON_FALSE", LLMSPELL_JSON_FALSE, 2);
    abi_number("LLMSPELL_JSON_TRUE", LLMSPELL_JSON_TRUE, 3);
    abi_number("LLMSPELL_JSON_INTEGER", LLMSPELL_JSON_INTEGER, 4);
    abi_number("LLMSPELL_JSON_NUMBER", LLMSPELL_JSON_NUMBER, 5);
    abi_number("LLMSPELL_JSON_STRING", LLMSPELL_JSON_STRING, 6);
    abi_number("LLMSPELL_JSON_KEY", LLMSPELL_JSON_KEY, 7);
    abi_number("LLMSPELL_JSON_ARRAY", LLMSPELL_JSON_ARRAY, 8);
    abi_number("LLMSPELL_JSON_ARRAY_END", LLMSPELL_JSON_ARRAY_END, 9);
    abi_number("LLMSPELL_JSON_OBJECT", LLMSPELL_JSON_OBJECT, 10);
    abi_number("LLMSPELL_JSON_OBJECT_END", LLMSPELL_JSON_OBJECT_END, 11);
    abi_number("LLMSPELL_RUN_QUEUED", LLMSPELL_RUN_QUEUED, 1);
    abi_number("LLMSPELL_RUN_RUNNING", LLMSPELL_RUN_RUNNING, 2);
    abi_number("LLMSPELL_RUN_ENDED", LLMSPELL_RUN_ENDED, 3);
    abi_number("LLMSPELL_ABI_VERSION", LLMSPELL_ABI_VERSION, 1);
    abi_number("LLMSPELL_ABI_MIN", LLMSPELL_ABI_MIN, 1);
}

struct after_llmspell_str { char before; llmspell_str it; };
struct after_llmspell_json_token { char before; llmspell_json_token it; };
struct after_llmspell_json_decimal { char before; llmspell_json_decimal it; };
struct after_LLMSpellAgentConfig { char before; LLMSpellAgentConfig it; };
struct after_LLMSpellResult { char before; LLMSpellResult it; };

static void layouts(void)
{
    abi_type("llmspell_status", sizeof(llmspell_status), sizeof(llmspell_status), 4, 4);
    abi_type("llmspell_str", sizeof(llmspell_str), offsetof(struct after_llmspell_str, it), 16, 8);
    abi_field("llmspell_str.data", offsetof(llmspell_str, data), sizeof(((llmspell_str *)0)->data), 0, 8);
    abi_field("llmspell_str.len", offsetof(llmspell_str, len), sizeof(((llmspell_str *)0)->len), 8, 8);
    abi_type("llmspell_json_token", sizeof(llmspell_json_token), offsetof(struct after_llmspell_json_token, it), 48, 8);
    abi_field("llmspell_json_token.struct_size", offsetof(llmspell_json_token, struct_size), sizeof(((llmspell_json_token *)0)->struct_size), 0, 4);
    abi_field("llmspell_json_token.type", offsetof(llmspell_json_token, type), sizeof(((llmspell_json_token *)0)->type), 4, 4);
    abi_field("llmspell_json_token.integer", offsetof(llmspell_json_token, integer), sizeof(((llmspell_json_token *)0)->integer), 8, 8);
    abi_field("llmspell_json_token.number", offsetof(llmspell_json_token, number), sizeof(((llmspell_json_token *)0)->number), 16, 8);
    abi_field("llmspell_json_token.text", offsetof(llmspell_json_token, text), sizeof(((llmspell_json_token *)0)->text), 24, 16);
    abi_field("llmspell_json_token.count", offsetof(llmspell_json_token, count), sizeof(((llmspell_json_token *)0)->count), 40, 8);
    abi_type("llmspell_json_decimal", sizeof(llmspell_json_decimal), offsetof(struct after_llmspell_json_decimal, it), 16, 8);
    abi_field("llmspell_json_decimal.struct_size", offsetof(llmspell_json_decimal, struct_size), sizeof(((llmspell_json_decimal *)0)->struct_size), 0, 4);
    abi_field("llmspell_json_decimal.exponent", offsetof(llmspell_json_decimal, exponent), sizeof(((llmspell_json_decimal *)0)->exponent), 4, 4);
    abi_field("llmspell_json_decimal.digits", offsetof(llmspell_json_decimal, digits), sizeof(((llmspell_json_decimal *)0)->digits), 8, 8);
    abi_type("LLMSpellAgentConfig", sizeof(LLMSpellAgentConfig), offsetof(struct after_LLMSpellAgentConfig, it), 48, 8);
    abi_field("LLMSpellAgentConfig.system_prompt", offsetof(LLMSpellAgentConfig, system_prompt), sizeof(((LLMSpellAgentConfig *)0)->system_prompt), 0, 8);
    abi_field("LLMSpellAgentConfig.provider", offsetof(LLMSpellAgentConfig, provider), sizeof(((LLMSpellAgentConfig *)0)->provider), 8, 8);
    abi_field("LLMSpellAgentConfig.model", offsetof(LLMSpellAgentConfig, model), sizeof(((LLMSpellAgentConfig *)0)->model), 16, 8);
    abi_field("LLMSpellAgentConfig.tools", offsetof(LLMSpellAgentConfig, tools), sizeof(((LLMSpellAgentConfig *)0)->tools), 24, 8);
    abi_field("LLMSpellAgentConfig.tool_count", offsetof(LLMSpellAgentConfig, tool_count), sizeof(((LLMSpellAgentConfig *)0)->tool_count), 32, 8);
    abi_field("LLMSpellAgentConfig.config_json", offsetof(LLMSpellAgentConfig, config_json), sizeof(((LLMSpellAgentConfig *)0)->config_json), 40, 8);
    abi_type("LLMSpellResult", sizeof(LLMSpellResult), offsetof(struct after_LLMSpellResult, it), 32, 8);
    abi_field("LLMSpellResult.error", offsetof(LLMSpellResult, error), sizeof(((LLMSpellResult *)0)->error), 0, 1);
    abi_field("LLMSpellResult.error_message", offsetof(LLMSpellResult, error_message), sizeof(((LLMSpellResult *)0)->error_message), 8, 8);
    abi_field("LLMSpellResult.response", offsetof(LLMSpellResult, response), sizeof(((LLMSpellResult *)0)->response), 16, 8);
    abi_field("LLMSpellResult.metadata_json", offsetof(LLMSpellResult, metadata_json), sizeof(((LLMSpellResult *)0)->metadata_json), 24, 8);
}

static void types(void)
{
    { llmspell_str *it = 0; const char **field = it ? &it->data : 0; (void)field; }
    { llmspell_str *it = 0; size_t *field = it ? &it->len : 0; (void)field; }
    { llmspell_json_token *it = 0; uint32_t *field = it ? &it->struct_size : 0; (void)field; }
    { llmspell_json_token *it = 0; int32_t *field = it ? &it->type : 0; (void)field; }
    { llmspell_json_token *it = 0; int64_t *field = it ? &it->integer : 0; (void)field; }
    { llmspell_json_token *it = 0; double *field = it ? &it->number : 0; (void)field; }
    { llmspell_json_token *it = 0; llmspell_str *field = it ? &it->text : 0; (void)field; }
    { llmspell_json_token *it = 0; size_t *field = it ? &it->count : 0; (void)field; }
    { llmspell_json_decimal *it = 0; uint32_t *field = it ? &it->struct_size : 0; (void)field; }
    { llmspell_json_decimal *it = 0; int32_t *field = it ? &it->exponent : 0; (void)field; }
    { llmspell_json_decimal *it = 0; uint64_t *field = it ? &it->digits : 0; (void)field; }
    { LLMSpellAgentConfig *it = 0; const char **field = it ? &it->system_prompt : 0; (void)field; }
    { LLMSpellAgentConfig *it = 0; const char **field = it ? &it->provider : 0; (void)field; }
    { LLMSpellAgentConfig *it = 0; const char **field = it ? &it->model : 0; (void)field; }
    { LLMSpellAgentConfig *it = 0; LLMSpellTool ***field = it ? &it->tools : 0; (void)field; }
    { LLMSpellAgentConfig *it = 0; size_t *field = it ? &it->tool_count : 0; (void)field; }
    { LLMSpellAgentConfig *it = 0; const char **field = it ? &it->config_json : 0; (void)field; }
    { LLMSpellResult *it = 0; bool *field = it ? &it->error : 0; (void)field; }
    { LLMSpellResult *it = 0; const char **field = it ? &it->error_message : 0; (void)field; }
    { LLMSpellResult *it = 0; const char **field = it ? &it->response : 0; (void)field; }
    { LLMSpellResult *it = 0; const char **field = it ? &it->metadata_json : 0; (void)field; }
    { LLMSpellToolCallback it = 0; LLMSpellResult (*as)(const char *params_json, void *user_data) = it; (void)as; }
}

static void functions(void)
{
    {
        llmspell_status (*as)(const char *options_json, size_t options_len, llmspell_agent **agent, llmspell_error **err) = llmspell_agent_new;
        abi_exported("llmspell_agent_new", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, llmspell_agent **clone, llmspell_error **err) = llmspell_agent_clone;
        abi_exported("llmspell_agent_clone", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, llmspell_agent **fork, llmspell_error **err) = llmspell_agent_fork;
        abi_exported("llmspell_agent_fork", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, const char *tool_json, size_t tool_len, llmspell_error **err) = llmspell_agent_tool_add;
        abi_exported("llmspell_agent_tool_add", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, const llmspell_agent *other, const char *tool_json, size_t tool_len, llmspell_error **err) = llmspell_agent_tool_add_agent;
        abi_exported("llmspell_agent_tool_add_agent", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, llmspell_buf **state, llmspell_error **err) = llmspell_agent_state;
        abi_exported("llmspell_agent_state", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, const char *session, size_t session_len, llmspell_buf **state, llmspell_error **err) = llmspell_agent_session_state;
        abi_exported("llmspell_agent_session_state", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, const char *session, size_t session_len, llmspell_error **err) = llmspell_agent_session_reset;
        abi_exported("llmspell_agent_session_reset", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, llmspell_error **err) = llmspell_agent_reset;
        abi_exported("llmspell_agent_reset", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, llmspell_buf **info, llmspell_error **err) = llmspell_agent_info;
        abi_exported("llmspell_agent_info", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, llmspell_buf **played, llmspell_error **err) = llmspell_agent_played;
        abi_exported("llmspell_agent_played", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_agent *agent, const llmspell_agent *other, llmspell_error **err) = llmspell_agent_play_with;
        abi_exported("llmspell_agent_play_with", (abi_function)as);
    }
    {
        const llmspell_target *(*as)(const llmspell_agent *agent) = llmspell_agent_as_target;
        abi_exported("llmspell_agent_as_target", (abi_function)as);
    }
    {
        void (*as)(llmspell_agent *agent) = llmspell_agent_free;
        abi_exported("llmspell_agent_free", (abi_function)as);
    }
    {
        llmspell_str (*as)(const llmspell_buf *buf) = llmspell_buf_str;
        abi_exported("llmspell_buf_str", (abi_function)as);
    }
    {
        void (*as)(llmspell_buf *buf) = llmspell_buf_free;
        abi_exported("llmspell_buf_free", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_error *error) = llmspell_error_code;
        abi_exported("llmspell_error_code", (abi_function)as);
    }
    {
        llmspell_str (*as)(const llmspell_error *error) = llmspell_error_kind;
        abi_exported("llmspell_error_kind", (abi_function)as);
    }
    {
        llmspell_str (*as)(const llmspell_error *error) = llmspell_error_message;
        abi_exported("llmspell_error_message", (abi_function)as);
    }
    {
        llmspell_str (*as)(const llmspell_error *error) = llmspell_error_json;
        abi_exported("llmspell_error_json", (abi_function)as);
    }
    {
        void (*as)(llmspell_error *error) = llmspell_error_free;
        abi_exported("llmspell_error_free", (abi_function)as);
    }
    {
        uint32_t (*as)(const llmspell_event *event) = llmspell_event_depth;
        abi_exported("llmspell_event_depth", (abi_function)as);
    }
    {
        int32_t (*as)(const llmspell_event *event) = llmspell_event_type;
        abi_exported("llmspell_event_type", (abi_function)as);
    }
    {
        uint64_t (*as)(const llmspell_event *event) = llmspell_event_seq;
        abi_exported("llmspell_event_seq", (abi_function)as);
    }
    {
        uint32_t (*as)(const llmspell_event *event) = llmspell_event_step;
        abi_exported("llmspell_event_step", (abi_function)as);
    }
    {
        llmspell_str (*as)(const llmspell_event *event) = llmspell_event_run_id;
        abi_exported("llmspell_event_run_id", (abi_function)as);
    }
    {
        llmspell_str (*as)(const llmspell_event *event) = llmspell_event_text;
        abi_exported("llmspell_event_text", (abi_function)as);
    }
    {
        llmspell_str (*as)(const llmspell_event *event) = llmspell_event_request_id;
        abi_exported("llmspell_event_request_id", (abi_function)as);
    }
    {
        llmspell_str (*as)(const llmspell_event *event) = llmspell_event_json;
        abi_exported("llmspell_event_json", (abi_function)as);
    }
    {
        void (*as)(llmspell_event *event) = llmspell_event_free;
        abi_exported("llmspell_event_free", (abi_function)as);
    }
    {
        llmspell_status (*as)(const char *text, size_t text_len, llmspell_json **json, llmspell_error **err) = llmspell_json_parse;
        abi_exported("llmspell_json_parse", (abi_function)as);
    }
    {
        bool (*as)(llmspell_json *json, llmspell_json_token *token) = llmspell_json_next;
        abi_exported("llmspell_json_next", (abi_function)as);
    }
    {
        void (*as)(llmspell_json *json) = llmspell_json_free;
        abi_exported("llmspell_json_free", (abi_function)as);
    }
    {
        bool (*as)(double number, llmspell_json_decimal *decimal) = llmspell_json_shortest;
        abi_exported("llmspell_json_shortest", (abi_function)as);
    }
    {
        llmspell_status (*as)(const char *body, size_t body_len, llmspell_buf **request, llmspell_error **err) = llmspell_openai_read;
        abi_exported("llmspell_openai_read", (abi_function)as);
    }
    {
        llmspell_status (*as)(const char *request_json, size_t request_len, llmspell_openai_answer **answer, llmspell_error **err) = llmspell_openai_answer_new;
        abi_exported("llmspell_openai_answer_new", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_openai_answer *answer, const char *event_json, size_t event_len, llmspell_buf **text, llmspell_error **err) = llmspell_openai_answer_next;
        abi_exported("llmspell_openai_answer_next", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_openai_answer *answer, llmspell_buf **head, llmspell_error **err) = llmspell_openai_answer_head;
        abi_exported("llmspell_openai_answer_head", (abi_function)as);
    }
    {
        void (*as)(llmspell_openai_answer *answer) = llmspell_openai_answer_free;
        abi_exported("llmspell_openai_answer_free", (abi_function)as);
    }
    {
        LLMSpellAgent *(*as)(const LLMSpellAgentConfig *config) = llmspell_agent_create;
        abi_exported("llmspell_agent_create", (abi_function)as);
    }
    {
        void (*as)(LLMSpellAgent *agent) = llmspell_agent_destroy;
        abi_exported("llmspell_agent_destroy", (abi_function)as);
    }
    {
        LLMSpellResult (*as)(LLMSpellAgent *agent, const char *message) = llmspell_agent_chat;
        abi_exported("llmspell_agent_chat", (abi_function)as);
    }
    {
        LLMSpellResult (*as)(LLMSpellAgent *agent, const char *input_json) = llmspell_agent_execute;
        abi_exported("llmspell_agent_execute", (abi_function)as);
    }
    {
        bool (*as)(LLMSpellAgent *agent, LLMSpellTool *tool) = llmspell_agent_add_tool;
        abi_exported("llmspell_agent_add_tool", (abi_function)as);
    }
    {
        LLMSpellResult (*as)(LLMSpellAgent *agent) = llmspell_agent_get_state;
        abi_exported("llmspell_agent_get_state", (abi_function)as);
    }
    {
        bool (*as)(void) = llmspell_init;
        abi_exported("llmspell_init", (abi_function)as);
    }
    {
        void (*as)(void) = llmspell_cleanup;
        abi_exported("llmspell_cleanup", (abi_function)as);
    }
    {
        const char *(*as)(void) = llmspell_version;
        abi_exported("llmspell_version", (abi_function)as);
    }
    {
        void (*as)(LLMSpellResult *result) = llmspell_result_free;
        abi_exported("llmspell_result_free", (abi_function)as);
    }
    {
        void (*as)(const char *str) = llmspell_free_string;
        abi_exported("llmspell_free_string", (abi_function)as);
    }
    {
        LLMSpellTool *(*as)(const char *name, const char *description, const char *schema_json, LLMSpellToolCallback callback, void *user_data) = llmspell_tool_create;
        abi_exported("llmspell_tool_create", (abi_function)as);
    }
    {
        LLMSpellTool *(*as)(const char *name, const char *description, const char *schema_json, LLMSpellToolCallback callback, void *user_data, void (*destructor)(void *user_data)) = llmspell_tool_create_with_destructor;
        abi_exported("llmspell_tool_create_with_destructor", (abi_function)as);
    }
    {
        void (*as)(LLMSpellTool *tool) = llmspell_tool_destroy;
        abi_exported("llmspell_tool_destroy", (abi_function)as);
    }
    {
        llmspell_status (*as)(llmspell_queue **queue, llmspell_error **err) = llmspell_queue_new;
        abi_exported("llmspell_queue_new", (abi_function)as);
    }
    {
        llmspell_status (*as)(llmspell_queue *queue, int32_t timeout_ms, llmspell_event **event, llmspell_error **err) = llmspell_queue_next;
        abi_exported("llmspell_queue_next", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_queue *queue, int32_t *fd, llmspell_error **err) = llmspell_queue_fd;
        abi_exported("llmspell_queue_fd", (abi_function)as);
    }
    {
        void (*as)(llmspell_queue *queue) = llmspell_queue_free;
        abi_exported("llmspell_queue_free", (abi_function)as);
    }
    {
        llmspell_status (*as)(llmspell_queue *queue, const llmspell_target *target, const char *input_json, size_t input_len, llmspell_run **run, llmspell_error **err) = llmspell_run_start;
        abi_exported("llmspell_run_start", (abi_function)as);
    }
    {
        llmspell_status (*as)(llmspell_queue *queue, const llmspell_target *target, const char *checkpoint, size_t checkpoint_len, llmspell_run **run, llmspell_error **err) = llmspell_run_restore;
        abi_exported("llmspell_run_restore", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_run *run, const char *reply_json, size_t reply_len, llmspell_error **err) = llmspell_run_reply;
        abi_exported("llmspell_run_reply", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_run *run, const char *request_id, size_t request_id_len, bool *awaits, llmspell_error **err) = llmspell_run_awaits;
        abi_exported("llmspell_run_awaits", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_run *run, const char *request_id, size_t request_id_len, const char *head_json, size_t head_len, llmspell_error **err) = llmspell_run_http_head;
        abi_exported("llmspell_run_http_head", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_run *run, const char *request_id, size_t request_id_len, const char *bytes, size_t bytes_len, llmspell_error **err) = llmspell_run_http_bytes;
        abi_exported("llmspell_run_http_bytes", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_run *run, const char *request_id, size_t request_id_len, llmspell_error **err) = llmspell_run_http_end;
        abi_exported("llmspell_run_http_end", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_run *run, llmspell_error **err) = llmspell_run_cancel;
        abi_exported("llmspell_run_cancel", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_run *run, llmspell_buf **checkpoint, llmspell_error **err) = llmspell_run_checkpoint;
        abi_exported("llmspell_run_checkpoint", (abi_function)as);
    }
    {
        llmspell_str (*as)(const llmspell_run *run) = llmspell_run_id;
        abi_exported("llmspell_run_id", (abi_function)as);
    }
    {
        llmspell_str (*as)(const llmspell_run *run) = llmspell_run_session;
        abi_exported("llmspell_run_session", (abi_function)as);
    }
    {
        int32_t (*as)(const llmspell_run *run) = llmspell_run_status;
        abi_exported("llmspell_run_status", (abi_function)as);
    }
    {
        void (*as)(llmspell_run *run) = llmspell_run_free;
        abi_exported("llmspell_run_free", (abi_function)as);
    }
    {
        void (*as)(bool forbid) = llmspell_forbid_requests;
        abi_exported("llmspell_forbid_requests", (abi_function)as);
    }
    {
        uint32_t (*as)(void) = llmspell_abi_version;
        abi_exported("llmspell_abi_version", (abi_function)as);
    }
    {
        uint32_t (*as)(void) = llmspell_abi_min;
        abi_exported("llmspell_abi_min", (abi_function)as);
    }
    {
        llmspell_status (*as)(llmspell_waker **waker, llmspell_error **err) = llmspell_waker_new;
        abi_exported("llmspell_waker_new", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_queue *queue, const llmspell_waker *waker, uint64_t token, llmspell_error **err) = llmspell_queue_wake_by;
        abi_exported("llmspell_queue_wake_by", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_waker *waker, int32_t timeout_ms, uint64_t *token, llmspell_error **err) = llmspell_waker_next;
        abi_exported("llmspell_waker_next", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_waker *waker, int32_t *fd, llmspell_error **err) = llmspell_waker_fd;
        abi_exported("llmspell_waker_fd", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_waker *waker, const char *directory, size_t directory_len, llmspell_buf **path, llmspell_error **err) = llmspell_waker_listen;
        abi_exported("llmspell_waker_listen", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_waker *waker, uint64_t token, uint64_t life, llmspell_error **err) = llmspell_waker_tie;
        abi_exported("llmspell_waker_tie", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_waker *waker, uint64_t life, llmspell_life **line, llmspell_error **err) = llmspell_waker_life;
        abi_exported("llmspell_waker_life", (abi_function)as);
    }
    {
        void (*as)(llmspell_life *line) = llmspell_life_free;
        abi_exported("llmspell_life_free", (abi_function)as);
    }
    {
        llmspell_status (*as)(const llmspell_waker *waker, llmspell_error **err) = llmspell_waker_ring;
        abi_exported("llmspell_waker_ring", (abi_function)as);
    }
    {
        void (*as)(llmspell_waker *waker) = llmspell_waker_free;
        abi_exported("llmspell_waker_free", (abi_function)as);
    }
}

int main(void)
{
    abi_open();
    constants();
    if (abi_is_lp64())
        layouts();
    types();
    functions();
    {
        uint32_t (*version)(void);
        abi_find("llmspell_abi_version", &version);
        abi_number("llmspell_abi_version() of the shared library", version(), 1);
    }
    return tap_done();
}
