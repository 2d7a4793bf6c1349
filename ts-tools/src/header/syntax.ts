import { createRequire } from "node:module";
import { Language, Parser, type Node as SyntaxNode } from "web-tree-sitter";

export type { SyntaxNode };

let loaded: Promise<Language> | undefined;

async function load(): Promise<Language> {
  await Parser.init();
  return Language.load(createRequire(import.meta.url).resolve("tree-sitter-c/tree-sitter-c.wasm"));
}

/**
 * Parses C source and gives its syntax tree to `read`; the tree's memory, outside the JavaScript heap, is freed after.
 * The grammar is loaded once per process.
 */
export async function withSyntax<T>(text: string, read: (root: SyntaxNode) => T): Promise<T> {
  loaded ??= load();
  const language = await loaded;
  const parser = new Parser();
  parser.setLanguage(language);
  const tree = parser.parse(text);
  try {
    if (tree === null) throw new Error("tree-sitter gave no tree");
    return read(tree.rootNode);
  } finally {
    tree?.delete();
    parser.delete();
  }
}

/** 1-based line where a node begins. */
export function lineOf(node: SyntaxNode): number {
  return node.startPosition.row + 1;
}

/** The children that carry meaning: everything but punctuation and comments. */
export function meaningful(node: SyntaxNode): SyntaxNode[] {
  return node.children.filter((child) => child.isNamed && child.type !== "comment");
}

/** Beginning of a node's text on one line, for messages. */
export function excerpt(node: SyntaxNode): string {
  const line = node.text.replace(/\s+/g, " ").trim();
  return line.length > 60 ? `${line.slice(0, 57)}...` : line;
}
