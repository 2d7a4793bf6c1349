import { existsSync, readFileSync } from "node:fs";
import { parse } from "yaml";
import type { Json } from "../mock/types.js";
import type { JsonObject } from "./ask.js";
import type { Step } from "./formats/format.js";
import { isObject, same } from "./json.js";

/**
 * A way in which a sent request may differ from the recorded one, as `spec/requests/<format>.yaml` describes it: either a
 * place with the values that may stand there, or a step that changes both bodies.
 */
export interface Rule {
  /** What differs and why. */
  readonly differs: string;
  /** Path of keys; `*` is any one, `**` any number of them. */
  readonly at?: string;
  /** Values that may have been recorded; `absent` stands for none, and a list that is not there for any. */
  readonly recorded?: readonly Json[];
  /** Values that may be sent. */
  readonly sent?: readonly Json[];
  /** Name of a step of the format. */
  readonly step?: string;
}

/** One place where two bodies differ; undefined where one has nothing. */
export interface Difference {
  readonly path: readonly string[];
  readonly recorded: Json | undefined;
  readonly sent: Json | undefined;
}

/** How a sent request compares with the recorded one. */
export interface RequestVerdict {
  /** Numbers of the rules that were needed. */
  readonly rules: readonly number[];
  /** What no rule covers. */
  readonly differences: readonly Difference[];
}

/** Reads the rules of a file; none when there is no file. */
export function readRules(file: string): Rule[] {
  return existsSync(file) ? (parse(readFileSync(file, "utf8")) as Rule[]) : [];
}

/** Compares a sent body with the recorded one, whatever the order of keys. */
export function compareRequests(
  recorded: JsonObject,
  sent: JsonObject,
  rules: readonly Rule[],
  steps: Readonly<Record<string, Step>>,
): RequestVerdict {
  const used = new Set<number>();
  let [left, right] = [recorded, sent];
  const uncovered = (note: (rule: number) => void) =>
    differencesOf(left, right, []).filter((difference) => {
      const rule = rules.findIndex((one) => covers(one, difference));
      if (rule >= 0) note(rule);
      return rule < 0;
    });
  const none = () => undefined;
  rules.forEach((rule, at) => {
    const step = rule.step === undefined ? undefined : steps[rule.step];
    if (rule.step !== undefined && !step) throw new Error(`there is no step named ${rule.step}`);
    if (!step) return;
    const before = uncovered(none).length;
    if (before === 0) return;
    const [oldLeft, oldRight] = [left, right];
    left = step(left, "recorded");
    right = step(right, "sent");
    if (same(oldLeft, left) && same(oldRight, right)) return;
    if (uncovered(none).length <= before) used.add(at);
    else [left, right] = [oldLeft, oldRight];
  });
  const differences = uncovered((rule) => used.add(rule));
  return { rules: [...used].sort((a, b) => a - b), differences };
}

function differencesOf(recorded: Json | undefined, sent: Json | undefined, path: readonly string[]): Difference[] {
  if (same(recorded, sent)) return [];
  if (isObject(recorded) && isObject(sent)) {
    const names = new Set([...Object.keys(recorded), ...Object.keys(sent)]);
    return [...names].flatMap((name) => differencesOf(recorded[name], sent[name], [...path, name]));
  }
  if (Array.isArray(recorded) && Array.isArray(sent) && recorded.length === sent.length) {
    return recorded.flatMap((item, at) => differencesOf(item, sent[at], [...path, String(at)]));
  }
  return [{ path, recorded, sent }];
}

function covers(rule: Rule, { path, recorded, sent }: Difference): boolean {
  if (rule.at === undefined) return false;
  return leadsTo(rule.at.split("/").slice(1), path) && allows(rule.recorded, recorded) && allows(rule.sent, sent);
}

function leadsTo(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === "**") return path.some((_, at) => leadsTo(rest, path.slice(at))) || leadsTo(rest, []);
  return path.length > 0 && (first === "*" || first === path[0]) && leadsTo(rest, path.slice(1));
}

function allows(values: readonly Json[] | undefined, value: Json | undefined): boolean {
  if (values === undefined) return true;
  return values.some((one) => (one === "absent" ? value === undefined : same(one, value)));
}

/** A difference in words. */
export function shownDifference({ path, recorded, sent }: Difference): string {
  const show = (value: Json | undefined) => {
    const text = value === undefined ? "nothing" : JSON.stringify(value);
    return text.length <= 300 ? text : `${text.slice(0, 300)}… (${text.length} characters)`;
  };
  return `request /${path.join("/")}: recorded is ${show(recorded)}, sent ${show(sent)}`;
}
