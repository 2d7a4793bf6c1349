/** Prefix of every function and type of the full layer. */
export const PREFIX = "llmspell_";

/** Types that the API's rules give a meaning of their own. */
export const STATUS_TYPE = "llmspell_status";
export const ERROR_TYPE = "llmspell_error";
export const STRING_TYPE = "llmspell_str";
export const BUFFER_TYPE = "llmspell_buf";

/** `llmspell_agent_new` → `agent_new`. */
export function withoutPrefix(name: string): string {
  return name.replace(/^(llmspell_|LLMSPELL_)/, "");
}

/** True for the types of the plain layer, which are named as the layer's users write them: `LLMSpellAgent`. */
export function isPlainName(type: string): boolean {
  return type.startsWith("LLMSpell");
}

/** What the names of a type's functions begin with: `llmspell_agent` for `llmspell_agent` and `LLMSpellAgent`. */
export function functionPrefix(type: string): string {
  if (!isPlainName(type)) return type;
  return type.replace(/^LLMSpell/, "llmspell").replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);
}
