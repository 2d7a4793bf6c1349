// Written by `ts-tools node-types` from spec/schema; edit those files and run `make gen`.

/** Options by their names in camelCase. */
export interface OptionTable {
  readonly [option: string]: Option;
}

/** An option: its name in the contract, and the options that it has inside, if any. */
export interface Option {
  readonly name: string;
  /** Its own options, where the value is an object. */
  readonly of?: OptionTable;
  /** Those of the list's items that are objects. */
  readonly list?: OptionTable;
  /** Those of the values of a map, whose keys are anything. */
  readonly map?: OptionTable;
}

export const AGENT_OPTIONS: OptionTable = {
  name: { name: "name" },
  systemPrompt: { name: "system_prompt" },
  provider: { name: "provider" },
  model: { name: "model" },
  apiKey: { name: "api_key" },
  baseUrl: { name: "base_url" },
  headers: { name: "headers" },
  temperature: { name: "temperature" },
  topP: { name: "top_p" },
  maxTokens: { name: "max_tokens" },
  stop: { name: "stop" },
  seed: { name: "seed" },
  toolChoice: { name: "tool_choice", of: {
    name: { name: "name" },
  } },
  tools: { name: "tools" },
  cache: { name: "cache" },
  maxSteps: { name: "max_steps" },
  maxParallelTools: { name: "max_parallel_tools" },
  maxRetries: { name: "max_retries" },
  budget: { name: "budget", of: {
    tokens: { name: "tokens" },
    cost: { name: "cost" },
    toolCalls: { name: "tool_calls" },
  } },
  outputSchema: { name: "output_schema" },
  outputName: { name: "output_name" },
  outputMode: { name: "output_mode" },
  outputRetries: { name: "output_retries" },
  maxAgentDepth: { name: "max_agent_depth" },
  maxHandoffs: { name: "max_handoffs" },
  history: { name: "history", of: {
    maxTurns: { name: "max_turns" },
    maxTokens: { name: "max_tokens" },
  } },
  compaction: { name: "compaction", of: {
    at: { name: "at" },
    keepTurns: { name: "keep_turns" },
    model: { name: "model" },
    prompt: { name: "prompt" },
  } },
  onBusy: { name: "on_busy" },
  state: { name: "state" },
  providerOptions: { name: "provider_options" },
  fallbacks: { name: "fallbacks", list: {
    provider: { name: "provider" },
    model: { name: "model" },
    apiKey: { name: "api_key" },
    baseUrl: { name: "base_url" },
    headers: { name: "headers" },
    providerOptions: { name: "provider_options" },
    rateLimit: { name: "rate_limit", of: {
      requestsPerMinute: { name: "requests_per_minute" },
      tokensPerMinute: { name: "tokens_per_minute" },
    } },
  } },
  rateLimit: { name: "rate_limit", of: {
    requestsPerMinute: { name: "requests_per_minute" },
    tokensPerMinute: { name: "tokens_per_minute" },
  } },
  models: { name: "models", map: {
    contextWindow: { name: "context_window" },
    maxOutputTokens: { name: "max_output_tokens" },
    inputPrice: { name: "input_price" },
    cachedPrice: { name: "cached_price" },
    cacheWritePrice: { name: "cache_write_price" },
    outputPrice: { name: "output_price" },
    inputAudioPrice: { name: "input_audio_price" },
    outputAudioPrice: { name: "output_audio_price" },
  } },
  connectTimeoutMs: { name: "connect_timeout_ms" },
  firstEventTimeoutMs: { name: "first_event_timeout_ms" },
  idleTimeoutMs: { name: "idle_timeout_ms" },
  timeoutMs: { name: "timeout_ms" },
  toolTimeoutMs: { name: "tool_timeout_ms" },
  approvalTimeoutMs: { name: "approval_timeout_ms" },
  hookTimeoutMs: { name: "hook_timeout_ms" },
  maxToolResultBytes: { name: "max_tool_result_bytes" },
  hooks: { name: "hooks" },
  guardrails: { name: "guardrails", list: {
    name: { name: "name" },
    on: { name: "on" },
  } },
  caFile: { name: "ca_file" },
  proxy: { name: "proxy" },
  record: { name: "record", of: {
    path: { name: "path" },
    mode: { name: "mode" },
    scrub: { name: "scrub" },
  } },
  cassette: { name: "cassette", of: {
    path: { name: "path" },
    match: { name: "match" },
    provider: { name: "provider" },
    scrub: { name: "scrub" },
  } },
  script: { name: "script", list: {
    text: { name: "text" },
    reasoning: { name: "reasoning" },
    toolCalls: { name: "tool_calls", list: {
      id: { name: "id" },
      name: { name: "name" },
      arguments: { name: "arguments" },
    } },
    object: { name: "object" },
    usage: { name: "usage", of: {
      inputTokens: { name: "input_tokens" },
      outputTokens: { name: "output_tokens" },
      cachedTokens: { name: "cached_tokens" },
      reasoningTokens: { name: "reasoning_tokens" },
    } },
    finishReason: { name: "finish_reason" },
    error: { name: "error", of: {
      status: { name: "status" },
      message: { name: "message" },
      retryAfterMs: { name: "retry_after_ms" },
    } },
    delayMs: { name: "delay_ms" },
    ask: { name: "ask" },
  } },
  transport: { name: "transport" },
};

export const RUN_OPTIONS: OptionTable = {
  input: { name: "input" },
  session: { name: "session" },
  events: { name: "events" },
  temperature: { name: "temperature" },
  topP: { name: "top_p" },
  maxTokens: { name: "max_tokens" },
  stop: { name: "stop" },
  seed: { name: "seed" },
  toolChoice: { name: "tool_choice", of: {
    name: { name: "name" },
  } },
  cache: { name: "cache" },
  maxSteps: { name: "max_steps" },
  timeoutMs: { name: "timeout_ms" },
  maxRetries: { name: "max_retries" },
  budget: { name: "budget", of: {
    tokens: { name: "tokens" },
    cost: { name: "cost" },
    toolCalls: { name: "tool_calls" },
  } },
  outputSchema: { name: "output_schema" },
  outputName: { name: "output_name" },
  outputMode: { name: "output_mode" },
  outputRetries: { name: "output_retries" },
};

export const TOOL_OPTIONS: OptionTable = {
  name: { name: "name" },
  description: { name: "description" },
  schema: { name: "schema" },
  timeoutMs: { name: "timeout_ms" },
  parallel: { name: "parallel" },
  maxCalls: { name: "max_calls" },
  maxResultBytes: { name: "max_result_bytes" },
  needsApproval: { name: "needs_approval" },
  external: { name: "external" },
};

export const AGENT_TOOL_OPTIONS: OptionTable = {
  name: { name: "name" },
  description: { name: "description" },
  schema: { name: "schema" },
  timeoutMs: { name: "timeout_ms" },
  forwardEvents: { name: "forward_events" },
  handoff: { name: "handoff" },
};
