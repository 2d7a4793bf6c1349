/** Headers that carry a key or a token. */
const secret = new Set(["authorization", "proxy-authorization", "x-api-key", "api-key", "x-goog-api-key", "cookie"]);

/** `Bearer sk-abcd1234` → `Bearer …1234`; other headers pass unchanged. A value too short to hide a part of is hidden whole. */
export function redactHeader(name: string, value: string): string {
  if (!secret.has(name.toLowerCase())) return value;
  const parts = /^(?:(\S+) )?(.*)$/s.exec(value);
  const token = parts?.[2] ?? "";
  return `${parts?.[1] ? `${parts[1]} ` : ""}…${token.length > 4 ? token.slice(-4) : ""}`;
}
