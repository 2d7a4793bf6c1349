import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { CargoPackage } from "../../src/house/dependencies.js";
import { objections, readPolicy } from "../../src/house/dependencies.js";
import { isAllowed } from "../../src/house/licences.js";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const policy = readPolicy(readFileSync(`${root}/deny.toml`, "utf8"));

describe("a licence expression", () => {
  const allowed = new Set(["MIT", "Apache-2.0", "ISC", "Apache-2.0 WITH LLVM-exception"]);

  it.each([
    ["MIT", true],
    ["GPL-3.0", false],
    ["MIT OR GPL-3.0", true],
    ["GPL-3.0/MIT", true],
    ["Apache-2.0 AND ISC", true],
    ["Apache-2.0 AND GPL-3.0", false],
    ["(MIT OR GPL-3.0) AND ISC", true],
    ["GPL-3.0 OR (MIT AND GPL-2.0)", false],
    ["MIT OR GPL-3.0 AND GPL-2.0", true],
    ["Apache-2.0 WITH LLVM-exception OR GPL-3.0", true],
    ["MIT WITH Other-exception", false],
  ])("%s is allowed: %s", (expression, expected) => {
    expect(isAllowed(expression, allowed)).toBe(expected);
  });

  it.each(["", "OR MIT", "MIT OR", "(MIT", "MIT)", "MIT ISC"])("%j is none", (expression) => {
    expect(() => isAllowed(expression, allowed)).toThrow(/licence/);
  });
});

describe("the policy", () => {
  const one = (more: Partial<CargoPackage>): CargoPackage[] => [
    { name: "x", version: "1.0.0", license: "MIT", source: null, ...more },
  ];

  it.each<[string, Partial<CargoPackage>, RegExp]>([
    ["a banned crate", { name: "openssl-sys" }, /banned/],
    ["a licence that is not listed", { license: "AGPL-3.0" }, /AGPL-3\.0 is not allowed/],
    ["a crate without a licence", { license: null }, /no licence/],
    ["a crate from a repository", { source: "git+ssh://somewhere/x" }, /not from the registry/],
    ["an exception that is another crate's", { license: "MPL-2.0" }, /MPL-2\.0/],
  ])("refuses %s", (_what, more, reason) => {
    expect(objections(one(more), policy).join("\n")).toMatch(reason);
  });

  it("refuses a second registry", () => {
    const two = [...one({ source: "registry+a" }), ...one({ name: "y", source: "registry+b" })];
    expect(objections(two, policy)).toEqual(["y 1.0.0: from registry+b, not from the registry"]);
  });

  it("lets in what it names", () => {
    expect(objections(one({ name: "cbindgen", license: "MPL-2.0" }), policy)).toEqual([]);
  });
});

it("the dependency tree keeps to deny.toml", () => {
  const parameters = ["metadata", "--format-version", "1", "--locked", "--all-features"];
  const metadata = execFileSync("cargo", parameters, { cwd: root, encoding: "utf8", maxBuffer: 1 << 28 });
  const { packages } = JSON.parse(metadata) as { packages: CargoPackage[] };
  expect(packages.length).toBeGreaterThan(50);
  expect(objections(packages, policy)).toEqual([]);
});
