import { useCallback, useEffect, useRef, useState } from "react";
import { ask, failure, forget, history } from "./api.js";
import { asked, ended, remembered, type Turn, told } from "./turns.js";

const NOT_KEPT = "This message is not part of the conversation.";

export interface Conversation {
  readonly model: string;
  readonly turns: readonly Turn[];
  /** What went wrong last; "" for nothing. */
  readonly problem: string;
  /** What happens, for those who do not see it. */
  readonly status: string;
  readonly isAnswering: boolean;
  /** Sends a message; resolves with whether it became part of the conversation. */
  readonly send: (message: string) => Promise<boolean>;
  readonly stop: () => void;
  readonly clear: () => Promise<void>;
  readonly dismiss: () => void;
}

const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The visitor's conversation with the server. */
export function useChat(): Conversation {
  const [model, setModel] = useState("");
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const [problem, setProblem] = useState("");
  const [status, setStatus] = useState("");
  const [isAnswering, setAnswering] = useState(false);
  const running = useRef<AbortController | undefined>(undefined);

  useEffect(() => {
    let isGone = false;
    history().then(
      (known) => {
        if (isGone) return;
        setModel(known.model);
        setTurns((now) => (now.length === 0 ? remembered(known.messages) : now));
      },
      (error: unknown) => !isGone && setProblem(`The conversation could not be read: ${words(error)}`),
    );
    return () => {
      isGone = true;
      running.current?.abort();
    };
  }, []);

  const send = useCallback(async (message: string): Promise<boolean> => {
    if (running.current) return false;
    const controller = new AbortController();
    running.current = controller;
    setAnswering(true);
    setProblem("");
    setStatus("The model is answering.");
    setTurns((now) => asked(now, message));
    let isDone = false;
    try {
      for await (const events of ask(message, controller.signal)) {
        setTurns((now) => told(now, events));
        const last = events.at(-1);
        if (last?.type === "error") throw failure(last.error);
        isDone = last?.type === "done";
      }
      if (!isDone) throw new Error("The answer broke off. Try again.");
      setTurns((now) => ended(now));
      setStatus("The answer is complete.");
    } catch (error) {
      isDone = false;
      const wasStopped = controller.signal.aborted;
      setTurns((now) => ended(now, `${wasStopped ? "Stopped." : "No answer."} ${NOT_KEPT}`));
      if (!wasStopped) setProblem(words(error));
      setStatus(wasStopped ? "Stopped." : "");
    } finally {
      running.current = undefined;
      setAnswering(false);
    }
    return isDone;
  }, []);

  const clear = useCallback(async () => {
    try {
      await forget();
      setTurns([]);
      setProblem("");
    } catch (error) {
      setProblem(words(error));
    }
  }, []);

  const stop = useCallback(() => running.current?.abort(), []);
  const dismiss = useCallback(() => setProblem(""), []);
  return { model, turns, problem, status, isAnswering, send, stop, clear, dismiss };
}
