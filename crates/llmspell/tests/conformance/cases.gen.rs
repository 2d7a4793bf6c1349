// Written by `make gen` from spec/cases; edit those.

mod r#anthropic {
    #[test]
    fn r#byte_by_byte() {
        crate::case::run("anthropic/byte_by_byte");
    }

    #[test]
    fn r#cache_option() {
        crate::case::run("anthropic/cache_option");
    }

    #[test]
    fn r#cache_points() {
        crate::case::run("anthropic/cache_points");
    }

    #[test]
    fn r#cancel() {
        crate::case::run("anthropic/cancel");
    }

    #[test]
    fn r#citations() {
        crate::case::run("anthropic/citations");
    }

    #[test]
    fn r#cut_answer() {
        crate::case::run("anthropic/cut_answer");
    }

    #[test]
    fn r#cut_short() {
        crate::case::run("anthropic/cut_short");
    }

    #[test]
    fn r#error_after_200() {
        crate::case::run("anthropic/error_after_200");
    }

    #[test]
    fn r#max_tokens() {
        crate::case::run("anthropic/max_tokens");
    }

    #[test]
    fn r#media() {
        crate::case::run("anthropic/media");
    }

    #[test]
    fn r#openai_turns() {
        crate::case::run("anthropic/openai_turns");
    }

    #[test]
    fn r#overloaded() {
        crate::case::run("anthropic/overloaded");
    }

    #[test]
    fn r#parallel_tools() {
        crate::case::run("anthropic/parallel_tools");
    }

    #[test]
    fn r#pause_turn() {
        crate::case::run("anthropic/pause_turn");
    }

    #[test]
    fn r#redacted_thinking() {
        crate::case::run("anthropic/redacted_thinking");
    }

    #[test]
    fn r#refusal() {
        crate::case::run("anthropic/refusal");
    }

    #[test]
    fn r#settings() {
        crate::case::run("anthropic/settings");
    }

    #[test]
    fn r#signed_thinking() {
        crate::case::run("anthropic/signed_thinking");
    }

    #[test]
    fn r#stop_sequence() {
        crate::case::run("anthropic/stop_sequence");
    }

    #[test]
    fn r#text() {
        crate::case::run("anthropic/text");
    }

    #[test]
    fn r#thinking_left_out() {
        crate::case::run("anthropic/thinking_left_out");
    }

    #[test]
    fn r#too_long() {
        crate::case::run("anthropic/too_long");
    }

    #[test]
    fn r#tools() {
        crate::case::run("anthropic/tools");
    }

    #[test]
    fn r#turns_to_openai() {
        crate::case::run("anthropic/turns_to_openai");
    }

    #[test]
    fn r#unknown_block() {
        crate::case::run("anthropic/unknown_block");
    }
}

mod r#approval {
    #[test]
    fn r#allow() {
        crate::case::run("approval/allow");
    }

    #[test]
    fn r#by_hand() {
        crate::case::run("approval/by_hand");
    }

    #[test]
    fn r#cancelled() {
        crate::case::run("approval/cancelled");
    }

    #[test]
    fn r#deny() {
        crate::case::run("approval/deny");
    }

    #[test]
    fn r#deny_plainly() {
        crate::case::run("approval/deny_plainly");
    }

    #[test]
    fn r#edit() {
        crate::case::run("approval/edit");
    }

    #[test]
    fn r#edit_that_does_not_fit() {
        crate::case::run("approval/edit_that_does_not_fit");
    }

    #[test]
    fn r#fails() {
        crate::case::run("approval/fails");
    }

    #[test]
    fn r#in_a_checkpoint() {
        crate::case::run("approval/in_a_checkpoint");
    }

    #[test]
    fn r#nobody() {
        crate::case::run("approval/nobody");
    }

    #[test]
    fn r#nobody_in_a_stream() {
        crate::case::run("approval/nobody_in_a_stream");
    }

    #[test]
    fn r#remember_arguments() {
        crate::case::run("approval/remember_arguments");
    }

    #[test]
    fn r#remember_deny() {
        crate::case::run("approval/remember_deny");
    }

    #[test]
    fn r#remember_tool() {
        crate::case::run("approval/remember_tool");
    }

    #[test]
    fn r#the_clock_stands_still() {
        crate::case::run("approval/the_clock_stands_still");
    }

    #[test]
    fn r#unclear() {
        crate::case::run("approval/unclear");
    }
}

mod r#budget {
    #[test]
    fn r#after_a_summary() {
        crate::case::run("budget/after_a_summary");
    }

    #[test]
    fn r#cost() {
        crate::case::run("budget/cost");
    }

    #[test]
    fn r#cost_not_reported() {
        crate::case::run("budget/cost_not_reported");
    }

    #[test]
    fn r#cost_unknown() {
        crate::case::run("budget/cost_unknown");
    }

    #[test]
    fn r#final_answer() {
        crate::case::run("budget/final_answer");
    }

    #[test]
    fn r#goes_on_afterwards() {
        crate::case::run("budget/goes_on_afterwards");
    }

    #[test]
    fn r#of_one_call() {
        crate::case::run("budget/of_one_call");
    }

    #[test]
    fn r#tokens() {
        crate::case::run("budget/tokens");
    }

    #[test]
    fn r#tool_calls() {
        crate::case::run("budget/tool_calls");
    }

    #[test]
    fn r#usage_not_reported() {
        crate::case::run("budget/usage_not_reported");
    }
}

mod r#busy {
    #[test]
    fn r#closed() {
        crate::case::run("busy/closed");
    }

    #[test]
    fn r#error() {
        crate::case::run("busy/error");
    }

    #[test]
    fn r#fork() {
        crate::case::run("busy/fork");
    }

    #[test]
    fn r#fork_meanwhile() {
        crate::case::run("busy/fork_meanwhile");
    }

    #[test]
    fn r#open_stream_outlives_agent() {
        crate::case::run("busy/open_stream_outlives_agent");
    }

    #[test]
    fn r#own_agent() {
        crate::case::run("busy/own_agent");
    }

    #[test]
    fn r#own_agent_error() {
        crate::case::run("busy/own_agent_error");
    }

    #[test]
    fn r#queued_streams() {
        crate::case::run("busy/queued_streams");
    }
}

