import { afterEach, describe, expect, it } from "vitest";
import { Nginx, until } from "../../src/nginx/nginx.js";
import { content, DEMO } from "./support/conf.js";

const RELOADS = 50;

describe("workers", () => {
  let nginx: Nginx | undefined;
  afterEach(() => nginx?.stop());

  it("come and go under load without a lost answer, and leave no socket behind", async () => {
    const running = await Nginx.start({
      http: DEMO,
      workers: 2,
      server: content("chat", `local text, message = demo:fork():chat("say hello") ngx.say(text or message)`),
    });
    nginx = running;
    let asking = true;
    const answers: string[] = [];
    const askers = Array.from({ length: 8 }, async () => {
      while (asking) {
        const response = await fetch(`${running.url}/chat`, { headers: { connection: "close" } });
        answers.push((await response.text()).trim());
      }
    });
    const before: number[] = [];
    for (let round = 0; round < RELOADS; round += 1) {
      before.push(...running.workers());
      running.reload();
      await new Promise((wake) => setTimeout(wake, 200));
    }
    asking = false;
    await Promise.all(askers);
    expect(new Set(answers), running.log()).toEqual(new Set(["hello"]));
    await running.ended(before);
    await until("the workers of the last reload are alone", () => Promise.resolve(running.workers().length === 2));
    expect(running.problems()).toEqual([]);
    await running.quit();
    expect(running.sockets()).toEqual([]);
  });

  it("exit after a first chat that began when they were told to", async () => {
    nginx = await Nginx.start({
      http: DEMO,
      server: content(
        "late",
        `while not ngx.worker.exiting() do ngx.sleep(0.01) end
         ngx.sleep(ngx.var.arg_after)
         ngx.say((demo:fork():chat("say hello")))`,
      ),
    });
    for (let round = 0; round < 5; round += 1) {
      const old = nginx.workers();
      const answers = [0.001, 0.05, 0.1].map((after) => nginx?.get(`/late?after=${after}`));
      await nginx.served(3);
      nginx.reload();
      expect(await Promise.all(answers)).toEqual(["hello", "hello", "hello"]);
      await nginx.ended(old);
    }
    expect(nginx.problems()).toEqual([]);
  });

  it("exit although a task of theirs was killed", async () => {
    nginx = await Nginx.start({
      http: DEMO,
      server: content(
        "killed",
        `local thread = ngx.thread.spawn(function() return demo:fork():chat("slowly " .. ("word "):rep(5000)) end)
         ngx.sleep(0.1)
         ngx.thread.kill(thread)
         ngx.say("killed")`,
      ),
    });
    expect(await nginx.get("/killed")).toBe("killed");
    const old = nginx.workers();
    nginx.reload();
    await nginx.ended(old);
    expect(nginx.problems()).toEqual([]);
  });
});
