import {
  type FormEvent,
  type KeyboardEvent,
  memo,
  type ReactNode,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import type { Call, Turn } from "./turns.js";
import { useChat } from "./use-chat.js";
import { Words } from "./words.js";

/** How far from its end the log may be for a reader who follows it, in pixels. */
const NEAR = 60;
const LONGEST_MESSAGE = 8000;

const asText = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function ToolCall({ call }: { readonly call: Call }): ReactNode {
  const state = call.result === undefined ? "is called …" : call.failed ? "failed" : "answered";
  return (
    <details className={call.failed ? "call failed" : "call"} open>
      <summary>
        <b>{call.name}</b> {state}
      </summary>
      <code className="given">{asText(call.given)}</code>
      {call.result !== undefined && <code className="result">→ {call.result}</code>}
    </details>
  );
}

const Said = memo(function Said({ turn }: { readonly turn: Turn }): ReactNode {
  if (turn.by === "user") return <article className="mine">{turn.text}</article>;
  return (
    <article className="theirs" aria-busy={turn.isComing}>
      {turn.pieces.map((piece, at) =>
        // Pieces are only added at the end.
        piece.kind === "call" ? (
          <ToolCall key={piece.id} call={piece} />
        ) : (
          <Words key={`${at}`} text={piece.text} isComing={turn.isComing && at === turn.pieces.length - 1} />
        ),
      )}
      {turn.isComing && turn.pieces.at(-1)?.kind !== "words" && <Words text="" isComing />}
      {turn.note !== undefined && <p className="note">{turn.note}</p>}
    </article>
  );
});

export function Chat(): ReactNode {
  const { model, turns, problem, status, isAnswering, send, stop, clear, dismiss } = useChat();
  const [draft, setDraft] = useState("");
  const scroller = useRef<HTMLElement>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const follows = useRef(true);
  const followedTo = useRef(0);

  useLayoutEffect(() => {
    const log = scroller.current;
    if (!log) return;
    // The reader may have gone back, and the browser not have told of it yet.
    if (log.scrollTop < followedTo.current) follows.current = false;
    if (!follows.current) return;
    log.scrollTop = log.scrollHeight;
    followedTo.current = log.scrollTop;
    // An answer that failed makes the field and the banner grow, too.
  }, [turns, draft, problem]);

  useEffect(() => {
    const pressed = (event: globalThis.KeyboardEvent) => event.key === "Escape" && stop();
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
  }, [stop]);

  async function submit(event?: FormEvent): Promise<void> {
    event?.preventDefault();
    const message = draft.trim();
    if (message === "" || isAnswering) return;
    setDraft("");
    follows.current = true;
    followedTo.current = 0;
    // To be sent again, or changed, unless something new was begun.
    if (!(await send(message))) setDraft((now) => now || message);
    field.current?.focus();
  }

  function typed(event: KeyboardEvent): void {
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    void submit();
  }

  function scrolled({
    currentTarget: { scrollHeight, scrollTop, clientHeight },
  }: {
    currentTarget: HTMLElement;
  }): void {
    follows.current = scrollHeight - scrollTop - clientHeight < NEAR;
  }

  return (
    <>
      <header>
        <h1>Chat</h1>
        <span className="model">{model}</span>
        <button type="button" onClick={clear} disabled={isAnswering || turns.length === 0}>
          New chat
        </button>
      </header>
      <main ref={scroller} onScroll={scrolled}>
        <div className="log" role="log" aria-label="Conversation" aria-live="polite" aria-busy={isAnswering}>
          {turns.map((turn, at) => (
            <Said key={`${at}`} turn={turn} />
          ))}
        </div>
        {turns.length === 0 && (
          <p className="empty">
            Ask anything. Sums go to a calculator: try <q>What is 15 * 23?</q>
          </p>
        )}
      </main>
      <footer>
        {problem !== "" && (
          <div className="banner" role="alert">
            <span>{problem}</span>
            <button type="button" aria-label="Dismiss the message" onClick={dismiss}>
              ×
            </button>
          </div>
        )}
        <form onSubmit={submit}>
          <textarea
            ref={field}
            aria-label="Message"
            placeholder="Message"
            rows={1}
            maxLength={LONGEST_MESSAGE}
            enterKeyHint="send"
            value={draft}
            onChange={(event) => setDraft(event.target.value)}
            onKeyDown={typed}
          />
          {/* Two buttons, by their keys: one that became the other under a click would send again. */}
          {isAnswering ? (
            <button key="stop" type="button" className="stop" onClick={stop}>
              Stop
            </button>
          ) : (
            <button key="send" type="submit" className="send" disabled={draft.trim() === ""}>
              Send
            </button>
          )}
        </form>
        <p className="unseen" role="status">
          {status}
        </p>
      </footer>
    </>
  );
}