mod r#cancel {
    #[test]
    fn r#after_the_end() {
        crate::case::run("cancel/after_the_end");
    }

    #[test]
    fn r#at_a_call_s_begin() {
        crate::case::run("cancel/at_a_call_s_begin");
    }

    #[test]
    fn r#at_reasoning() {
        crate::case::run("cancel/at_reasoning");
    }

    #[test]
    fn r#before_the_head() {
        crate::case::run("cancel/before_the_head");
    }

    #[test]
    fn r#before_the_tool() {
        crate::case::run("cancel/before_the_tool");
    }

    #[test]
    fn r#between_turns() {
        crate::case::run("cancel/between_turns");
    }

    #[test]
    fn r#by_closing() {
        crate::case::run("cancel/by_closing");
    }

    #[test]
    fn r#by_the_tool() {
        crate::case::run("cancel/by_the_tool");
    }

    #[test]
    fn r#in_an_agent() {
        crate::case::run("cancel/in_an_agent");
    }

    #[test]
    fn r#in_mid_stream() {
        crate::case::run("cancel/in_mid_stream");
    }

    #[test]
    fn r#while_an_object_grows() {
        crate::case::run("cancel/while_an_object_grows");
    }

    #[test]
    fn r#while_queued() {
        crate::case::run("cancel/while_queued");
    }
}

mod r#carry {
    #[test]
    fn r#agent_in_mid_stream() {
        crate::case::run("carry/agent_in_mid_stream");
    }

    #[test]
    fn r#agent_in_mid_stream_goes_on() {
        crate::case::run("carry/agent_in_mid_stream_goes_on");
    }

    #[test]
    fn r#approval_inside_an_agent() {
        crate::case::run("carry/approval_inside_an_agent");
    }

    #[test]
    fn r#approval_inside_an_agent_goes_on() {
        crate::case::run("carry/approval_inside_an_agent_goes_on");
    }

    #[test]
    fn r#approval_two_agents_down() {
        crate::case::run("carry/approval_two_agents_down");
    }

    #[test]
    fn r#approval_two_agents_down_goes_on() {
        crate::case::run("carry/approval_two_agents_down_goes_on");
    }

    #[test]
    fn r#at_the_approval() {
        crate::case::run("carry/at_the_approval");
    }

    #[test]
    fn r#at_the_approval_goes_on() {
        crate::case::run("carry/at_the_approval_goes_on");
    }

    #[test]
    fn r#at_the_tool() {
        crate::case::run("carry/at_the_tool");
    }

    #[test]
    fn r#at_the_tool_goes_on() {
        crate::case::run("carry/at_the_tool_goes_on");
    }

    #[test]
    fn r#damaged() {
        crate::case::run("carry/damaged");
    }

    #[test]
    fn r#in_mid_stream() {
        crate::case::run("carry/in_mid_stream");
    }

    #[test]
    fn r#in_mid_stream_goes_on() {
        crate::case::run("carry/in_mid_stream_goes_on");
    }

    #[test]
    fn r#inside_an_agent() {
        crate::case::run("carry/inside_an_agent");
    }

    #[test]
    fn r#inside_an_agent_goes_on() {
        crate::case::run("carry/inside_an_agent_goes_on");
    }

    #[test]
    fn r#other_tools() {
        crate::case::run("carry/other_tools");
    }

    #[test]
    fn r#second_turn() {
        crate::case::run("carry/second_turn");
    }

    #[test]
    fn r#second_turn_goes_on() {
        crate::case::run("carry/second_turn_goes_on");
    }

    #[test]
    fn r#session() {
        crate::case::run("carry/session");
    }

    #[test]
    fn r#session_goes_on() {
        crate::case::run("carry/session_goes_on");
    }

    #[test]
    fn r#without_its_agent() {
        crate::case::run("carry/without_its_agent");
    }
}

mod r#chat {
    #[test]
    fn r#demo() {
        crate::case::run("chat/demo");
    }

    #[test]
    fn r#finish_length() {
        crate::case::run("chat/finish_length");
    }

    #[test]
    fn r#keeps_the_conversation() {
        crate::case::run("chat/keeps_the_conversation");
    }

    #[test]
    fn r#message_forms() {
        crate::case::run("chat/message_forms");
    }

    #[test]
    fn r#plain() {
        crate::case::run("chat/plain");
    }

    #[test]
    fn r#whole_result() {
        crate::case::run("chat/whole_result");
    }
}

mod r#conversation {
    #[test]
    fn r#call_without_result() {
        crate::case::run("conversation/call_without_result");
    }

    #[test]
    fn r#compact_by_the_host() {
        crate::case::run("conversation/compact_by_the_host");
    }

    #[test]
    fn r#compact_fails() {
        crate::case::run("conversation/compact_fails");
    }

    #[test]
    fn r#compact_gives_messages() {
        crate::case::run("conversation/compact_gives_messages");
    }

    #[test]
    fn r#compact_gives_messages_in_the_input() {
        crate::case::run("conversation/compact_gives_messages_in_the_input");
    }

    #[test]
    fn r#compact_gives_nonsense() {
        crate::case::run("conversation/compact_gives_nonsense");
    }

    #[test]
    fn r#compact_in_a_checkpoint() {
        crate::case::run("conversation/compact_in_a_checkpoint");
    }

    #[test]
    fn r#compact_left_to_the_model() {
        crate::case::run("conversation/compact_left_to_the_model");
    }

    #[test]
    fn r#compacted() {
        crate::case::run("conversation/compacted");
    }

    #[test]
    fn r#compaction_by_another_model() {
        crate::case::run("conversation/compaction_by_another_model");
    }

    #[test]
    fn r#compaction_cancelled() {
        crate::case::run("conversation/compaction_cancelled");
    }

    #[test]
    fn r#compaction_checkpoint() {
        crate::case::run("conversation/compaction_checkpoint");
    }

    #[test]
    fn r#compaction_fails() {
        crate::case::run("conversation/compaction_fails");
    }

    #[test]
    fn r#compaction_off() {
        crate::case::run("conversation/compaction_off");
    }

    #[test]
    fn r#fork_with_agents() {
        crate::case::run("conversation/fork_with_agents");
    }

    #[test]
    fn r#max_tokens() {
        crate::case::run("conversation/max_tokens");
    }

    #[test]
    fn r#max_tokens_keeps_pairs() {
        crate::case::run("conversation/max_tokens_keeps_pairs");
    }

    #[test]
    fn r#max_turns() {
        crate::case::run("conversation/max_turns");
    }

    #[test]
    fn r#max_turns_of_a_long_input() {
        crate::case::run("conversation/max_turns_of_a_long_input");
    }

    #[test]
    fn r#repairs_are_no_turns() {
        crate::case::run("conversation/repairs_are_no_turns");
    }

    #[test]
    fn r#result_in_the_wrong_place() {
        crate::case::run("conversation/result_in_the_wrong_place");
    }

    #[test]
    fn r#result_without_call() {
        crate::case::run("conversation/result_without_call");
    }

    #[test]
    fn r#session_restored() {
        crate::case::run("conversation/session_restored");
    }

    #[test]
    fn r#sessions() {
        crate::case::run("conversation/sessions");
    }

    #[test]
    fn r#sessions_side_by_side() {
        crate::case::run("conversation/sessions_side_by_side");
    }

    #[test]
    fn r#some_results_missing() {
        crate::case::run("conversation/some_results_missing");
    }

    #[test]
    fn r#state_with_all_parts() {
        crate::case::run("conversation/state_with_all_parts");
    }

    #[test]
    fn r#too_long_in_the_answer() {
        crate::case::run("conversation/too_long_in_the_answer");
    }

    #[test]
    fn r#too_long_is_compacted() {
        crate::case::run("conversation/too_long_is_compacted");
    }

    #[test]
    fn r#too_long_twice() {
        crate::case::run("conversation/too_long_twice");
    }

    #[test]
    fn r#too_long_without_compaction() {
        crate::case::run("conversation/too_long_without_compaction");
    }
}

