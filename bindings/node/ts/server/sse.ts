/** What a body of server-sent events is made from. */
export interface Source<T> {
  /** The values, one after the other. */
  readonly values: Pick<AsyncIterator<T>, "next">;
  /** A value as SSE text, with its empty line at the end; nothing for one that is left out. */
  readonly write: (value: T) => string | undefined;
  /** What is written when the values end early by an exception. */
  readonly fail: (error: unknown) => string;
  /** What is written at the end. */
  readonly end?: string;
  /** Milliseconds without a message after which a comment is sent, so that proxies keep the connection. 0: never. */
  readonly keepAliveMs: number;
  /** Called when nobody reads any more. */
  readonly cancel: () => void;
}

/** A comment, which clients pass over. */
export const KEEP_ALIVE = ": keep-alive\n\n";

/**
 * A body of server-sent events that reads a value only when its reader has taken the one before.
 *
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function sseBody<T>(source: Source<T>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let next: Promise<IteratorResult<T>> | undefined;
  let left = false;
  const pull = async (controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> => {
    for (;;) {
      next ??= source.values.next();
      const got = await within(next, source.keepAliveMs);
      // Nothing can be written to a reader who has gone, and it is nobody's failure.
      if (left) return;
      if (got === undefined) return controller.enqueue(encoder.encode(KEEP_ALIVE));
      next = undefined;
      if (got.done === true) {
        if (source.end !== undefined) controller.enqueue(encoder.encode(source.end));
        return controller.close();
      }
      const text = source.write(got.value);
      if (text !== undefined) return controller.enqueue(encoder.encode(text));
    }
  };
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        pull(controller).catch((error: unknown) => {
          if (left) return;
          controller.enqueue(encoder.encode(source.fail(error)));
          controller.close();
        }),
      cancel: () => {
        left = true;
        next?.catch(() => undefined);
        source.cancel();
      },
    },
    { highWaterMark: 0 },
  );
}

/** What a promise gives, or undefined when that takes longer than so many milliseconds. 0: as long as it takes. */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  if (ms <= 0) return promise;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
