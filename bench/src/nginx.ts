import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pinned } from "./command.js";
import { type Context, root } from "./context.js";

const MODULES = "/usr/lib/nginx/modules";

/** An nginx of one process, which is its worker. */
export interface Nginx {
  readonly port: number;
  /** Microseconds of CPU that its threads have had. */
  cpu(): number;
  /** Resident memory in KiB. */
  memory(): number;
  stop(): Promise<void>;
}

/** Starts nginx on the clients' core; its handlers ask the benchmark server. */
export async function startNginx(context: Context): Promise<Nginx> {
  const folder = mkdtempSync(join(tmpdir(), "llmspell-bench-"));
  const port = await freePort();
  writeFileSync(join(folder, "nginx.conf"), configuration(folder, port, context));
  const argv = ["nginx", "-p", folder, "-c", "nginx.conf", "-e", "error.log"];
  const [command = "", ...rest] = pinned({ argv, core: context.clientCore });
  const child = spawn(command, rest, { stdio: "inherit", env: { ...process.env, LLMSPELL_SOCKET_DIR: folder } });
  try {
    await answers(child, port);
  } catch (error) {
    child.kill("SIGKILL");
    throw new Error(`nginx did not start: ${readFileSync(join(folder, "error.log"), "utf8")}`, { cause: error });
  }
  const pid = child.pid ?? 0;
  return {
    port,
    cpu: () => cpuOf(pid),
    memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]),
    stop: () =>
      new Promise((done) => {
        child.once("close", () => {
          const problems = readFileSync(join(folder, "error.log"), "utf8")
            .split("\n")
            .filter((line) => /\[(error|crit|alert)\]/.test(line));
          rmSync(folder, { recursive: true, force: true });
          for (const line of problems.slice(0, 5)) process.stderr.write(`nginx: ${line}\n`);
          done();
        });
        child.kill("SIGTERM");
      }),
  };
}

function cpuOf(pid: number): number {
  const task = `/proc/${pid}/task`;
  const spent = readdirSync(task).map((thread) =>
    Number(readFileSync(`${task}/${thread}/schedstat`, "utf8").split(" ")[0]),
  );
  return spent.reduce((sum, nanoseconds) => sum + nanoseconds, 0) / 1000;
}

async function answers(child: ChildProcess, port: number): Promise<void> {
  const limit = Date.now() + 30_000;
  for (;;) {
    const fine = await fetch(`http://127.0.0.1:${port}/ping`).then(
      (response) => response.ok,
      () => false,
    );
    if (fine) return;
    if (child.exitCode !== null || Date.now() > limit) throw new Error("no answer");
    await new Promise((wake) => setTimeout(wake, 20));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => server.once("listening", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** The shape of the answers is the last part of each path, see peers/c/server.c. */
function configuration(folder: string, port: number, context: Context): string {
  const server = context.apart.port;
  return `
load_module ${MODULES}/ndk_http_module.so;
load_module ${MODULES}/ngx_http_lua_module.so;
user root;
daemon off;
master_process off;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log warn;
worker_rlimit_nofile 20000;
events { worker_connections 8192; }
http {
  access_log off;
  keepalive_requests 1000000000;
  ${["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${folder}/${kind};`).join("\n  ")}
  lua_package_cpath "${resolve(root, context.build)}/lua/?.so;;";
  lua_package_path "${root}/bench/peers/openresty/?.lua;;";
  init_by_lua_block {
    llmspell = require("llmspell")
    proxy = require("proxy")
    agents = setmetatable({}, { __index = function(made, shape)
      local agent = llmspell.agent{ model = "openai/gpt-4o", api_key = "key", base_url = "http://127.0.0.1:${server}/" .. shape .. "/v1" }
      made[shape] = agent
      return agent
    end })
    plain = setmetatable({}, { __index = function(made, shape)
      local agent = llmspell.agent{ model = "openai/gpt-4o", api_key = "key", base_url = "http://127.0.0.1:${server}/" .. shape .. "/v1",
        provider_options = { stream = false } }
      made[shape] = agent
      return agent
    end })
  }
  upstream provider { server 127.0.0.1:${server}; keepalive 2048; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    location = /ping { return 200 "pong"; }
    location ~ ^/llmspell/chat/(.+)$ {
      lua_check_client_abort on;
      content_by_lua_block {
        local text = assert(plain[ngx.var[1]]:fork():chat("Hi"))
        ngx.header.content_length = #text
        ngx.print(text)
      }
    }
    location ~ ^/llmspell/stream/(.+)$ {
      lua_check_client_abort on;
      content_by_lua_block {
        for event in agents[ngx.var[1]]:fork():stream("Hi") do
          if event.type == "text_delta" then
            ngx.print(event.text)
            ngx.flush()
          elseif event.type == "error" or event.type == "cancelled" then
            ngx.log(ngx.ERR, event.type, ": ", event.error and event.error.message)
          end
        end
      }
    }
    location ~ ^/hand/chat/(.+)$ { content_by_lua_block { proxy.chat(${server}, "/" .. ngx.var[1]) } }
    location ~ ^/hand/stream/(.+)$ { content_by_lua_block { proxy.stream(${server}, "/" .. ngx.var[1]) } }
    location ~ ^/pass/(?<kind>chat|stream)/(?<shape>.+)$ {
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_method POST;
      set $streamed false;
      if ($kind = stream) { set $streamed true; }
      proxy_set_body '{"model":"gpt-4o","stream":$streamed,"messages":[{"role":"user","content":"Hi"}]}';
      proxy_pass http://provider/$shape/v1/chat/completions;
    }
  }
}
`;
}