mod r#demo {
    #[test]
    fn r#breaks_off() {
        crate::case::run("demo/breaks_off");
    }

    #[test]
    fn r#calculates() {
        crate::case::run("demo/calculates");
    }

    #[test]
    fn r#cut_at_max_tokens() {
        crate::case::run("demo/cut_at_max_tokens");
    }

    #[test]
    fn r#error_in_the_stream() {
        crate::case::run("demo/error_in_the_stream");
    }

    #[test]
    fn r#fails_twice() {
        crate::case::run("demo/fails_twice");
    }

    #[test]
    fn r#fills_a_schema() {
        crate::case::run("demo/fills_a_schema");
    }

    #[test]
    fn r#fills_arguments() {
        crate::case::run("demo/fills_arguments");
    }

    #[test]
    fn r#no_tool_unasked() {
        crate::case::run("demo/no_tool_unasked");
    }

    #[test]
    fn r#reasons() {
        crate::case::run("demo/reasons");
    }
}

mod r#errors {
    #[test]
    fn r#argument() {
        crate::case::run("errors/argument");
    }

    #[test]
    fn r#auth_missing() {
        crate::case::run("errors/auth_missing");
    }

    #[test]
    fn r#auth_refused() {
        crate::case::run("errors/auth_refused");
    }

    #[test]
    fn r#bad_event() {
        crate::case::run("errors/bad_event");
    }

    #[test]
    fn r#config() {
        crate::case::run("errors/config");
    }

    #[test]
    fn r#content_filter() {
        crate::case::run("errors/content_filter");
    }

    #[test]
    fn r#cut_off() {
        crate::case::run("errors/cut_off");
    }

    #[test]
    fn r#demo_status() {
        crate::case::run("errors/demo_status");
    }

    #[test]
    fn r#in_the_stream() {
        crate::case::run("errors/in_the_stream");
    }

    #[test]
    fn r#not_found() {
        crate::case::run("errors/not_found");
    }

    #[test]
    fn r#overloaded() {
        crate::case::run("errors/overloaded");
    }

    #[test]
    fn r#protocol() {
        crate::case::run("errors/protocol");
    }

    #[test]
    fn r#provider() {
        crate::case::run("errors/provider");
    }

    #[test]
    fn r#quota_used_up() {
        crate::case::run("errors/quota_used_up");
    }

    #[test]
    fn r#rate_limit() {
        crate::case::run("errors/rate_limit");
    }

    #[test]
    fn r#refused_connection() {
        crate::case::run("errors/refused_connection");
    }

    #[test]
    fn r#reset_connection() {
        crate::case::run("errors/reset_connection");
    }

    #[test]
    fn r#tool_kind_in_result() {
        crate::case::run("errors/tool_kind_in_result");
    }
}

mod r#external {
    #[test]
    fn r#anthropic() {
        crate::case::run("external/anthropic");
    }

    #[test]
    fn r#approved_first() {
        crate::case::run("external/approved_first");
    }

    #[test]
    fn r#bad_arguments() {
        crate::case::run("external/bad_arguments");
    }

    #[test]
    fn r#beside_a_handoff() {
        crate::case::run("external/beside_a_handoff");
    }

    #[test]
    fn r#checkpoint() {
        crate::case::run("external/checkpoint");
    }

    #[test]
    fn r#ends_with_open_calls() {
        crate::case::run("external/ends_with_open_calls");
    }

    #[test]
    fn r#forced_once() {
        crate::case::run("external/forced_once");
    }

    #[test]
    fn r#gemini() {
        crate::case::run("external/gemini");
    }

    #[test]
    fn r#goes_on_with_results() {
        crate::case::run("external/goes_on_with_results");
    }

    #[test]
    fn r#hooks() {
        crate::case::run("external/hooks");
    }

    #[test]
    fn r#in_a_session() {
        crate::case::run("external/in_a_session");
    }

    #[test]
    fn r#in_another_agent() {
        crate::case::run("external/in_another_agent");
    }

    #[test]
    fn r#inside_an_agent() {
        crate::case::run("external/inside_an_agent");
    }

    #[test]
    fn r#ollama() {
        crate::case::run("external/ollama");
    }

    #[test]
    fn r#parts_as_input() {
        crate::case::run("external/parts_as_input");
    }

    #[test]
    fn r#responses() {
        crate::case::run("external/responses");
    }

    #[test]
    fn r#with_an_output_schema() {
        crate::case::run("external/with_an_output_schema");
    }

    #[test]
    fn r#words_close_the_turn() {
        crate::case::run("external/words_close_the_turn");
    }

    #[test]
    fn r#wrong_results() {
        crate::case::run("external/wrong_results");
    }
}

mod r#fallback {
    #[test]
    fn r#after_auth() {
        crate::case::run("fallback/after_auth");
    }

    #[test]
    fn r#after_retries() {
        crate::case::run("fallback/after_retries");
    }

    #[test]
    fn r#all_fail() {
        crate::case::run("fallback/all_fail");
    }

    #[test]
    fn r#no_wait_beyond_the_cap() {
        crate::case::run("fallback/no_wait_beyond_the_cap");
    }

    #[test]
    fn r#not_for_arguments() {
        crate::case::run("fallback/not_for_arguments");
    }

    #[test]
    fn r#order_and_reasons() {
        crate::case::run("fallback/order_and_reasons");
    }

    #[test]
    fn r#stays() {
        crate::case::run("fallback/stays");
    }

    #[test]
    fn r#without_a_key() {
        crate::case::run("fallback/without_a_key");
    }
}

