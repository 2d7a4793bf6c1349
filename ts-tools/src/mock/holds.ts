/** Named gates that answers wait at until somebody releases them. */
export class Holds {
  readonly #gates = new Map<string, { readonly opened: Promise<void>; readonly open: () => void }>();

  /** Resolves when that name is released; at once when it already was. */
  wait(name: string): Promise<void> {
    return this.#gate(name).opened;
  }

  /** Lets everything pass that waits, or will wait, at that name. */
  release(name: string): void {
    this.#gate(name).open();
  }

  #gate(name: string) {
    const known = this.#gates.get(name);
    if (known) return known;
    let open: () => void = () => undefined;
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const gate = { opened, open };
    this.#gates.set(name, gate);
    return gate;
  }
}
