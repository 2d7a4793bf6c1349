interface Report {
  readonly header: { readonly glibcVersionRuntime?: string };
}

/** The platform of this machine, as bindings/node/platforms.yaml calls it. */
export function hostTarget(): string {
  const { platform, arch } = process;
  if (platform !== "linux") return `${platform}-${arch}`;
  const { header } = process.report.getReport() as unknown as Report;
  return `linux-${arch}-${header.glibcVersionRuntime === undefined ? "musl" : "gnu"}`;
}
