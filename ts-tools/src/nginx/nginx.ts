import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { repositoryRoot } from "../generate/paths.js";
import { type Checker, chosenChecker } from "./checker.js";

const MODULES = "/usr/lib/nginx/modules";
const BUILD = resolve(repositoryRoot, process.env["BUILD"] ?? "build/ci");
/** What a liveness bound is multiplied by: programs are some thirty times slower under a checker. */
const PATIENCE = process.env["LLMSPELL_NGINX_CHECKER"] ? 10 : 1;

/** What is wanted of nginx. */
export interface Wanted {
  /** Directives of the `http` block; a function gets nginx's folder. */
  http?: string | ((folder: string) => string);
  /** `location` blocks. */
  server: string;
  workers?: number;
  connections?: number;
  /** Environment variables that nginx and its workers get. */
  env?: Record<string, string>;
}

/** A running nginx with a folder, a port and workers of its own. */
export class Nginx {
  private constructor(
    readonly url: string,
    readonly folder: string,
    private readonly master: ChildProcess,
    private readonly checker: Checker | undefined,
  ) {}

  /** Starts nginx, under what LLMSPELL_NGINX_CHECKER names, and waits until it answers. */
  static async start(wanted: Wanted): Promise<Nginx> {
    const folder = mkdtempSync(join(tmpdir(), "llmspell-nginx-"));
    mkdirSync(join(folder, "sockets"), { mode: 0o777 });
    const port = await freePort();
    const env = { LLMSPELL_SOCKET_DIR: join(folder, "sockets"), ...wanted.env };
    const checker = chosenChecker(folder);
    const conf = configuration(folder, port, wanted, Object.keys(env));
    writeFileSync(join(folder, "nginx.conf"), checker === undefined ? conf : uncompiled(conf));
    const [program = "", ...words] = [...(checker?.command ?? []), "nginx"];
    const master = spawn(program, [...words, "-p", folder, "-c", "nginx.conf", "-e", "error.log"], {
      env: { PATH: process.env["PATH"] ?? "", ...env },
      stdio: "inherit",
    });
    const nginx = new Nginx(`http://127.0.0.1:${port}`, folder, master, checker);
    try {
      await until("nginx answers", async () => nginx.over || (await fetch(`${nginx.url}/__up`)).ok);
      if (nginx.over) throw new Error("it ended");
    } catch (error) {
      await nginx.stop();
      throw new Error(`nginx did not start:\n${nginx.log()}`, { cause: error });
    }
    return nginx;
  }

  /** The body of an answer; fails unless its status is 200. */
  async get(path: string): Promise<string> {
    const response = await fetch(this.url + path);
    const body = await response.text();
    if (response.status !== 200) throw new Error(`${path}: ${response.status} ${body}\n${this.log()}`);
    return body.trim();
  }

  log(): string {
    const path = join(this.folder, "error.log");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  }

  /** Lines of the log that tell of something wrong. */
  problems(): string[] {
    return this.log()
      .split("\n")
      .filter((line) => /\[(warn|error|crit|alert|emerg)\]/.test(line));
  }

  reload(): void {
    process.kill(this.pid, "SIGHUP");
  }

  /** Ids of the workers that run. */
  workers(): number[] {
    return children(this.pid);
  }

  /** Waits until as many requests are being served, beside the one that asks. */
  async served(count: number): Promise<void> {
    await until(`${count} requests are served`, async () => (await this.status()).writing === count + 1);
  }

  /** Waits until these workers are gone. */
  async ended(old: readonly number[]): Promise<void> {
    await until(`the old workers ${old} exit`, () => Promise.resolve(!this.workers().some((pid) => old.includes(pid))));
  }

  /** Names of the folders with sockets. */
  sockets(): string[] {
    return readdirSync(join(this.folder, "sockets"));
  }

  /** Lets requests end and waits until every process is gone. */
  async quit(): Promise<void> {
    process.kill(this.pid, "SIGQUIT");
    await this.gone();
  }

  /**
   * Ends nginx and removes its folder.
   *
   * @throws what the checker reports
   */
  async stop(): Promise<void> {
    if (!this.over) {
      this.master.kill("SIGTERM");
      await this.gone().catch(() => {
        for (const worker of this.workers()) process.kill(worker, "SIGKILL");
        this.master.kill("SIGKILL");
      });
    }
    const reports = this.checker?.reports() ?? "";
    rmSync(this.folder, { recursive: true, force: true });
    if (reports !== "") throw new Error(reports);
  }

  private async status(): Promise<{ writing: number }> {
    const text = await (await fetch(`${this.url}/__status`)).text();
    return { writing: Number(/Writing: (\d+)/.exec(text)?.[1]) };
  }

  private get pid(): number {
    return this.master.pid ?? 0;
  }

  private get over(): boolean {
    return this.master.exitCode !== null || this.master.signalCode !== null;
  }

  private gone(): Promise<void> {
    return until("nginx ends", () => Promise.resolve(this.over));
  }
}

/** Waits for something that has to come; longer under a checker. */
export async function until(what: string, holds: () => Promise<boolean>, limit = 30_000 * PATIENCE): Promise<void> {
  const began = Date.now();
  for (;;) {
    if (await holds().catch(() => false)) return;
    if (Date.now() - began > limit) throw new Error(`not within ${limit} ms: ${what}`);
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

function configuration(folder: string, port: number, wanted: Wanted, variables: string[]): string {
  return `
load_module ${MODULES}/ndk_http_module.so;
load_module ${MODULES}/ngx_http_lua_module.so;
user root;
daemon off;
worker_processes ${wanted.workers ?? 1};
pid ${folder}/nginx.pid;
error_log ${folder}/error.log info;
${variables.map((name) => `env ${name};`).join("\n")}
events { worker_connections ${wanted.connections ?? 1024}; }
http {
  access_log off;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join("\n  ")}
  lua_package_cpath "${BUILD}/lua/?.so;;";
  ${typeof wanted.http === "function" ? wanted.http(folder) : (wanted.http ?? "")}
  server {
    listen 127.0.0.1:${port};
    location = /__up { return 200 "up"; }
    location = /__status { stub_status; }
    ${wanted.server}
  }
}
`;
}

/** The same configuration without LuaJIT's compiler, whose code reads what it doesn't use. */
function uncompiled(conf: string): string {
  const init = "init_by_lua_block {";
  const off = `${init} jit.off()`;
  return conf.includes(init) ? conf.replace(init, off) : conf.replace("http {", `http {\n  ${off} }`);
}

function children(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(path)) return [];
  return readFileSync(path, "utf8").trim().split(/\s+/).filter(Boolean).map(Number);
}

const given = new Set<number>();

/** A port that nobody listens on at the moment, and that was given to nobody before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((done) => server.once("listening", done));
    const address = server.address();
    await new Promise((done) => server.close(done));
    if (address === null || typeof address === "string") throw new Error("no port");
    if (given.has(address.port)) continue;
    given.add(address.port);
    return address.port;
  }
}