mod r#gemini {
    #[test]
    fn r#blocked_prompt() {
        crate::case::run("gemini/blocked_prompt");
    }

    #[test]
    fn r#cancel() {
        crate::case::run("gemini/cancel");
    }

    #[test]
    fn r#cut_off() {
        crate::case::run("gemini/cut_off");
    }

    #[test]
    fn r#error_in_the_stream() {
        crate::case::run("gemini/error_in_the_stream");
    }

    #[test]
    fn r#failed_tool() {
        crate::case::run("gemini/failed_tool");
    }

    #[test]
    fn r#foreign_history() {
        crate::case::run("gemini/foreign_history");
    }

    #[test]
    fn r#malformed_call() {
        crate::case::run("gemini/malformed_call");
    }

    #[test]
    fn r#malformed_call_for_good() {
        crate::case::run("gemini/malformed_call_for_good");
    }

    #[test]
    fn r#max_tokens() {
        crate::case::run("gemini/max_tokens");
    }

    #[test]
    fn r#parallel_calls() {
        crate::case::run("gemini/parallel_calls");
    }

    #[test]
    fn r#pictures() {
        crate::case::run("gemini/pictures");
    }

    #[test]
    fn r#plain() {
        crate::case::run("gemini/plain");
    }

    #[test]
    fn r#retry_info() {
        crate::case::run("gemini/retry_info");
    }

    #[test]
    fn r#safety() {
        crate::case::run("gemini/safety");
    }

    #[test]
    fn r#schemas() {
        crate::case::run("gemini/schemas");
    }

    #[test]
    fn r#settings() {
        crate::case::run("gemini/settings");
    }

    #[test]
    fn r#signatures() {
        crate::case::run("gemini/signatures");
    }

    #[test]
    fn r#split_at_every_byte() {
        crate::case::run("gemini/split_at_every_byte");
    }

    #[test]
    fn r#stop_in_the_middle() {
        crate::case::run("gemini/stop_in_the_middle");
    }

    #[test]
    fn r#text() {
        crate::case::run("gemini/text");
    }

    #[test]
    fn r#tool_choice() {
        crate::case::run("gemini/tool_choice");
    }

    #[test]
    fn r#wrong_key() {
        crate::case::run("gemini/wrong_key");
    }
}

mod r#guardrails {
    #[test]
    fn r#cancelled() {
        crate::case::run("guardrails/cancelled");
    }

    #[test]
    fn r#in_a_checkpoint() {
        crate::case::run("guardrails/in_a_checkpoint");
    }

    #[test]
    fn r#in_a_fork() {
        crate::case::run("guardrails/in_a_fork");
    }

    #[test]
    fn r#input_answers() {
        crate::case::run("guardrails/input_answers");
    }

    #[test]
    fn r#input_answers_with_an_object() {
        crate::case::run("guardrails/input_answers_with_an_object");
    }

    #[test]
    fn r#input_fails() {
        crate::case::run("guardrails/input_fails");
    }

    #[test]
    fn r#input_passes_and_changes() {
        crate::case::run("guardrails/input_passes_and_changes");
    }

    #[test]
    fn r#input_stops() {
        crate::case::run("guardrails/input_stops");
    }

    #[test]
    fn r#missing_after_a_restore() {
        crate::case::run("guardrails/missing_after_a_restore");
    }

    #[test]
    fn r#output_changes() {
        crate::case::run("guardrails/output_changes");
    }

    #[test]
    fn r#output_fails() {
        crate::case::run("guardrails/output_fails");
    }

    #[test]
    fn r#output_passes() {
        crate::case::run("guardrails/output_passes");
    }

    #[test]
    fn r#output_sends_back() {
        crate::case::run("guardrails/output_sends_back");
    }

    #[test]
    fn r#output_stops() {
        crate::case::run("guardrails/output_stops");
    }

    #[test]
    fn r#output_stops_an_object() {
        crate::case::run("guardrails/output_stops_an_object");
    }
}

mod r#handoff {
    #[test]
    fn r#checkpoint() {
        crate::case::run("handoff/checkpoint");
    }

    #[test]
    fn r#goes_on() {
        crate::case::run("handoff/goes_on");
    }

    #[test]
    fn r#limited() {
        crate::case::run("handoff/limited");
    }

    #[test]
    fn r#next_chat() {
        crate::case::run("handoff/next_chat");
    }

    #[test]
    fn r#there_and_back() {
        crate::case::run("handoff/there_and_back");
    }

    #[test]
    fn r#twice_in_a_turn() {
        crate::case::run("handoff/twice_in_a_turn");
    }
}

mod r#history {
    #[test]
    fn r#after_a_cancel_with_a_tool() {
        crate::case::run("history/after_a_cancel_with_a_tool");
    }

    #[test]
    fn r#after_an_error() {
        crate::case::run("history/after_an_error");
    }

    #[test]
    fn r#after_an_error_in_step_two() {
        crate::case::run("history/after_an_error_in_step_two");
    }

    #[test]
    fn r#after_max_steps() {
        crate::case::run("history/after_max_steps");
    }

    #[test]
    fn r#reset() {
        crate::case::run("history/reset");
    }
}

mod r#hooks {
    #[test]
    fn r#after_model_answers() {
        crate::case::run("hooks/after_model_answers");
    }

    #[test]
    fn r#after_model_changes() {
        crate::case::run("hooks/after_model_changes");
    }

    #[test]
    fn r#after_model_changes_an_object() {
        crate::case::run("hooks/after_model_changes_an_object");
    }

    #[test]
    fn r#after_model_stops() {
        crate::case::run("hooks/after_model_stops");
    }

    #[test]
    fn r#after_tool() {
        crate::case::run("hooks/after_tool");
    }

    #[test]
    fn r#after_tool_fails() {
        crate::case::run("hooks/after_tool_fails");
    }

    #[test]
    fn r#before_approval() {
        crate::case::run("hooks/before_approval");
    }

    #[test]
    fn r#before_model_answers() {
        crate::case::run("hooks/before_model_answers");
    }

    #[test]
    fn r#before_model_changes() {
        crate::case::run("hooks/before_model_changes");
    }

    #[test]
    fn r#before_model_fails() {
        crate::case::run("hooks/before_model_fails");
    }

    #[test]
    fn r#before_model_stops() {
        crate::case::run("hooks/before_model_stops");
    }

    #[test]
    fn r#before_tool() {
        crate::case::run("hooks/before_tool");
    }

    #[test]
    fn r#before_tool_gives_bad_arguments() {
        crate::case::run("hooks/before_tool_gives_bad_arguments");
    }

    #[test]
    fn r#before_tool_stops() {
        crate::case::run("hooks/before_tool_stops");
    }

    #[test]
    fn r#cancelled() {
        crate::case::run("hooks/cancelled");
    }

    #[test]
    fn r#in_a_checkpoint() {
        crate::case::run("hooks/in_a_checkpoint");
    }

    #[test]
    fn r#late() {
        crate::case::run("hooks/late");
    }
}

