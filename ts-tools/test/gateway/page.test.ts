import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { repositoryRoot } from "../../src/generate/paths.js";
import { startMock } from "../../src/mock/index.js";
import { until } from "../../src/nginx/nginx.js";
import { Gateway } from "./support/gateway.js";

/** Where the pictures go: for people to look at. */
const PICTURES = join(resolve(repositoryRoot, process.env["BUILD"] ?? "build/ci"), "gateway");
const slowly = (count: number) => `slowly ${Array.from({ length: count }, (_, at) => `word${at}`).join(" ")}`;
const LONG = slowly(200);
/** Longer than whatever a test does until it stops it. */
const ENDLESS = `${slowly(100)} ${"x ".repeat(3000)}the end`;

const words = async (locator: Locator): Promise<string> => (await locator.textContent()) ?? "";

let browser: Browser;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
});
afterAll(() => browser.close());

describe("the chat page", () => {
  let gateway: Gateway;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    gateway = await Gateway.start({ MODEL: "demo/demo-1" });
  });
  afterAll(() => gateway.stop());
  beforeEach(async () => {
    await open();
  });
  afterEach(async () => {
    expect(complaints).toEqual([]);
    await context.close();
  });

  async function open(options: Parameters<Browser["newContext"]>[0] = {}): Promise<void> {
    await context?.close();
    context = await browser.newContext({ viewport: { width: 1000, height: 720 }, ...options });
    context.setDefaultTimeout(60_000);
    page = await context.newPage();
    complaints = [];
    page.on("console", (message) => {
      // Chromium itself tells of answers that are not 200
      if (message.type() === "error" && !/Failed to load resource/.test(message.text()))
        complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(gateway.url);
    await page.getByText("demo/demo-1").waitFor();
  }

  const field = () => page.getByRole("textbox", { name: "Message" });
  const answers = () => page.locator("article.theirs");
  const stop = () => page.getByRole("button", { name: "Stop" });

  async function type(message: string): Promise<void> {
    await field().fill(message);
    await field().press("Enter");
  }

  /** Sends a message and waits for the end of the answer. */
  async function ask(message: string): Promise<string> {
    const count = await answers().count();
    await type(message);
    const answer = answers().nth(count);
    await answer.and(page.locator("[aria-busy=false]")).waitFor();
    return (await words(answer)).trim();
  }

  /** What stands in the way of people who use the page otherwise than by eye and mouse, as axe finds it. */
  async function barriers(): Promise<string[]> {
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
    return page.evaluate(
      "axe.run().then(({ violations }) => violations.map(({ help, nodes }) => help + ': ' + nodes[0].html))",
    );
  }

  const picture = (name: string) => page.screenshot({ path: join(PICTURES, `${name}.png`) });

  it("shows an answer while it comes", async () => {
    await picture("empty");
    await type(ENDLESS);
    await stop().waitFor();
    const lengths: number[] = [];
    for (let looks = 0; looks < 3; looks++) {
      const before = lengths.at(-1) ?? 0;
      await until("the answer grows", async () => (await words(answers().first())).length > before + 20);
      lengths.push((await words(answers().first())).length);
    }
    await picture("streaming");
    await stop().click();
    await gateway.inFlight(0);
    expect(await ask(slowly(10))).toContain("word9");
    expect(await field().inputValue()).toBe("");
    expect(await page.getByRole("status").textContent()).toBe("The answer is complete.");
  });

  it("shows calls of tools and their results, and all of it again after a reload", async () => {
    expect(await ask("What is 15 * 23?")).toContain("calculator gave 345.");
    const card = page.locator("details.tool");
    expect(await words(card)).toMatch(/calculator answered[\s\S]*15 \* 23[\s\S]*→ 345/);
    await ask("Some `code` and **strong** words:\n```lua\nlocal x = 1\n```\ndone");
    await picture("conversation");
    const shown = await words(page.locator("#log"));
    await page.reload();
    await page.getByText("local x = 1").last().waitFor();
    expect(await words(page.locator("#log"))).toBe(shown);
    expect(await ask("What did I say?")).toContain("local x = 1");
    expect(await gateway.figure('gateway_tool_calls_total{tool="calculator",failed="false"}')).toBe(1);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
  });

  it("shows why a tool failed", async () => {
    await ask("What is 1 / 0?");
    expect(await words(page.locator("details.tool.failed"))).toMatch(/calculator failed[\s\S]*no number/);
  });

  it.each([
    ["the button", () => stop().click()],
    ["Escape", () => page.keyboard.press("Escape")],
  ])("stops an answer by %s, and its run", async (_, press) => {
    await type(ENDLESS);
    await page.getByText("word3 ").last().waitFor();
    await gateway.inFlight(1);
    await press();
    await page.getByText("Stopped. This message is not part of the conversation.").waitFor();
    await gateway.inFlight(0);
    expect(await words(answers().first())).not.toContain("the end");
    // to be sent again, or changed
    expect(await field().inputValue()).toBe(ENDLESS);
    await picture("stopped");
    expect(await ask("What did I say?")).toBe("You said nothing before that.");
  });

  it("tells of a failure, and goes on afterwards", async () => {
    expect(await ask("fail with 401")).toContain("No answer.");
    const banner = page.getByRole("alert");
    expect(await words(banner)).toContain("The model could not be asked. Try again later.");
    await picture("failure");
    await page.getByRole("button", { name: "Dismiss the message" }).click();
    expect(await banner.isVisible()).toBe(false);
    expect(await ask("say fine")).toBe("fine");
    await ask("one two three four, and break off");
    expect(await banner.isVisible()).toBe(true);
    // a new question takes it away
    await ask("say fine");
    expect(await banner.isVisible()).toBe(false);
  });

  it("shows markup of a model as text", async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script> `<b>` ```<i>```';
    await ask(hostile);
    expect(await words(answers().first())).toContain('<img src=x onerror="document.title=1">');
    expect(await page.locator("#log :is(img, script, b, i)").count()).toBe(0);
    await page.reload();
    await page.getByText("onerror").first().waitFor();
    expect(await page.locator("#log :is(img, script, b, i)").count()).toBe(0);
    expect(await page.title()).toBe("Chat");
  });

  it("keeps visitors apart, and forgets when it is told to", async () => {
    await ask("say something private");
    const first = context;
    const other = await browser.newContext();
    const second = await other.newPage();
    await second.goto(gateway.url);
    await second.getByText("demo/demo-1").waitFor();
    expect(await second.locator("article").count()).toBe(0);
    await other.close();
    context = first;
    await page.getByRole("button", { name: "New chat" }).click();
    await page.getByText("Ask anything.").waitFor();
    await page.reload();
    await page.getByText("Ask anything.").waitFor();
    expect(await ask("What did I say?")).toBe("You said nothing before that.");
  });

  it("answers one question at a time, also from two tabs", async () => {
    await type(ENDLESS);
    await stop().waitFor();
    await gateway.inFlight(1);
    const tab = await context.newPage();
    await tab.goto(gateway.url);
    await tab.getByRole("textbox", { name: "Message" }).fill("Hello");
    await tab.keyboard.press("Enter");
    await tab.getByText("An answer is still on its way").waitFor();
    await stop().click();
    await gateway.inFlight(0);
  });

  it("goes on over a reload of nginx", async () => {
    await ask("say before");
    await type(LONG);
    await page.getByText("word3 ").last().waitFor();
    gateway.reload();
    await page.getByText("word199").last().waitFor();
    await answers().nth(1).and(page.locator("[aria-busy=false]")).waitFor();
    expect(await page.getByRole("alert").isVisible()).toBe(false);
    await page.reload();
    await page.getByText("word199").last().waitFor();
    expect(await page.locator("article").count()).toBe(4);
    expect(await ask("What did I say?")).toContain("word199");
  });

  it("is good on a phone in the dark, and without a mouse", async () => {
    await open({
      viewport: { width: 375, height: 667 },
      deviceScaleFactor: 2,
      hasTouch: true,
      isMobile: true,
      colorScheme: "dark",
      bypassCSP: true,
    });
    await ask("What is (1 + 2) * 4?");
    await ask(
      `This is ${"averyveryverylongwordwithoutanyspace".repeat(4)} and then some more words\n\`\`\`\n${"a long line of code ".repeat(8)}\n\`\`\``,
    );
    await picture("phone-dark");
    expect(await barriers()).toEqual([]);
    const wide = await page.evaluate("document.documentElement.scrollWidth");
    expect(wide).toBe(375);
    const color = (await page.evaluate("getComputedStyle(document.body).backgroundColor")) as string;
    expect(Number(/\d+/.exec(color)?.[0])).toBeLessThan(60);
    const send = await page.getByRole("button", { name: "Send" }).boundingBox();
    expect(send?.height).toBeGreaterThanOrEqual(44);
    expect((send?.x ?? 0) + (send?.width ?? 0)).toBeLessThanOrEqual(375);
    // everything that can be used has a name and can be reached by keyboard
    expect(await page.getByRole("log", { name: "Conversation" }).getAttribute("aria-live")).toBe("polite");
    await field().focus();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.id")).toBe("send");
  });

  it("looks well in the light on a phone, and in the dark on a desk", async () => {
    const phone = { viewport: { width: 375, height: 667 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true };
    await open({ ...phone, bypassCSP: true });
    await ask("What is 2 ^ 10?");
    await ask("fail with 401");
    await picture("phone-light");
    expect(await barriers()).toEqual([]);
    await open({ colorScheme: "dark" });
    await ask("What is 2 ^ 10?");
    await type(ENDLESS);
    await page.getByText("word20 ").last().waitFor();
    await picture("desk-dark");
    await stop().click();
    await gateway.inFlight(0);
  });

  it("left nothing unexpected in the log", () => {
    expect(gateway.problems()).toEqual([]);
  });
});

describe("the chat page in front of a provider", () => {
  it("stops the provider, too", async () => {
    const mock = await startMock({
      exchanges: [{ respond: { chat: { text: "Hi there" }, actions: [{ stall: { event: 3 } }] } }],
    });
    const env = { MODEL: "openai/gpt-4o", OPENAI_API_KEY: "sk-provider-secret", OPENAI_BASE_URL: `${mock.url}/v1` };
    const gateway = await Gateway.start(env);
    const context = await browser.newContext();
    try {
      const page = await context.newPage();
      await page.goto(gateway.url);
      await page.getByRole("textbox", { name: "Message" }).fill("Hello");
      await page.getByRole("button", { name: "Send" }).click();
      await page.locator(".theirs").getByText("Hi").waitFor();
      await page.getByRole("button", { name: "Stop" }).click();
      await until("the provider's connection is closed", () => mock.until({ aborted: 1 }));
      await gateway.inFlight(0);
      expect(gateway.problems()).toEqual([]);
    } finally {
      await context.close();
      await gateway.stop();
      await mock.close();
    }
  });
});
