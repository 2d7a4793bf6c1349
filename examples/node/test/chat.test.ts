import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Program, repository } from "./support/program.js";

/** Where the pictures go: for people to look at. */
const PICTURES = resolve(repository, process.env["BUILD"] ?? "build/ci", "chat-page");
/** Longer than whatever a test does until it stops it. */
const ENDLESS = `slowly ${Array.from({ length: 100 }, (_, at) => `word${at}`).join(" ")} ${"x ".repeat(3000)}the end`;
const PHONE = { viewport: { width: 375, height: 667 }, deviceScaleFactor: 2, hasTouch: true, isMobile: true };

/** Whether the reader sees it, between the page's head and its field. */
const isInView = (element: Element): boolean =>
  element.getBoundingClientRect().bottom <= (element.closest("main")?.getBoundingClientRect().bottom ?? 0);

describe("the chat page", () => {
  let browser: Browser;
  let server: Program;
  let url: string;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];
  beforeAll(async () => {
    mkdirSync(PICTURES, { recursive: true });
    server = new Program(["node", "chat/server.mjs"], { PORT: "0" });
    url = (await server.shows(/http:\S+/))[0];
    const args = ["--no-sandbox", "--disable-dev-shm-usage"];
    browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
  });
  afterAll(async () => {
    await browser.close();
    await server[Symbol.asyncDispose]();
  });
  beforeEach(() => open());
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
    await page.goto(url);
    await page.getByText("demo/demo-1").waitFor();
  }

  const field = () => page.getByRole("textbox", { name: "Message" });
  const answers = () => page.locator("article.theirs");
  const stop = () => page.getByRole("button", { name: "Stop" });
  const picture = (name: string) => page.screenshot({ path: resolve(PICTURES, `${name}.png`) });

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
    return (await answer.innerText()).trim();
  }

  /** What stands in the way of people who use the page otherwise than by eye and mouse, as axe finds it. */
  async function barriers(): Promise<string[]> {
    await page.addScriptTag({ path: createRequire(import.meta.url).resolve("axe-core/axe.min.js") });
    return page.evaluate(
      "axe.run().then(({ violations }) => violations.map(({ help, nodes }) => help + ': ' + nodes[0].html))",
    );
  }

  it("shows an answer while it comes, and stops it", async () => {
    await picture("empty");
    await type(ENDLESS);
    await answers().getByText("word3 ").waitFor();
    const early = (await answers().innerText()).length;
    await answers().getByText("word20 ").waitFor();
    expect((await answers().innerText()).length).toBeGreaterThan(early);
    await picture("streaming");
    await stop().click();
    await page.getByText("Stopped. This message is not part of the conversation.").waitFor();
    expect(await answers().first().innerText()).not.toContain("the end");
    // to be sent again, or changed
    expect(await field().inputValue()).toBe(ENDLESS);
    await expect.poll(() => page.getByText("Stopped. This").evaluate(isInView), { timeout: 30_000 }).toBe(true);
    await picture("stopped");
    // the run has ended, too: else it would be busy, or remembered
    expect(await ask("What did I say?")).toBe("You said nothing before that.");
  });

  it("stops by Escape", async () => {
    await type(ENDLESS);
    await answers().getByText("word3 ").waitFor();
    await page.keyboard.press("Escape");
    await page.getByText("Stopped. This message").waitFor();
  });

  it("shows calls of tools and their results, and all of it again after a reload", async () => {
    expect(await ask("What is 15 * 23?")).toMatch(/calculator answered[\s\S]*15 \* 23[\s\S]*→ 345[\s\S]*gave 345\.$/);
    expect(await ask("What is 1 / 0?")).toMatch(/calculator failed[\s\S]*no number/);
    await ask("Some `code` and **strong** words:\n```js\nconst x = 1;\n```\ndone");
    await picture("conversation");
    const shown = await page.getByRole("log").innerText();
    await page.reload();
    await page.getByText("const x = 1;").last().waitFor();
    expect(await page.getByRole("log").innerText()).toBe(shown);
    expect(await ask("What did I say?")).toContain("const x = 1;");
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: "Strict" });
  });

  it("tells of a failure without the provider's words, and goes on afterwards", async () => {
    expect(await ask("fail with 401")).toContain("No answer.");
    const banner = page.getByRole("alert");
    expect(await banner.innerText()).toContain("The model could not be asked, or failed.");
    expect(await field().inputValue()).toBe("fail with 401");
    await picture("failure");
    await page.getByRole("button", { name: "Dismiss the message" }).click();
    expect(await banner.isVisible()).toBe(false);
    await ask("one two three four, and break off");
    expect(await banner.isVisible()).toBe(true);
    // a new question takes it away
    expect(await ask("say fine")).toBe("fine");
    expect(await banner.isVisible()).toBe(false);
    await context.setOffline(true);
    await ask("say lost");
    expect(await banner.innerText()).toContain("The server cannot be reached. Try again.");
    await context.setOffline(false);
    expect(await ask("What did I say?")).toBe("Before that you said: say fine");
  });

  it("shows markup of a model as text", async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script> `<b>` ```<i>```';
    expect(await ask(hostile)).toContain('<img src=x onerror="document.title=1">');
    expect(await page.locator("[role=log] :is(img, script, b, i)").count()).toBe(0);
    expect(await page.title()).toBe("Chat");
  });

  it("keeps visitors apart, answers one question at a time, and forgets when it is told to", async () => {
    await ask("say something private");
    const other = await browser.newContext();
    const second = await other.newPage();
    await second.goto(url);
    await second.getByText("demo/demo-1").waitFor();
    expect(await second.locator("article").count()).toBe(0);
    await other.close();
    await type(ENDLESS);
    await answers().last().getByText("word3 ").waitFor();
    const tab = await context.newPage();
    await tab.goto(url);
    await tab.getByText("something private").first().waitFor();
    await tab.getByRole("textbox", { name: "Message" }).fill("Hello");
    await tab.keyboard.press("Enter");
    await tab.getByText("An answer is still on its way").waitFor();
    await tab.close();
    await stop().click();
    await page.getByText("Stopped.").last().waitFor();
    await page.getByRole("button", { name: "New chat" }).click();
    await page.getByText("Ask anything.").waitFor();
    await page.reload();
    await page.getByText("Ask anything.").waitFor();
    expect(await ask("What did I say?")).toBe("You said nothing before that.");
  });

  it("leaves the place of a reader who looks back", async () => {
    await open({ viewport: { width: 375, height: 320 } });
    await type(ENDLESS);
    await answers().getByText("word60 ").waitFor();
    const top = () => page.evaluate("document.querySelector('main').scrollTop");
    expect(await top()).toBeGreaterThan(0);
    await page.evaluate("document.querySelector('main').scrollTo(0, 0)");
    await answers().getByText("word90 ").waitFor();
    expect(await top()).toBe(0);
    await stop().click();
  });

  it.each([
    ["phone-dark", { ...PHONE, colorScheme: "dark" }],
    ["phone-light", { ...PHONE, colorScheme: "light" }],
    ["desk-dark", { colorScheme: "dark" }],
    ["desk-light", { colorScheme: "light" }],
  ] as const)("is good for everybody: %s", async (name, options) => {
    await open({ ...options, bypassCSP: true });
    await ask("What is (1 + 2) * 4?");
    const long = "averyveryverylongwordwithoutanyspace".repeat(4);
    await ask(`This is ${long} and then some more words\n\`\`\`\n${"a long line of code ".repeat(8)}\n\`\`\``);
    await ask("fail with 500");
    await picture(name);
    expect(await barriers()).toEqual([]);
    const wide = page.viewportSize()?.width ?? 0;
    expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(wide);
    const color = (await page.evaluate("getComputedStyle(document.body).backgroundColor")) as string;
    const brightness = Number(/\d+/.exec(color)?.[0]);
    expect(name.endsWith("dark") ? brightness < 60 : brightness > 200).toBe(true);
    await type(ENDLESS);
    const box = await stop().boundingBox();
    expect(box?.height).toBeGreaterThanOrEqual(44);
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(wide);
    expect(await barriers()).toEqual([]);
    await stop().click();
    await page.getByRole("button", { name: "Send" }).waitFor();
    // what can be used is reached by keyboard
    await field().focus();
    await page.keyboard.press("Tab");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Send");
  });
});