mod r#limits {
    #[test]
    fn r#deep_arguments() {
        crate::case::run("limits/deep_arguments");
    }

    #[test]
    fn r#deep_message() {
        crate::case::run("limits/deep_message");
    }

    #[test]
    fn r#first_event_timeout() {
        crate::case::run("limits/first_event_timeout");
    }

    #[test]
    fn r#idle_timeout() {
        crate::case::run("limits/idle_timeout");
    }

    #[test]
    fn r#max_steps() {
        crate::case::run("limits/max_steps");
    }

    #[test]
    fn r#max_steps_of_a_call() {
        crate::case::run("limits/max_steps_of_a_call");
    }

    #[test]
    fn r#timeout_of_a_call() {
        crate::case::run("limits/timeout_of_a_call");
    }

    #[test]
    fn r#tool_time_counts() {
        crate::case::run("limits/tool_time_counts");
    }

    #[test]
    fn r#whole_run_timeout() {
        crate::case::run("limits/whole_run_timeout");
    }
}

mod r#media {
    #[test]
    fn r#data_url() {
        crate::case::run("media/data_url");
    }

    #[test]
    fn r#in_a_tool_result() {
        crate::case::run("media/in_a_tool_result");
    }

    #[test]
    fn r#odd_base64() {
        crate::case::run("media/odd_base64");
    }

    #[test]
    fn r#refused() {
        crate::case::run("media/refused");
    }

    #[test]
    fn r#type_found_chat() {
        crate::case::run("media/type_found_chat");
    }

    #[test]
    fn r#type_found_gemini() {
        crate::case::run("media/type_found_gemini");
    }
}

mod r#ollama {
    #[test]
    fn r#calls() {
        crate::case::run("ollama/calls");
    }

    #[test]
    fn r#cancel() {
        crate::case::run("ollama/cancel");
    }

    #[test]
    fn r#cut_off() {
        crate::case::run("ollama/cut_off");
    }

    #[test]
    fn r#error_in_the_stream() {
        crate::case::run("ollama/error_in_the_stream");
    }

    #[test]
    fn r#length() {
        crate::case::run("ollama/length");
    }

    #[test]
    fn r#missing_model() {
        crate::case::run("ollama/missing_model");
    }

    #[test]
    fn r#pictures() {
        crate::case::run("ollama/pictures");
    }

    #[test]
    fn r#plain() {
        crate::case::run("ollama/plain");
    }

    #[test]
    fn r#settings() {
        crate::case::run("ollama/settings");
    }

    #[test]
    fn r#text() {
        crate::case::run("ollama/text");
    }
}

mod r#options {
    #[test]
    fn r#defaults() {
        crate::case::run("options/defaults");
    }

    #[test]
    fn r#for_one_call() {
        crate::case::run("options/for_one_call");
    }

    #[test]
    fn r#headers() {
        crate::case::run("options/headers");
    }

    #[test]
    fn r#no_stream() {
        crate::case::run("options/no_stream");
    }

    #[test]
    fn r#provider_options() {
        crate::case::run("options/provider_options");
    }

    #[test]
    fn r#sampling() {
        crate::case::run("options/sampling");
    }

    #[test]
    fn r#system_prompt() {
        crate::case::run("options/system_prompt");
    }

    #[test]
    fn r#tool_choice_named() {
        crate::case::run("options/tool_choice_named");
    }

    #[test]
    fn r#tool_choice_none() {
        crate::case::run("options/tool_choice_none");
    }

    #[test]
    fn r#tool_choice_required() {
        crate::case::run("options/tool_choice_required");
    }
}

mod r#output {
    #[test]
    fn r#any_object() {
        crate::case::run("output/any_object");
    }

    #[test]
    fn r#checkpoint() {
        crate::case::run("output/checkpoint");
    }

    #[test]
    fn r#cut() {
        crate::case::run("output/cut");
    }

    #[test]
    fn r#cut_after_the_end() {
        crate::case::run("output/cut_after_the_end");
    }

    #[test]
    fn r#cut_is_not_completed() {
        crate::case::run("output/cut_is_not_completed");
    }

    #[test]
    fn r#grows() {
        crate::case::run("output/grows");
    }

    #[test]
    fn r#history() {
        crate::case::run("output/history");
    }

    #[test]
    fn r#limit() {
        crate::case::run("output/limit");
    }

    #[test]
    fn r#list() {
        crate::case::run("output/list");
    }

    #[test]
    fn r#mended() {
        crate::case::run("output/mended");
    }

    #[test]
    fn r#mended_tool() {
        crate::case::run("output/mended_tool");
    }

    #[test]
    fn r#native() {
        crate::case::run("output/native");
    }

    #[test]
    fn r#no_repairs() {
        crate::case::run("output/no_repairs");
    }

    #[test]
    fn r#no_schema() {
        crate::case::run("output/no_schema");
    }

    #[test]
    fn r#open_object() {
        crate::case::run("output/open_object");
    }

    #[test]
    fn r#prompt() {
        crate::case::run("output/prompt");
    }

    #[test]
    fn r#repaired() {
        crate::case::run("output/repaired");
    }

    #[test]
    fn r#tool() {
        crate::case::run("output/tool");
    }

    #[test]
    fn r#with_tools() {
        crate::case::run("output/with_tools");
    }
}

mod r#provider {
    #[test]
    fn r#annotations() {
        crate::case::run("provider/annotations");
    }

    #[test]
    fn r#azure_key_and_address() {
        crate::case::run("provider/azure_key_and_address");
    }

    #[test]
    fn r#citations() {
        crate::case::run("provider/citations");
    }

    #[test]
    fn r#deepseek_reasoning_echoed() {
        crate::case::run("provider/deepseek_reasoning_echoed");
    }

    #[test]
    fn r#files_by_dialect() {
        crate::case::run("provider/files_by_dialect");
    }

    #[test]
    fn r#left_out_with_a_warning() {
        crate::case::run("provider/left_out_with_a_warning");
    }

    #[test]
    fn r#log_probabilities() {
        crate::case::run("provider/log_probabilities");
    }

    #[test]
    fn r#mistral_dialect() {
        crate::case::run("provider/mistral_dialect");
    }

    #[test]
    fn r#openrouter_reasoning_echoed() {
        crate::case::run("provider/openrouter_reasoning_echoed");
    }

    #[test]
    fn r#overloaded_in_the_end() {
        crate::case::run("provider/overloaded_in_the_end");
    }

    #[test]
    fn r#provider_and_model() {
        crate::case::run("provider/provider_and_model");
    }

    #[test]
    fn r#server_object_error() {
        crate::case::run("provider/server_object_error");
    }

    #[test]
    fn r#unknown_end() {
        crate::case::run("provider/unknown_end");
    }

    #[test]
    fn r#unknown_end_with_calls() {
        crate::case::run("provider/unknown_end_with_calls");
    }

    #[test]
    fn r#where_the_key_came_from() {
        crate::case::run("provider/where_the_key_came_from");
    }
}

mod r#rate {
    #[test]
    fn r#cancel_while_waiting() {
        crate::case::run("rate/cancel_while_waiting");
    }

    #[test]
    fn r#other_account() {
        crate::case::run("rate/other_account");
    }

    #[test]
    fn r#second_waits() {
        crate::case::run("rate/second_waits");
    }
}

