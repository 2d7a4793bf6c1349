/**
 * Whether an SPDX expression can be fulfilled with the allowed licences: one side of an `OR`, both sides of an `AND`.
 *
 * `/` is read as `OR`, as old manifests mean it. Throws on an expression that is not one.
 */
export function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const tokens = expression.replaceAll("/", " OR ").match(/\(|\)|[^\s()]+/g) ?? [];
  let position = 0;

  const either = (): boolean => {
    let result = both();
    while (tokens[position] === "OR") {
      position++;
      // Not `||`: the right side has to be read in any case.
      const right = both();
      result = result || right;
    }
    return result;
  };
  const both = (): boolean => {
    let result = single();
    while (tokens[position] === "AND") {
      position++;
      const right = single();
      result = result && right;
    }
    return result;
  };
  const single = (): boolean => {
    const token = tokens[position++];
    if (token === "(") {
      const result = either();
      if (tokens[position++] !== ")") throw new Error(`unbalanced brackets in licence ${expression}`);
      return result;
    }
    if (token === undefined || [")", "OR", "AND", "WITH"].includes(token))
      throw new Error(`not a licence expression: ${expression}`);
    if (tokens[position] !== "WITH") return allowed.has(token);
    const exception = tokens[position + 1];
    position += 2;
    return allowed.has(`${token} WITH ${exception}`);
  };

  const result = either();
  if (position !== tokens.length) throw new Error(`not a licence expression: ${expression}`);
  return result;
}
