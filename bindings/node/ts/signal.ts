interface Listening {
  readonly acts: Set<() => void>;
  readonly listen: () => void;
}

const signals = new WeakMap<AbortSignal, Listening>();

/**
 * Has something done when a signal aborts. All that wait for one signal share a listener: a server has one signal for many
 * runs, which Node would take for a leak.
 *
 * @returns takes it back
 */
export function onAbort(signal: AbortSignal, act: () => void): () => void {
  let listening = signals.get(signal);
  if (listening === undefined) {
    const acts = new Set<() => void>();
    const listen = (): void => {
      for (const each of acts) {
        try {
          each();
        } catch {
          // A run that cannot be cancelled any more; the others are to be all the same.
        }
      }
    };
    listening = { acts, listen };
    signals.set(signal, listening);
    signal.addEventListener("abort", listen, { once: true });
  }
  const { acts, listen } = listening;
  acts.add(act);
  return () => {
    if (!acts.delete(act) || acts.size > 0) return;
    signals.delete(signal);
    signal.removeEventListener("abort", listen);
  };
}
