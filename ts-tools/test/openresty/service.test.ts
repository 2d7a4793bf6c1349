import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { repositoryRoot } from "../../src/generate/paths.js";
import { type Mock, startMock } from "../../src/mock/index.js";
import { Nginx } from "../../src/nginx/nginx.js";

const FOLDER = join(repositoryRoot, "examples/openresty/customer-service");

describe("the customer service of the examples", () => {
  let nginx: Nginx | undefined;
  let mock: Mock | undefined;
  afterEach(async () => {
    await nginx?.stop();
    await mock?.close();
  });

  it("answers over its tools, and the worker serves others meanwhile", async () => {
    mock = await startMock({
      exchanges: [
        {
          expect: { path: "/v1/messages" },
          respond: {
            actions: [{ hold: "gate" }],
            anthropic: {
              tool_calls: [{ id: "toolu_1", name: "customer_lookup", arguments: { email: "ada@example.org" } }],
            },
          },
        },
        { respond: { anthropic: { text: "Ada has the plan team." } } },
      ],
    });
    nginx = await Nginx.start({
      env: { ANTHROPIC_API_KEY: "sk-ant-test", ANTHROPIC_BASE_URL: mock.url },
      http: `lua_package_path "${FOLDER}/?.lua;;"; init_by_lua_block { require("setup") }`,
      server: `location = /chat { content_by_lua_block { require("handler").handle_chat_request() } }`,
    });
    let answered = false;
    const chat = fetch(`${nginx.url}/chat`, {
      method: "POST",
      body: JSON.stringify({ message: "I am ada@example.org. Which plan do I have?" }),
    }).then(async (response) => {
      answered = true;
      return response.json();
    });
    await nginx.served(1);
    expect(await nginx.get("/__up")).toBe("up");
    expect(answered).toBe(false);
    mock.release("gate");
    const answer = await chat;
    const { requests } = await mock.seen();
    expect(answer, JSON.stringify(requests)).toEqual({ response: "Ada has the plan team." });
    expect(JSON.stringify(requests[0]?.body)).toContain("You are a customer service assistant");
    expect(JSON.stringify(requests[1]?.body)).toContain("team");
    expect(nginx.problems()).toEqual([]);
  });
});
