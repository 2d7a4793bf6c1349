import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Nginx, until } from "../../src/nginx/nginx.js";
import { content } from "./support/conf.js";

/** Notes what a chat in a phase said. */
const NOTE = `function note(phase)
  local text, message, details = demo:fork():chat("say hello")
  ngx.shared.said:set(phase, text or details.kind .. ": " .. message)
end`;

const SERVER = [
  content("said", `ngx.say(ngx.shared.said:get(ngx.var.arg_phase))`),
  content("plain", `ngx.say("plain")`),
  `location = /set { set_by_lua_block $nothing { note("set") return "" } return 200 "x"; }`,
  `location = /header_filter { return 200 "x"; header_filter_by_lua_block { note("header_filter") } }`,
  `location = /body_filter { return 200 "x"; body_filter_by_lua_block { note("body_filter") } }`,
  `location = /log { return 200 "x"; log_by_lua_block { note("log") } }`,
  `location = /balancer { proxy_pass http://balanced/plain; }`,
  content(
    "resumed",
    `local chats = coroutine.create(function(word)
       while true do word = coroutine.yield((demo:fork():chat("say " .. word))) end
     end)
     local _, one = coroutine.resume(chats, "one")
     local _, two = coroutine.resume(chats, "two")
     ngx.say(one, " ", two)`,
  ),
  content(
    "generator",
    `local events = coroutine.wrap(function()
       for event in demo:fork():stream("say a b c") do
         if event.type == "text_delta" then coroutine.yield(event.text) end
       end
     end)
     for text in events do ngx.print("[", text, "]") end`,
  ),
  content(
    "handlers",
    `local seen = {}
     local agent = llmspell.agent{ provider = "demo",
       tools = { { name = "weather", description = "weather of a city",
         schema = { type = "object", properties = { city = { type = "string" } } },
         needs_approval = true,
         execute = function() ngx.sleep(0.01) return (demo:fork():chat("say rain")) end } },
       hooks = { before_model = function() ngx.sleep(0.01) seen[#seen + 1] = "hook" end },
       on_approval = function() ngx.sleep(0.01) seen[#seen + 1] = "approval" return true end }
     local text = agent:execute{ input = "weather in Paris" }.text
     seen[#seen + 1] = text
     ngx.say(table.concat(seen, ", "))`,
  ),
].join("\n");

describe("phases", () => {
  let nginx: Nginx;
  const folder = mkdtempSync(join(tmpdir(), "llmspell-tls-"));
  const [certificate, key] = [join(folder, "certificate.pem"), join(folder, "key.pem")];

  beforeAll(async () => {
    const names = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-subj", "/CN=localhost"];
    execFileSync("openssl", ["req", "-x509", "-nodes", "-days", "2", ...names, "-keyout", key, "-out", certificate], {
      stdio: "ignore",
    });
    nginx = await Nginx.start({
      http: (own) => `lua_shared_dict said 1m;
        init_by_lua_block {
          llmspell = require("llmspell")
          demo = llmspell.agent{ provider = "demo" }
          ${NOTE}
          note("init")
        }
        init_worker_by_lua_block { note("init_worker") ngx.timer.at(0, function() note("timer") end) }
        upstream balanced {
          server 0.0.0.1;
          balancer_by_lua_block {
            note("balancer")
            require("ngx.balancer").set_current_peer("127.0.0.1", tonumber(ngx.var.server_port))
          }
        }
        server {
          listen unix:${own}/tls ssl;
          ssl_certificate ${certificate};
          ssl_certificate_key ${key};
          ssl_certificate_by_lua_block { note("ssl_certificate") }
          server_rewrite_by_lua_block { note("server_rewrite") }
          location / { content_by_lua_block { note("content_after_certificate") ngx.say("secret") } }
        }`,
      server: SERVER,
    });
  });
  afterAll(async () => {
    await nginx.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const said = (phase: string): Promise<string> => nginx.get(`/said?phase=${encodeURIComponent(phase)}`);

  it("wait in the handshake of TLS and before and after it", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ path: join(nginx.folder, "tls"), servername: "localhost", rejectUnauthorized: false });
      let text = "";
      socket.once("secureConnect", () => socket.write("GET / HTTP/1.0\r\n\r\n"));
      socket.on("data", (bytes) => {
        text += bytes.toString();
      });
      socket.once("end", () => resolve(text));
      socket.once("error", reject);
    });
    expect(answer, nginx.log()).toContain("secret");
    for (const phase of ["ssl_certificate", "server_rewrite", "content_after_certificate"]) {
      expect(await said(phase), phase).toBe("hello");
    }
  });

  it.each([
    ["set", /the phase set cannot wait; use rewrite_by_lua/],
    ["header_filter", /make the call in access or content/],
    ["body_filter", /make the call in access or content/],
    ["log", /ngx\.timer\.at/],
    ["balancer", /make the call in access/],
  ])("%s says what to do instead", async (phase, instead) => {
    await nginx.get(`/${phase}`);
    await until("it is said", async () => (await said(phase)) !== "nil");
    expect(await said(phase)).toMatch(/^unsupported_context: /);
    expect(await said(phase)).toMatch(instead);
  });

  it.each([
    ["init", /build agents here/],
    ["init_worker", /ngx\.timer\.at/],
  ])("%s says what to do instead", async (phase, instead) => {
    expect(await said(phase)).toMatch(/^unsupported_context: /);
    expect(await said(phase)).toMatch(instead);
  });

  it("a timer that init_worker starts", async () => {
    await until("the timer has run", async () => (await said("timer")) === "hello");
  });

  it.each([
    ["resumed", "one two"],
    ["generator", "[a][ b][ c]"],
    ["handlers", expect.stringMatching(/^hook, .*rain/)],
  ])("%s", async (path, answer) => {
    expect(await nginx.get(`/${path}`)).toEqual(answer);
  });

  it("leave nothing wrong in the log", () => {
    expect(nginx.problems()).toEqual([]);
  });
});
