import { jsonText } from "../json.js";
import { translate } from "../options.js";
import type { Transport } from "../types/config.js";
import { AGENT_OPTIONS } from "../types/option-tables.gen.js";
import { isRecord, kindOf } from "../words.js";

/** A scripted answer as the core reads it. */
export function turnOf(answer: unknown, where: string): unknown {
  if (typeof answer === "string") return answer;
  const table = AGENT_OPTIONS["script"]?.list;
  if (!isRecord(answer) || table === undefined)
    throw new TypeError(`${where} is ${kindOf(answer)}; expected a text, or an object like { text: "…" }`);
  return translate(answer, table, where);
}

/** What answers a turn of a script that is a function: it gets the request in OpenAI's Chat format, and the turn's number. */
export function scriptedTurn(turn: (request: unknown, number: number) => unknown, number: number): Transport {
  const answer = (value: unknown) => ({
    status: 200,
    body: jsonText(turnOf(value, `turns[${number - 1}]`), "the turn"),
  });
  return (_url, { body }) => {
    const value = turn(JSON.parse(body), number);
    return value instanceof Promise ? value.then(answer) : answer(value);
  };
}