mod r#record {
    #[test]
    fn r#append() {
        crate::case::run("record/append");
    }

    #[test]
    fn r#broken_off() {
        crate::case::run("record/broken_off");
    }

    #[test]
    fn r#new() {
        crate::case::run("record/new");
    }

    #[test]
    fn r#once() {
        crate::case::run("record/once");
    }

    #[test]
    fn r#over_http() {
        crate::case::run("record/over_http");
    }

    #[test]
    fn r#patterns() {
        crate::case::run("record/patterns");
    }

    #[test]
    fn r#provider_error() {
        crate::case::run("record/provider_error");
    }

    #[test]
    fn r#stream() {
        crate::case::run("record/stream");
    }

    #[test]
    fn r#then_replay() {
        crate::case::run("record/then_replay");
    }

    #[test]
    fn r#tool_round() {
        crate::case::run("record/tool_round");
    }
}

mod r#replay {
    #[test]
    fn r#exhausted() {
        crate::case::run("replay/exhausted");
    }

    #[test]
    fn r#forks_share() {
        crate::case::run("replay/forks_share");
    }

    #[test]
    fn r#leftovers() {
        crate::case::run("replay/leftovers");
    }

    #[test]
    fn r#loose() {
        crate::case::run("replay/loose");
    }

    #[test]
    fn r#no_cassette() {
        crate::case::run("replay/no_cassette");
    }

    #[test]
    fn r#order() {
        crate::case::run("replay/order");
    }

    #[test]
    fn r#strict_miss() {
        crate::case::run("replay/strict_miss");
    }
}

mod r#reply {
    #[test]
    fn r#by_hand() {
        crate::case::run("reply/by_hand");
    }

    #[test]
    fn r#failure_by_hand() {
        crate::case::run("reply/failure_by_hand");
    }

    #[test]
    fn r#in_any_order() {
        crate::case::run("reply/in_any_order");
    }

    #[test]
    fn r#twice() {
        crate::case::run("reply/twice");
    }
}

mod r#responses {
    #[test]
    fn r#cancelled() {
        crate::case::run("responses/cancelled");
    }

    #[test]
    fn r#citations() {
        crate::case::run("responses/citations");
    }

    #[test]
    fn r#cut_off() {
        crate::case::run("responses/cut_off");
    }

    #[test]
    fn r#encrypted_reasoning() {
        crate::case::run("responses/encrypted_reasoning");
    }

    #[test]
    fn r#error_event() {
        crate::case::run("responses/error_event");
    }

    #[test]
    fn r#failed() {
        crate::case::run("responses/failed");
    }

    #[test]
    fn r#foreign_history() {
        crate::case::run("responses/foreign_history");
    }

    #[test]
    fn r#length() {
        crate::case::run("responses/length");
    }

    #[test]
    fn r#media() {
        crate::case::run("responses/media");
    }

    #[test]
    fn r#native_schema() {
        crate::case::run("responses/native_schema");
    }

    #[test]
    fn r#parallel_tools() {
        crate::case::run("responses/parallel_tools");
    }

    #[test]
    fn r#plain() {
        crate::case::run("responses/plain");
    }

    #[test]
    fn r#refusal() {
        crate::case::run("responses/refusal");
    }

    #[test]
    fn r#schema_by_options() {
        crate::case::run("responses/schema_by_options");
    }

    #[test]
    fn r#text() {
        crate::case::run("responses/text");
    }

    #[test]
    fn r#tool_choice() {
        crate::case::run("responses/tool_choice");
    }

    #[test]
    fn r#unknown_item() {
        crate::case::run("responses/unknown_item");
    }

    #[test]
    fn r#unsupported() {
        crate::case::run("responses/unsupported");
    }

    #[test]
    fn r#wrong_key() {
        crate::case::run("responses/wrong_key");
    }
}

mod r#retry {
    #[test]
    fn r#after_date() {
        crate::case::run("retry/after_date");
    }

    #[test]
    fn r#after_ms_header() {
        crate::case::run("retry/after_ms_header");
    }

    #[test]
    fn r#after_retry_info() {
        crate::case::run("retry/after_retry_info");
    }

    #[test]
    fn r#after_seconds() {
        crate::case::run("retry/after_seconds");
    }

    #[test]
    fn r#beyond_the_cap() {
        crate::case::run("retry/beyond_the_cap");
    }

    #[test]
    fn r#beyond_the_time() {
        crate::case::run("retry/beyond_the_time");
    }

    #[test]
    fn r#cancel_while_waiting() {
        crate::case::run("retry/cancel_while_waiting");
    }

    #[test]
    fn r#checkpoint_while_waiting() {
        crate::case::run("retry/checkpoint_while_waiting");
    }

    #[test]
    fn r#end_before_the_end() {
        crate::case::run("retry/end_before_the_end");
    }

    #[test]
    fn r#error_event_after_text() {
        crate::case::run("retry/error_event_after_text");
    }

    #[test]
    fn r#error_event_before_text() {
        crate::case::run("retry/error_event_before_text");
    }

    #[test]
    fn r#in_the_second_step() {
        crate::case::run("retry/in_the_second_step");
    }

    #[test]
    fn r#limit() {
        crate::case::run("retry/limit");
    }

    #[test]
    fn r#not_after_text() {
        crate::case::run("retry/not_after_text");
    }

    #[test]
    fn r#not_what_cannot_pass() {
        crate::case::run("retry/not_what_cannot_pass");
    }

    #[test]
    fn r#of_one_call() {
        crate::case::run("retry/of_one_call");
    }

    #[test]
    fn r#refusal_that_breaks_off() {
        crate::case::run("retry/refusal_that_breaks_off");
    }

    #[test]
    fn r#twice_then_fine() {
        crate::case::run("retry/twice_then_fine");
    }
}

mod r#schema {
    #[test]
    fn r#alternatives() {
        crate::case::run("schema/alternatives");
    }

    #[test]
    fn r#empty_arguments() {
        crate::case::run("schema/empty_arguments");
    }

    #[test]
    fn r#nested() {
        crate::case::run("schema/nested");
    }

    #[test]
    fn r#unusable() {
        crate::case::run("schema/unusable");
    }
}

