import type { ReactNode } from "react";

function inline(text: string): ReactNode[] {
  return text.split(/(`[^`\n]+`|\*\*[^*\n]+\*\*)/).map((piece, at) => {
    const key = `${at}`;
    if (at % 2 === 0) return piece;
    if (piece.startsWith("`")) return <code key={key}>{piece.slice(1, -1)}</code>;
    return <strong key={key}>{piece.slice(2, -2)}</strong>;
  });
}

interface WordsProps {
  readonly text: string;
  /** More will follow: a cursor stands at the end. */
  readonly isComing?: boolean;
}

/** A model's text, with the marks that models use most: blocks of code, `code` and **bold**. All else is text as it is. */
export function Words({ text, isComing = false }: WordsProps): ReactNode {
  return (
    <div className="words">
      {text.split(/```[^\n`]*\n?/).map((block, at) => {
        const key = `${at}`;
        if (at % 2 === 0) return <span key={key}>{inline(at > 0 ? block.replace(/^\n/, "") : block)}</span>;
        return (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: long lines are scrolled by keyboard, too
          <pre key={key} tabIndex={0}>
            <code>{block.replace(/\n$/, "")}</code>
          </pre>
        );
      })}
      {isComing && <span className="cursor" aria-hidden="true" />}
    </div>
  );
}
