/* What the Lua module needs of libllmspell.

   Written by `ts-tools emit` from llmspell-c-api/abi/api.json; change the C API and run `make gen`. Comes after
   llmspell.h, which may be another release's when the library was installed apart from the module. */

#define LS_ABI_NEEDED 1

#if LLMSPELL_ABI_VERSION + 0 < LS_ABI_NEEDED || LLMSPELL_ABI_MIN > LS_ABI_NEEDED
#error "this llmspell.h is not that of llmspell 0.1.0, to which this Lua module belongs; install the library of the same release, and name its folder with LLMSPELL_DIR"
#endif

/* Every function of the library. */
#define LS_LIBRARY_FUNCTIONS(X) \
    X(llmspell_agent_new) \
    X(llmspell_agent_clone) \
    X(llmspell_agent_fork) \
    X(llmspell_agent_tool_add) \
    X(llmspell_agent_tool_add_agent) \
    X(llmspell_agent_state) \
    X(llmspell_agent_session_state) \
    X(llmspell_agent_session_reset) \
    X(llmspell_agent_reset) \
    X(llmspell_agent_info) \
    X(llmspell_agent_played) \
    X(llmspell_agent_play_with) \
    X(llmspell_agent_as_target) \
    X(llmspell_agent_free) \
    X(llmspell_buf_str) \
    X(llmspell_buf_free) \
    X(llmspell_error_code) \
    X(llmspell_error_kind) \
    X(llmspell_error_message) \
    X(llmspell_error_json) \
    X(llmspell_error_free) \
    X(llmspell_event_depth) \
    X(llmspell_event_type) \
    X(llmspell_event_seq) \
    X(llmspell_event_step) \
    X(llmspell_event_run_id) \
    X(llmspell_event_text) \
    X(llmspell_event_request_id) \
    X(llmspell_event_json) \
    X(llmspell_event_free) \
    X(llmspell_json_parse) \
    X(llmspell_json_next) \
    X(llmspell_json_free) \
    X(llmspell_json_shortest) \
    X(llmspell_openai_read) \
    X(llmspell_openai_answer_new) \
    X(llmspell_openai_answer_next) \
    X(llmspell_openai_answer_head) \
    X(llmspell_openai_answer_free) \
    X(llmspell_agent_create) \
    X(llmspell_agent_destroy) \
    X(llmspell_agent_chat) \
    X(llmspell_agent_execute) \
    X(llmspell_agent_add_tool) \
    X(llmspell_agent_get_state) \
    X(llmspell_init) \
    X(llmspell_cleanup) \
    X(llmspell_version) \
    X(llmspell_result_free) \
    X(llmspell_free_string) \
    X(llmspell_tool_create) \
    X(llmspell_tool_create_with_destructor) \
    X(llmspell_tool_destroy) \
    X(llmspell_queue_new) \
    X(llmspell_queue_next) \
    X(llmspell_queue_fd) \
    X(llmspell_queue_free) \
    X(llmspell_run_start) \
    X(llmspell_run_restore) \
    X(llmspell_run_reply) \
    X(llmspell_run_awaits) \
    X(llmspell_run_http_head) \
    X(llmspell_run_http_bytes) \
    X(llmspell_run_http_end) \
    X(llmspell_run_cancel) \
    X(llmspell_run_checkpoint) \
    X(llmspell_run_id) \
    X(llmspell_run_session) \
    X(llmspell_run_status) \
    X(llmspell_run_free) \
    X(llmspell_forbid_requests) \
    X(llmspell_abi_version) \
    X(llmspell_abi_min) \
    X(llmspell_waker_new) \
    X(llmspell_queue_wake_by) \
    X(llmspell_waker_next) \
    X(llmspell_waker_fd) \
    X(llmspell_waker_listen) \
    X(llmspell_waker_tie) \
    X(llmspell_waker_life) \
    X(llmspell_life_free) \
    X(llmspell_waker_ring) \
    X(llmspell_waker_free)

/* Linked to a shared library, the module loads even when a function is missing there, and tells which (library.c).
   One stays strong: without it a linker that drops libraries which nobody needs would drop this one. */
#ifdef LS_SHARED_LIBRARY
#pragma weak llmspell_agent_new
#pragma weak llmspell_agent_clone
#pragma weak llmspell_agent_fork
#pragma weak llmspell_agent_tool_add
#pragma weak llmspell_agent_tool_add_agent
#pragma weak llmspell_agent_state
#pragma weak llmspell_agent_session_state
#pragma weak llmspell_agent_session_reset
#pragma weak llmspell_agent_reset
#pragma weak llmspell_agent_info
#pragma weak llmspell_agent_played
#pragma weak llmspell_agent_play_with
#pragma weak llmspell_agent_as_target
#pragma weak llmspell_agent_free
#pragma weak llmspell_buf_str
#pragma weak llmspell_buf_free
#pragma weak llmspell_error_code
#pragma weak llmspell_error_kind
#pragma weak llmspell_error_message
#pragma weak llmspell_error_json
#pragma weak llmspell_error_free
#pragma weak llmspell_event_depth
#pragma weak llmspell_event_type
#pragma weak llmspell_event_seq
#pragma weak llmspell_event_step
#pragma weak llmspell_event_run_id
#pragma weak llmspell_event_text
#pragma weak llmspell_event_request_id
#pragma weak llmspell_event_json
#pragma weak llmspell_event_free
#pragma weak llmspell_json_parse
#pragma weak llmspell_json_next
#pragma weak llmspell_json_free
#pragma weak llmspell_json_shortest
#pragma weak llmspell_openai_read
#pragma weak llmspell_openai_answer_new
#pragma weak llmspell_openai_answer_next
#pragma weak llmspell_openai_answer_head
#pragma weak llmspell_openai_answer_free
#pragma weak llmspell_agent_create
#pragma weak llmspell_agent_destroy
#pragma weak llmspell_agent_chat
#pragma weak llmspell_agent_execute
#pragma weak llmspell_agent_add_tool
#pragma weak llmspell_agent_get_state
#pragma weak llmspell_init
#pragma weak llmspell_cleanup
#pragma weak llmspell_version
#pragma weak llmspell_result_free
#pragma weak llmspell_free_string
#pragma weak llmspell_tool_create
#pragma weak llmspell_tool_create_with_destructor
#pragma weak llmspell_tool_destroy
#pragma weak llmspell_queue_new
#pragma weak llmspell_queue_next
#pragma weak llmspell_queue_fd
#pragma weak llmspell_queue_free
#pragma weak llmspell_run_start
#pragma weak llmspell_run_restore
#pragma weak llmspell_run_reply
#pragma weak llmspell_run_awaits
#pragma weak llmspell_run_http_head
#pragma weak llmspell_run_http_bytes
#pragma weak llmspell_run_http_end
#pragma weak llmspell_run_cancel
#pragma weak llmspell_run_checkpoint
#pragma weak llmspell_run_id
#pragma weak llmspell_run_session
#pragma weak llmspell_run_status
#pragma weak llmspell_run_free
#pragma weak llmspell_forbid_requests
#pragma weak llmspell_abi_min
#pragma weak llmspell_waker_new
#pragma weak llmspell_queue_wake_by
#pragma weak llmspell_waker_next
#pragma weak llmspell_waker_fd
#pragma weak llmspell_waker_listen
#pragma weak llmspell_waker_tie
#pragma weak llmspell_waker_life
#pragma weak llmspell_life_free
#pragma weak llmspell_waker_ring
#pragma weak llmspell_waker_free
#endif
