import type { Exchange } from "../../../mock/recording.js";
import { GO_ON } from "../../ask.js";
import { isObject, list, text } from "../../json.js";
import type { Format, Target } from "../format.js";
import { segmentsOf } from "../format.js";
import { askOf } from "./ask.js";
import { expectationOf } from "./expect.js";
import { steps } from "./steps.js";

/** The methods that answer a conversation. */
const METHODS = [":generateContent", ":streamGenerateContent"];

/** Gemini's `generateContent` and `streamGenerateContent`. */
export const gemini: Format = {
  name: "gemini",
  codec: "gemini",
  provider: () => "gemini",
  target: targetOf,
  ask: askOf,
  expect: expectationOf,
  withoutQuestion: (sent) => {
    const contents = list(sent, "contents");
    const last = contents.at(-1);
    const parts = list(last, "parts");
    if (!isObject(last) || text(parts.at(-1), "text") !== GO_ON) return sent;
    const rest = parts.slice(0, -1);
    const before = contents.slice(0, -1);
    return { ...sent, contents: rest.length === 0 ? before : [...before, { ...last, parts: rest as never }] };
  },
  steps,
};

/** A model's name may have a collection in front of it: `models/x`, `tunedModels/x`. */
function targetOf(exchange: Exchange): Target | undefined {
  const segments = segmentsOf(exchange);
  const last = segments.at(-1) ?? "";
  if (exchange.request.method !== "POST" || segments.length < 2 || !METHODS.some((method) => last.endsWith(method)))
    return undefined;
  return {
    base: segments
      .slice(0, -2)
      .map((segment) => `/${segment}`)
      .join(""),
    path: `/${segments.slice(-2).join("/")}`,
  };
}
