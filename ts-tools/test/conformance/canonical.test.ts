import { describe, expect, it } from "vitest";
import { canonical } from "../../src/conformance/canonical.js";
import type { JsonObject } from "../../src/conformance/types.js";

const same = (a: JsonObject, b: JsonObject) => expect(canonical(a)).toBe(canonical(b));
const different = (a: JsonObject, b: JsonObject) => expect(canonical(a)).not.toBe(canonical(b));
const events = (...list: JsonObject[]): JsonObject => ({ events: { s: list } });

describe("the canonical form", () => {
  it("knows no order of keys, no null members and no spelling of numbers", () => {
    same(
      { steps: { a: { ok: { x: 1, y: null } } } },
      { steps: { a: { ok: JSON.parse('{"y":null,"x":1.0}') as JsonObject } } },
    );
    same({ calls: [{ a: 1, b: 2 }] }, { calls: [{ b: 2, a: 1 }] });
    different({ calls: [null] }, { calls: [] });
  });

  it("numbers ids by their first appearance", () => {
    const log = (run: string, call: string) =>
      events(
        { run_id: run, type: "run_start", seq: 1 },
        { run_id: run, type: "tool_call", tool_call_id: call, seq: 2 },
        { run_id: run, type: "done", result: { tool_calls: [{ id: call }] }, seq: 3 },
      );
    same(log("run_8f", "x9"), log("run_01", "y1"));
    expect(canonical(log("run_8f", "x9"))).toContain('"id": "call_1"');
    different(events({ run_id: "a" }, { run_id: "a" }), events({ run_id: "a" }, { run_id: "b" }));
  });

  it("has no times, addresses and ports", () => {
    same({ steps: { a: { ok: { execution_time_ms: 3 } } } }, { steps: { a: { ok: { execution_time_ms: 99 } } } });
    same(
      events({ run_id: "a", text: "at http://127.0.0.1:4123/s/7/v1 or 127.0.0.1:4123" }),
      events({ run_id: "a", text: "at http://127.0.0.1:9/s/12/v1 or 127.0.0.1:9" }),
    );
  });

  it("keeps of a failed step its kind, but of misuse nothing else", () => {
    const failed = (error: JsonObject): JsonObject => ({ steps: { a: { error } } });
    same(failed({ kind: "busy", message: "one" }), failed({ kind: "busy", message: "two" }));
    different(failed({ kind: "busy" }), failed({ kind: "auth" }));
    different(failed({ kind: "auth", http_status: 401 }), failed({ kind: "auth", http_status: 403 }));
    same(failed({ kind: "config", code: 1002 }), failed({ kind: "argument", message: "raised" }));
  });

  it("keeps the order and the numbers of events, but not where a cancel fell", () => {
    different(events({ run_id: "a", seq: 1 }), events({ run_id: "a", seq: 2 }));
    same(events({ run_id: "a", type: "cancelled", seq: 4 }), events({ run_id: "a", type: "cancelled", seq: 9 }));
    same(events({ type: "error", seq: 1, step: 0 }), events({ type: "error" }));
    different(
      events({ run_id: "a", type: "x" }, { run_id: "a", type: "y" }),
      events({ run_id: "a", type: "y" }, { run_id: "a", type: "x" }),
    );
  });

  it("keeps of what the server saw the requests and their bodies", () => {
    const seen = (request: JsonObject): JsonObject => ({ seen: { requests: [request], mismatches: [], unused: 0 } });
    same(
      seen({ body: { a: 1 }, headers: { host: "a" }, connection: 1, aborted: true }),
      seen({ body: { a: 1 }, connection: 2 }),
    );
    different(seen({ body: { a: 1 } }), seen({ body: { a: 2 } }));
  });
});