mod r#scripted {
    #[test]
    fn r#bad_arguments() {
        crate::case::run("scripted/bad_arguments");
    }

    #[test]
    fn r#breaks_off() {
        crate::case::run("scripted/breaks_off");
    }

    #[test]
    fn r#error() {
        crate::case::run("scripted/error");
    }

    #[test]
    fn r#error_in_the_stream() {
        crate::case::run("scripted/error_in_the_stream");
    }

    #[test]
    fn r#exhausted() {
        crate::case::run("scripted/exhausted");
    }

    #[test]
    fn r#finish_reason() {
        crate::case::run("scripted/finish_reason");
    }

    #[test]
    fn r#leftovers() {
        crate::case::run("scripted/leftovers");
    }

    #[test]
    fn r#object() {
        crate::case::run("scripted/object");
    }

    #[test]
    fn r#retried() {
        crate::case::run("scripted/retried");
    }

    #[test]
    fn r#text() {
        crate::case::run("scripted/text");
    }

    #[test]
    fn r#tool_round() {
        crate::case::run("scripted/tool_round");
    }

    #[test]
    fn r#usage() {
        crate::case::run("scripted/usage");
    }
}

mod r#state {
    #[test]
    fn r#checkpoint_of_the_ended() {
        crate::case::run("state/checkpoint_of_the_ended");
    }

    #[test]
    fn r#failed_run_leaves_nothing() {
        crate::case::run("state/failed_run_leaves_nothing");
    }

    #[test]
    fn r#fork() {
        crate::case::run("state/fork");
    }

    #[test]
    fn r#fork_has_tools() {
        crate::case::run("state/fork_has_tools");
    }

    #[test]
    fn r#reset() {
        crate::case::run("state/reset");
    }

    #[test]
    fn r#restored_twice() {
        crate::case::run("state/restored_twice");
    }

    #[test]
    fn r#round_trip() {
        crate::case::run("state/round_trip");
    }

    #[test]
    fn r#usage_adds_up() {
        crate::case::run("state/usage_adds_up");
    }
}

mod r#stream {
    #[test]
    fn r#chosen_events() {
        crate::case::run("stream/chosen_events");
    }

    #[test]
    fn r#plain_answer() {
        crate::case::run("stream/plain_answer");
    }

    #[test]
    fn r#read_in_parts() {
        crate::case::run("stream/read_in_parts");
    }

    #[test]
    fn r#reasoning() {
        crate::case::run("stream/reasoning");
    }

    #[test]
    fn r#text() {
        crate::case::run("stream/text");
    }

    #[test]
    fn r#tool_round() {
        crate::case::run("stream/tool_round");
    }
}

mod r#subagent {
    #[test]
    fn r#added_tool_later() {
        crate::case::run("subagent/added_tool_later");
    }

    #[test]
    fn r#answers() {
        crate::case::run("subagent/answers");
    }

    #[test]
    fn r#arguments() {
        crate::case::run("subagent/arguments");
    }

    #[test]
    fn r#budget() {
        crate::case::run("subagent/budget");
    }

    #[test]
    fn r#cancelled_with_caller() {
        crate::case::run("subagent/cancelled_with_caller");
    }

    #[test]
    fn r#checkpoint_inside() {
        crate::case::run("subagent/checkpoint_inside");
    }

    #[test]
    fn r#deeper_than_allowed() {
        crate::case::run("subagent/deeper_than_allowed");
    }

    #[test]
    fn r#fails() {
        crate::case::run("subagent/fails");
    }

    #[test]
    fn r#forwarded_events() {
        crate::case::run("subagent/forwarded_events");
    }

    #[test]
    fn r#itself() {
        crate::case::run("subagent/itself");
    }

    #[test]
    fn r#one_after_the_other() {
        crate::case::run("subagent/one_after_the_other");
    }

    #[test]
    fn r#other_provider() {
        crate::case::run("subagent/other_provider");
    }

    #[test]
    fn r#tool_limit() {
        crate::case::run("subagent/tool_limit");
    }

    #[test]
    fn r#tools_in_the_host() {
        crate::case::run("subagent/tools_in_the_host");
    }

    #[test]
    fn r#total_limit() {
        crate::case::run("subagent/total_limit");
    }

    #[test]
    fn r#two_at_once() {
        crate::case::run("subagent/two_at_once");
    }

    #[test]
    fn r#usage_is_summed() {
        crate::case::run("subagent/usage_is_summed");
    }

    #[test]
    fn r#without_a_name() {
        crate::case::run("subagent/without_a_name");
    }
}

mod r#text {
    #[test]
    fn r#big_integers() {
        crate::case::run("text/big_integers");
    }

    #[test]
    fn r#empty() {
        crate::case::run("text/empty");
    }

    #[test]
    fn r#empty_values() {
        crate::case::run("text/empty_values");
    }

    #[test]
    fn r#escapes() {
        crate::case::run("text/escapes");
    }

    #[test]
    fn r#huge_answer() {
        crate::case::run("text/huge_answer");
    }

    #[test]
    fn r#huge_message() {
        crate::case::run("text/huge_message");
    }

    #[test]
    fn r#many_deltas() {
        crate::case::run("text/many_deltas");
    }

    #[test]
    fn r#numbers() {
        crate::case::run("text/numbers");
    }

    #[test]
    fn r#numbers_back() {
        crate::case::run("text/numbers_back");
    }

    #[test]
    fn r#split_at_every_byte() {
        crate::case::run("text/split_at_every_byte");
    }

    #[test]
    fn r#split_tool_call() {
        crate::case::run("text/split_tool_call");
    }

    #[test]
    fn r#tool_names() {
        crate::case::run("text/tool_names");
    }

    #[test]
    fn r#unicode() {
        crate::case::run("text/unicode");
    }
}

