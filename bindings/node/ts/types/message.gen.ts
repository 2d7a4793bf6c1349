// Written by `ts-tools node-types` from spec/schema; edit those files and run `make gen`.

/** Who a message is from. */
export type Role = "system" | "user" | "assistant" | "tool";

/** Text. */
export interface TextPart {
  type: "text";
  text: string;
}

/** A picture, by address, by the provider's id or as base64 data. */
export interface ImagePart {
  type: "image";
  file_id?: string;
  url?: string;
  data?: string;
  media_type?: string;
  detail?: "low" | "high" | "auto";
}

/** A file, by address, by the provider's id or as base64 data. */
export interface FilePart {
  type: "file";
  url?: string;
  file_id?: string;
  data?: string;
  media_type?: string;
  filename?: string;
}

/** The model's reasoning. */
export interface ReasoningPart {
  type: "reasoning";
  text: string;
}

/** The model's words for why it does not answer. */
export interface RefusalPart {
  type: "refusal";
  text: string;
}

/** The result of a tool call. */
export interface ToolResultPart {
  type: "tool_result";
  tool_call_id: string;
  name: string;
  content: string;
  /** What the model sees besides the text: pictures and files, as parts. */
  parts?: Part[];
  is_error?: boolean;
}

/** Where something in the text before it comes from. */
export interface CitationPart {
  type: "citation";
  url?: string;
  title?: string;
  /** Words of the source. */
  quote?: string;
  /** The citation as the provider sent it. */
  raw?: unknown;
}

/** Everything up to here is worth keeping in the provider's cache, where it has one that must be told. */
export interface CachePointPart {
  type: "cache_point";
  /** How long, in the provider's words, such as `5m` or `1h`. */
  ttl?: string;
}

/** A part of a message. Parts of types that llmspell does not know are kept as they came. */
export type Part = TextPart | ImagePart | FilePart | ReasoningPart | RefusalPart | ToolResultPart | CitationPart | CachePointPart;

/** A tool call as it stands in a message of the model. */
export interface AskedToolCall {
  id: string;
  name: string;
  /** As the model wrote them: JSON text, perhaps broken. */
  arguments: string;
}

/** One message of a conversation. */
export interface Message {
  role: Role;
  content: string | Part[];
  /** Tool calls that the model asks for. */
  tool_calls?: AskedToolCall[];
  /** The provider's own form of the turn. */
  raw?: {
    provider: string;
    value: unknown;
  };
  /** What the provider said about the turn besides its content, by its own names: log probabilities, grounding. */
  metadata?: Record<string, unknown>;
}
