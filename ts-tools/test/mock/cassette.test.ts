import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readCassette } from "../../src/mock/cassette.js";
import { post, withMock } from "./client.js";

const folder = mkdtempSync(join(tmpdir(), "llmspell-cassette-"));
afterAll(() => rmSync(folder, { recursive: true }));

const exchange = (status: number, body: string) => `when:
  path: /v1/chat/completions
  method: POST
  body: '{}'
then:
  status: ${status}
  header:
  - name: Content-Type
    value: text/event-stream
  - name: content-encoding
    value: br
  body: ${JSON.stringify(body)}
`;
writeFileSync(join(folder, "two.yaml"), `${exchange(200, "data: a\n\n")}---\n${exchange(500, "broken")}`);

describe("a cassette", () => {
  it("answers with the exchange that is asked for, relative to the scenario's file", async () => {
    const scenario = {
      exchanges: [{ respond: { cassette: "two.yaml" } }, { respond: { cassette: { file: "two.yaml", exchange: 1 } } }],
    };
    await withMock(
      scenario,
      async (mock) => {
        const first = await post(mock, {});
        expect([first.status, first.headers.get("content-type"), await first.text()]).toEqual([
          200,
          "text/event-stream",
          "data: a\n\n",
        ]);
        const second = await post(mock, {});
        expect([second.status, await second.text()]).toEqual([500, "broken"]);
      },
      join(folder, "scenario.yaml"),
    );
  });

  it("that is not there makes the answer say so", async () => {
    const scenario = { exchanges: [{ respond: { cassette: { file: "two.yaml", exchange: 2 } } }] };
    await withMock(
      scenario,
      async (mock) => {
        const answer = await post(mock, {});
        expect(answer.status).toBe(500);
        expect(await answer.text()).toMatch(/two\.yaml: has 2 exchanges, so there is no exchange 2/);
      },
      join(folder, "scenario.yaml"),
    );
  });

  // Recordings made by others: present where LLMSPELL_CORPUS names their folder.
  it.skipIf(!process.env["LLMSPELL_CORPUS"])("of the corpus is read (needs LLMSPELL_CORPUS)", () => {
    const name = String(
      readdirSync(join(String(process.env["LLMSPELL_CORPUS"]), "openai", "agent")).find((file) =>
        file.endsWith(".yaml"),
      ),
    );
    const recorded = readCassette(`corpus:openai/agent/${name}`, "anywhere.yaml");
    expect(recorded.status).toBe(200);
    expect(recorded.body.length).toBeGreaterThan(0);
  });
});