mod r#tools {
    #[test]
    fn r#added_later() {
        crate::case::run("tools/added_later");
    }

    #[test]
    fn r#agent_limit() {
        crate::case::run("tools/agent_limit");
    }

    #[test]
    fn r#alone() {
        crate::case::run("tools/alone");
    }

    #[test]
    fn r#arguments_are_never_made_up() {
        crate::case::run("tools/arguments_are_never_made_up");
    }

    #[test]
    fn r#bad_json() {
        crate::case::run("tools/bad_json");
    }

    #[test]
    fn r#calls_in_one_call() {
        crate::case::run("tools/calls_in_one_call");
    }

    #[test]
    fn r#fails() {
        crate::case::run("tools/fails");
    }

    #[test]
    fn r#fails_with_kind() {
        crate::case::run("tools/fails_with_kind");
    }

    #[test]
    fn r#fails_without_a_word() {
        crate::case::run("tools/fails_without_a_word");
    }

    #[test]
    fn r#huge_result() {
        crate::case::run("tools/huge_result");
    }

    #[test]
    fn r#many_in_one_turn() {
        crate::case::run("tools/many_in_one_turn");
    }

    #[test]
    fn r#max_calls() {
        crate::case::run("tools/max_calls");
    }

    #[test]
    fn r#missing_end_is_closed() {
        crate::case::run("tools/missing_end_is_closed");
    }

    #[test]
    fn r#names_are_never_guessed() {
        crate::case::run("tools/names_are_never_guessed");
    }

    #[test]
    fn r#other_agent() {
        crate::case::run("tools/other_agent");
    }

    #[test]
    fn r#own_tool_called_parallel() {
        crate::case::run("tools/own_tool_called_parallel");
    }

    #[test]
    fn r#raises() {
        crate::case::run("tools/raises");
    }

    #[test]
    fn r#repaired_arguments() {
        crate::case::run("tools/repaired_arguments");
    }

    #[test]
    fn r#repaired_names() {
        crate::case::run("tools/repaired_names");
    }

    #[test]
    fn r#required_without_tools() {
        crate::case::run("tools/required_without_tools");
    }

    #[test]
    fn r#result_forms() {
        crate::case::run("tools/result_forms");
    }

    #[test]
    fn r#result_is_bounded() {
        crate::case::run("tools/result_is_bounded");
    }

    #[test]
    fn r#result_is_bounded_by_default() {
        crate::case::run("tools/result_is_bounded_by_default");
    }

    #[test]
    fn r#result_of_parts() {
        crate::case::run("tools/result_of_parts");
    }

    #[test]
    fn r#same_id_twice() {
        crate::case::run("tools/same_id_twice");
    }

    #[test]
    fn r#schema_violation() {
        crate::case::run("tools/schema_violation");
    }

    #[test]
    fn r#steps_in_a_row() {
        crate::case::run("tools/steps_in_a_row");
    }

    #[test]
    fn r#timeout() {
        crate::case::run("tools/timeout");
    }

    #[test]
    fn r#two_in_one_turn() {
        crate::case::run("tools/two_in_one_turn");
    }

    #[test]
    fn r#unencodable() {
        crate::case::run("tools/unencodable");
    }

    #[test]
    fn r#unknown() {
        crate::case::run("tools/unknown");
    }
}

mod r#transport {
    #[test]
    fn r#cancel_after_the_head() {
        crate::case::run("transport/cancel_after_the_head");
    }

    #[test]
    fn r#cancel_before_the_head() {
        crate::case::run("transport/cancel_before_the_head");
    }

    #[test]
    fn r#ends_early() {
        crate::case::run("transport/ends_early");
    }

    #[test]
    fn r#every_byte() {
        crate::case::run("transport/every_byte");
    }

    #[test]
    fn r#fails() {
        crate::case::run("transport/fails");
    }

    #[test]
    fn r#fails_for_good() {
        crate::case::run("transport/fails_for_good");
    }

    #[test]
    fn r#fails_in_mid_stream() {
        crate::case::run("transport/fails_in_mid_stream");
    }

    #[test]
    fn r#fallback() {
        crate::case::run("transport/fallback");
    }

    #[test]
    fn r#format_gemini() {
        crate::case::run("transport/format_gemini");
    }

    #[test]
    fn r#format_ollama() {
        crate::case::run("transport/format_ollama");
    }

    #[test]
    fn r#format_responses() {
        crate::case::run("transport/format_responses");
    }

    #[test]
    fn r#hooks_and_approval() {
        crate::case::run("transport/hooks_and_approval");
    }

    #[test]
    fn r#no_body() {
        crate::case::run("transport/no_body");
    }

    #[test]
    fn r#not_json() {
        crate::case::run("transport/not_json");
    }

    #[test]
    fn r#pieces() {
        crate::case::run("transport/pieces");
    }

    #[test]
    fn r#restored() {
        crate::case::run("transport/restored");
    }

    #[test]
    fn r#retry_after() {
        crate::case::run("transport/retry_after");
    }

    #[test]
    fn r#retry_after_in_error() {
        crate::case::run("transport/retry_after_in_error");
    }

    #[test]
    fn r#stalls() {
        crate::case::run("transport/stalls");
    }

    #[test]
    fn r#streamed_at_once() {
        crate::case::run("transport/streamed_at_once");
    }

    #[test]
    fn r#tool_round() {
        crate::case::run("transport/tool_round");
    }

    #[test]
    fn r#total_limit() {
        crate::case::run("transport/total_limit");
    }

    #[test]
    fn r#two_conversations() {
        crate::case::run("transport/two_conversations");
    }

    #[test]
    fn r#whole() {
        crate::case::run("transport/whole");
    }

    #[test]
    fn r#wrong_key() {
        crate::case::run("transport/wrong_key");
    }
}

mod r#usage {
    #[test]
    fn r#cost() {
        crate::case::run("usage/cost");
    }

    #[test]
    fn r#cost_of_agents() {
        crate::case::run("usage/cost_of_agents");
    }

    #[test]
    fn r#cost_unknown() {
        crate::case::run("usage/cost_unknown");
    }

    #[test]
    fn r#sums_over_runs() {
        crate::case::run("usage/sums_over_runs");
    }

    #[test]
    fn r#told_apart() {
        crate::case::run("usage/told_apart");
    }
}

mod r#wire {
    #[test]
    fn r#arguments_cut() {
        crate::case::run("wire/arguments_cut");
    }

    #[test]
    fn r#comments_and_crlf() {
        crate::case::run("wire/comments_and_crlf");
    }

    #[test]
    fn r#empty_body() {
        crate::case::run("wire/empty_body");
    }

    #[test]
    fn r#gzip() {
        crate::case::run("wire/gzip");
    }

    #[test]
    fn r#index_skipped() {
        crate::case::run("wire/index_skipped");
    }

    #[test]
    fn r#index_twice() {
        crate::case::run("wire/index_twice");
    }

    #[test]
    fn r#indexes_missing() {
        crate::case::run("wire/indexes_missing");
    }

    #[test]
    fn r#invalid_utf8() {
        crate::case::run("wire/invalid_utf8");
    }

    #[test]
    fn r#keep_alive() {
        crate::case::run("wire/keep_alive");
    }

    #[test]
    fn r#no_http() {
        crate::case::run("wire/no_http");
    }

    #[test]
    fn r#plain_json() {
        crate::case::run("wire/plain_json");
    }

    #[test]
    fn r#plain_json_tool_call() {
        crate::case::run("wire/plain_json_tool_call");
    }

    #[test]
    fn r#redirect_elsewhere() {
        crate::case::run("wire/redirect_elsewhere");
    }

    #[test]
    fn r#refusal() {
        crate::case::run("wire/refusal");
    }

    #[test]
    fn r#tool_call_in_pieces() {
        crate::case::run("wire/tool_call_in_pieces");
    }

    #[test]
    fn r#two_ids_for_one_call() {
        crate::case::run("wire/two_ids_for_one_call");
    }

    #[test]
    fn r#unknown_fields() {
        crate::case::run("wire/unknown_fields");
    }

    #[test]
    fn r#usage_last() {
        crate::case::run("wire/usage_last");
    }

    #[test]
    fn r#without_done() {
        crate::case::run("wire/without_done");
    }
}
