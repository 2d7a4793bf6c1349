import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { onTestFinished } from "vitest";

/** A package as a registry knows it. */
interface Published {
  readonly manifest: { readonly name: string; readonly version: string };
  /** Absent: the package is known, but nobody may ask for its file. */
  readonly tarball?: string;
}

/** An npm registry on loopback that has these packages. */
export async function registry(packages: readonly Published[]): Promise<{ url: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = decodeURIComponent(request.url ?? "");
    asked.push(path);
    const file = packages.find(({ tarball }) => tarball !== undefined && path === `/${basename(tarball)}`)?.tarball;
    const found = packages.find(({ manifest }) => path === `/${manifest.name}`);
    if (file !== undefined) response.end(readFileSync(file));
    else if (found !== undefined) response.setHeader("content-type", "application/json").end(packument(found, url()));
    else response.writeHead(404).end("{}");
  });
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: url(), asked };
}

function packument({ manifest, tarball }: Published, url: string): string {
  const { name, version } = manifest;
  const dist =
    tarball === undefined
      ? { tarball: `${url}/not-there.tgz`, integrity: "sha512-AAAA" }
      : {
          tarball: `${url}/${basename(tarball)}`,
          integrity: `sha512-${createHash("sha512").update(readFileSync(tarball)).digest("base64")}`,
        };
  return JSON.stringify({ name, "dist-tags": { latest: version }, versions: { [version]: { ...manifest, dist } } });
}
