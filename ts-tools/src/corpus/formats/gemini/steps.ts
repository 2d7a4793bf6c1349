import type { Json } from "../../../mock/types.js";
import type { JsonObject } from "../../ask.js";
import { field, isObject, list } from "../../json.js";
import type { Step } from "../format.js";

/** The body with each content changed. */
function eachContent(change: (content: JsonObject) => JsonObject): Step {
  return (body) => {
    const contents = list(body, "contents").map((content) => (isObject(content) ? change({ ...content }) : content));
    const prompt = body["systemInstruction"];
    return {
      ...body,
      contents,
      ...(isObject(prompt) ? { systemInstruction: change({ ...prompt }) } : {}),
    };
  };
}

/** Contents with each part changed. */
function eachPart(change: (part: JsonObject) => JsonObject): Step {
  return eachContent((content) => ({
    ...content,
    parts: list(content, "parts").map((part) => (isObject(part) ? change({ ...part }) : part)),
  }));
}

/** Changes of bodies by the names in `spec/requests/gemini.yaml`. */
export const steps: Readonly<Record<string, Step>> = {
  thoughtsSaid: eachPart(({ thought, ...part }) => (thought === true ? { thought, ...part } : part)),
  resultTexts: eachPart((part) => {
    const result = field(part, "functionResponse");
    const said = field(field(result, "response"), "result");
    if (!isObject(result) || said === undefined) return part;
    const words = typeof said === "string" ? said : JSON.stringify(said);
    return { ...part, functionResponse: { ...result, response: { result: words } } };
  }),
  joinedContents: (body) => {
    const joined: JsonObject[] = [];
    for (const content of list(body, "contents")) {
      const last = joined.at(-1);
      if (!isObject(content)) continue;
      if (last && last["role"] === content["role"] && !hasResult(last) && !hasResult(content)) {
        joined[joined.length - 1] = { ...last, parts: [...list(last, "parts"), ...list(content, "parts")] };
      } else joined.push({ ...content });
    }
    return { ...body, contents: joined };
  },
  resultsSorted: eachContent((content) => {
    const parts = [...list(content, "parts")];
    if (!hasResult(content)) return content;
    const key = (part: Json) =>
      JSON.stringify(field(field(part, "functionResponse"), "name") ?? "") + JSON.stringify(part);
    return { ...content, parts: parts.sort((a, b) => (key(a) < key(b) ? -1 : 1)) };
  }),
  toolsApart: (body) => {
    const tools = body["tools"];
    if (!Array.isArray(tools)) return body;
    const entries = tools.flatMap((tool) => Object.entries(isObject(tool) ? tool : {}));
    const kept = entries.filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0));
    const sorted = kept.sort(([a], [b]) => (a < b ? 1 : -1)).map(([name, value]): Json => ({ [name]: value }));
    const { tools: _, ...rest } = body;
    return sorted.length === 0 ? rest : { ...rest, tools: sorted };
  },
  camelCase: (body) => {
    const calling = field(body["toolConfig"], "functionCallingConfig");
    if (!isObject(calling)) return body;
    const { allowed_function_names: names, ...rest } = calling;
    const named = names === undefined ? rest : { ...rest, allowedFunctionNames: names };
    return { ...body, toolConfig: { functionCallingConfig: named } };
  },
};

function hasResult(content: JsonObject): boolean {
  return list(content, "parts").some((part) => field(part, "functionResponse") !== undefined);
}
