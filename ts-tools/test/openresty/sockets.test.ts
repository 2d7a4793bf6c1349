import { readdirSync, rmSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Nginx, until } from "../../src/nginx/nginx.js";
import { content, DEMO } from "./support/conf.js";

describe("the worker's socket", () => {
  let nginx: Nginx;
  beforeEach(async () => {
    nginx = await Nginx.start({
      http: DEMO,
      server: [
        content("chat", `local text, message = demo:fork():chat("say hello") ngx.say(text or message)`),
        content("slow", `ngx.say((demo:fork():chat("slowly " .. ("word "):rep(150) .. "end")))`),
        content(
          "busy",
          `ngx.update_time() local till = ngx.now() + 1 while ngx.now() < till do ngx.update_time() end ngx.say("busy")`,
        ),
      ].join("\n"),
    });
    expect(await nginx.get("/chat")).toBe("hello");
  });
  afterEach(() => nginx.stop());

  const folder = (): string => join(nginx.folder, "sockets");
  const socket = (): string => join(folder(), nginx.sockets()[0] ?? "", "wake");

  it("may be deleted", async () => {
    for (const name of readdirSync(folder())) rmSync(join(folder(), name), { recursive: true });
    const answers = await Promise.all(Array.from({ length: 20 }, () => nginx.get("/chat")));
    expect(new Set(answers)).toEqual(new Set(["hello"]));
    expect(nginx.problems()).toEqual([]);
  });

  it("refuses strangers, however many", async () => {
    const refused = Array.from(
      { length: 300 },
      () =>
        new Promise<string>((done) => {
          const stranger = createConnection(socket());
          let heard = "";
          stranger.on("data", (bytes) => {
            heard += bytes.toString("hex");
          });
          stranger.on("error", () => {});
          stranger.once("close", () => done(heard));
          stranger.write("news\n");
        }),
    );
    const answers = await Promise.all(Array.from({ length: 20 }, () => nginx.get("/chat")));
    expect(new Set(answers)).toEqual(new Set(["hello"]));
    expect(new Set(await Promise.all(refused)), "what strangers heard").toEqual(new Set([""]));
    expect(nginx.problems()).toEqual([]);
  });

  it("of a worker that was killed is in nobody's way", async () => {
    const [killed = 0] = nginx.workers();
    const [left] = nginx.sockets();
    process.kill(killed, "SIGKILL");
    await until("another worker runs", () => Promise.resolve(nginx.workers().some((pid) => pid !== killed)));
    await until("it answers", async () => (await nginx.get("/chat")) === "hello");
    await until("its socket is swept", () => Promise.resolve(!nginx.sockets().includes(left ?? "")));
    expect(nginx.sockets()).toHaveLength(1);
    expect(nginx.problems().filter((line) => !line.includes("exited on signal 9"))).toEqual([]);
  });

  it("tells after a handler that did not yield", async () => {
    const slow = nginx.get("/slow");
    await nginx.served(1);
    const busy = nginx.get("/busy");
    expect(await busy).toBe("busy");
    expect(await slow).toContain("word end");
    expect(nginx.problems()).toEqual([]);
  });
});
