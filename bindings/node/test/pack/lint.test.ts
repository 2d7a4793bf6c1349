import { readFileSync } from "node:fs";
import { checkPackage, createPackageFromTarballData } from "@arethetypeswrong/core";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { expect, inject, test } from "vitest";

const buffer = (tarball: string): ArrayBuffer => {
  const bytes = readFileSync(tarball);
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
};

test("attw finds nothing wrong with the types of any entry", async () => {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(buffer(inject("main")))));
  if (analysis.types === false) throw new Error("no types were found");
  expect(analysis.problems).toEqual([]);
  expect(Object.keys(analysis.entrypoints)).toEqual(
    expect.arrayContaining([".", "./server", "./ai", "./langchain", "./testing"]),
  );
});

test.each(["main", "platform"] as const)("publint finds nothing wrong with the package %s", async (name) => {
  const { messages, pkg } = await publint({ pack: { tarball: buffer(inject(name)) }, strict: true });
  expect(messages.map((message) => formatMessage(message, pkg ?? {}))).toEqual([]);
});
