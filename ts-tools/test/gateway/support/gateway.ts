import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { repositoryRoot } from "../../../src/generate/paths.js";
import { freePort, until } from "../../../src/nginx/nginx.js";

const BUILD = resolve(repositoryRoot, process.env["BUILD"] ?? "build/ci");

/** Keys of the clients that every gateway of these tests knows; `small` may ask three times a minute. */
export const KEYS = { alice: "sk-alice-of-the-tests", bob: "sk-bob-of-the-tests", small: "sk-small-of-the-tests" };

/** A line of the file of keys. */
export function keyLine(name: string, key: string, perMinute: number): string {
  return `${name} ${createHash("sha256").update(key).digest("hex")} ${perMinute}\n`;
}

/** The gateway of examples/, run by its own script in a folder of its own. */
export class Gateway {
  private constructor(
    readonly url: string,
    readonly folder: string,
    private readonly master: ChildProcess,
  ) {}

  static async start(env: Record<string, string> = {}, mode = 0o755): Promise<Gateway> {
    const folder = mkdtempSync(join(tmpdir(), "llmspell-gateway-"));
    chmodSync(folder, mode);
    const clients = [
      keyLine("alice", KEYS.alice, 6000),
      keyLine("bob", KEYS.bob, 6000),
      keyLine("small", KEYS.small, 3),
    ];
    writeFileSync(join(folder, "keys"), `# a comment\n\n${clients.join("")}`);
    const port = await freePort();
    const master = spawn("examples/openresty/gateway/start", [folder, String(port)], {
      cwd: repositoryRoot,
      env: { PATH: process.env["PATH"] ?? "", BUILD, PAGE_REQUESTS_PER_MINUTE: "6000", ...env },
      stdio: ["ignore", "ignore", "inherit"],
    });
    const gateway = new Gateway(`http://127.0.0.1:${port}`, folder, master);
    try {
      await until("the gateway answers", async () => (await fetch(`${gateway.url}/metrics`)).ok);
    } catch (error) {
      await gateway.stop();
      throw new Error(`the gateway did not start:\n${gateway.log()}`, { cause: error });
    }
    return gateway;
  }

  log(name: "error" | "access" = "error"): string {
    const path = join(this.folder, `logs/${name}.log`);
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Lines of the error log that tell of something wrong, but for the failures that tests cause. */
  problems(): string[] {
    return this.log()
      .split("\n")
      .filter((line) => /\[(warn|error|crit|alert|emerg)\]/.test(line) && !/\[warn\].* run of \w+ failed: /.test(line));
  }

  /** Ids of the workers that run. */
  workers(): number[] {
    const path = `/proc/${this.master.pid}/task/${this.master.pid}/children`;
    return readFileSync(path, "utf8").trim().split(/\s+/).filter(Boolean).map(Number);
  }

  reload(): void {
    this.master.kill("SIGHUP");
  }

  async metrics(): Promise<string> {
    return (await fetch(`${this.url}/metrics`)).text();
  }

  /** The value of one series, 0 where there is none. */
  async figure(series: string): Promise<number> {
    const line = (await this.metrics()).split("\n").find((line) => line.startsWith(`${series} `));
    return Number(line?.slice(series.length) ?? 0);
  }

  /** Waits until so many runs are under way. */
  async inFlight(count: number): Promise<void> {
    await until(`${count} runs in flight`, async () => (await this.figure("gateway_runs_in_flight")) === count);
  }

  async stop(): Promise<void> {
    if (this.master.exitCode === null && this.master.signalCode === null) {
      const gone = new Promise((done) => this.master.once("exit", done));
      this.master.kill("SIGTERM");
      await gone;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
