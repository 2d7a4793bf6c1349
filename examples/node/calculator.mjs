// A tool: + - * / ^ and parentheses, read by hand, because `eval` would run whatever a model was talked into.
import { createTool } from "@rs/llmspell";

/** What binds least comes first; the strongest reads from the right. */
const LEVELS = [
  { "+": (a, b) => a + b, "-": (a, b) => a - b },
  { "*": (a, b) => a * b, "/": (a, b) => a / b },
];
const MOST_NESTED = 50;

class Reader {
  #tokens;
  #at = 0;
  #nested = 0;

  constructor(text) {
    this.#tokens = text.match(/\d+(?:\.\d+)?|\.\d+|\S/g) ?? [];
  }

  whole() {
    const value = this.#level(0);
    if (this.#at < this.#tokens.length) throw new Error(`cannot read on at ${this.#tokens[this.#at]}`);
    if (!Number.isFinite(value)) throw new Error("the result is no number");
    return value;
  }

  #take(wanted) {
    const token = this.#tokens[this.#at];
    if (token === undefined || !wanted(token)) return undefined;
    this.#at++;
    return token;
  }

  #level(level) {
    const operators = LEVELS[level];
    if (operators === undefined) return this.#sign();
    let value = this.#level(level + 1);
    for (;;) {
      const operator = this.#take((token) => Object.hasOwn(operators, token));
      if (operator === undefined) return value;
      value = operators[operator](value, this.#level(level + 1));
    }
  }

  #sign() {
    if (++this.#nested > MOST_NESTED) throw new Error("the expression is too deep");
    const value = this.#take((token) => token === "-") ? -this.#sign() : this.#power();
    this.#nested--;
    return value;
  }

  #power() {
    const base = this.#single();
    return this.#take((token) => token === "^") ? base ** this.#sign() : base;
  }

  #single() {
    if (this.#take((token) => token === "(")) {
      const value = this.#level(0);
      if (!this.#take((token) => token === ")")) throw new Error("a ) is missing");
      return value;
    }
    const number = this.#take((token) => /^[.\d]/.test(token));
    if (number === undefined) throw new Error(`expected a number, got ${this.#tokens[this.#at] ?? "nothing"}`);
    return Number(number);
  }
}

export const calculator = createTool({
  name: "calculator",
  description: "Calculates an arithmetic expression exactly, such as (2 + 3) * 4 ^ 2",
  schema: {
    type: "object",
    properties: { expression: { type: "string", maxLength: 200, description: "with + - * / ^ and parentheses" } },
    required: ["expression"],
  },
  execute: ({ expression }) => new Reader(expression).whole(),
});
