import { TAG_USAGE } from "../header/doc.js";
import type { Doc, DocTag } from "../header/model.js";
import type { Report } from "../header/report.js";
import type { Layer, Ownership } from "./types.js";

/** The subject of tags about the returned value. */
export const RETURN = "return";

/** What the tags of one item say, checked against its parameters' names. */
export interface ItemTags {
  readonly layer: Layer;
  readonly since?: string;
  readonly blocking: boolean;
  readonly out: ReadonlySet<string>;
  readonly nullable: ReadonlySet<string>;
  readonly callbacks: ReadonlySet<string>;
  /** pointer parameter → length parameter */
  readonly lengths: ReadonlyMap<string, string>;
  readonly ownership: ReadonlyMap<string, Ownership>;
}

/** Tags that an item without parameters may carry. */
const PLAIN_TAGS: ReadonlySet<string> = new Set(["since", "layer"]);

/**
 * Reads an item's tags.
 *
 * @param params names of its parameters, or nothing for a type or constant
 */
export function readTags(
  doc: Doc | undefined,
  item: string,
  params: readonly string[] | undefined,
  report: Report,
): ItemTags {
  return new TagReader(item, params, report).read(doc?.tags ?? []);
}

class TagReader {
  private layer: Layer = "full";
  private since: string | undefined;
  private blocking = false;
  private readonly out = new Set<string>();
  private readonly nullable = new Set<string>();
  private readonly callbacks = new Set<string>();
  private readonly lengths = new Map<string, string>();
  private readonly ownership = new Map<string, Ownership>();
  private readonly seen = new Set<string>();

  constructor(
    private readonly item: string,
    private readonly params: readonly string[] | undefined,
    private readonly report: Report,
  ) {}

  read(tags: readonly DocTag[]): ItemTags {
    for (const tag of tags) this.tag(tag);
    const { layer, blocking, out, nullable, callbacks, lengths, ownership } = this;
    const read = { layer, blocking, out, nullable, callbacks, lengths, ownership };
    return this.since === undefined ? read : { ...read, since: this.since };
  }

  private tag(tag: DocTag): void {
    const { name, words } = tag;
    if (this.params === undefined && !PLAIN_TAGS.has(name)) {
      this.report.add(tag.line, this.item, `@${name} is for functions; write it there`);
      return;
    }
    switch (name) {
      case "layer":
        this.once(tag, name);
        if (words.length !== 1 || !isLayer(words[0])) this.usage(tag);
        else this.layer = words[0];
        break;
      case "since":
        this.once(tag, name);
        if (words.length !== 1 || !/^\d+(\.\d+)*$/.test(words[0] ?? "")) this.usage(tag);
        else this.since = words[0];
        break;
      case "blocking":
        this.once(tag, name);
        if (words.length > 0) this.usage(tag);
        this.blocking = true;
        break;
      case "out":
      case "callback":
      case "nullable": {
        const subject = this.subject(tag, 1);
        if (subject === undefined) break;
        const sets = { out: this.out, callback: this.callbacks, nullable: this.nullable };
        this.once(tag, `${name} ${subject}`);
        sets[name].add(subject);
        break;
      }
      case "len":
        this.length(tag);
        break;
      case "borrowed":
      case "owned":
      case "consumes":
        this.owner(tag, name);
        break;
    }
  }

  private length(tag: DocTag): void {
    const pointer = this.subject(tag, 2);
    const length = tag.words[1];
    if (pointer === undefined || length === undefined) return;
    if (pointer === RETURN) {
      this.usage(tag);
      return;
    }
    this.once(tag, `len ${pointer}`);
    if (this.isParam(tag, length)) this.lengths.set(pointer, length);
  }

  private owner(tag: DocTag, name: "borrowed" | "owned" | "consumes"): void {
    const subject = this.subject(tag, name === "borrowed" ? undefined : name === "owned" ? 2 : 1);
    if (subject === undefined) return;
    const rest = tag.words.slice(1).join(" ");
    if (name === "consumes" && subject === RETURN) {
      this.usage(tag);
      return;
    }
    if (this.ownership.has(subject)) {
      const choice = "write exactly one of @borrowed, @owned, @consumes";
      this.report.add(tag.line, this.item, `\`${subject}\` has a second ownership tag; ${choice}`);
      return;
    }
    if (name === "borrowed") this.ownership.set(subject, { kind: "borrowed", until: rest });
    else if (name === "owned") this.ownership.set(subject, { kind: "owned", free: rest });
    else this.ownership.set(subject, { kind: "consumed" });
  }

  /** First word of a tag as the name of a parameter (or `return`); undefined when that was wrong and reported. */
  private subject(tag: DocTag, words: number | undefined): string | undefined {
    const [subject] = tag.words;
    const fits = words === undefined ? tag.words.length >= 2 : tag.words.length === words;
    if (subject === undefined || !fits) {
      this.usage(tag);
      return undefined;
    }
    return subject === RETURN || this.isParam(tag, subject) ? subject : undefined;
  }

  private isParam(tag: DocTag, name: string): boolean {
    if (this.params?.includes(name)) return true;
    const names = this.params?.length ? `write one of ${this.params.join(", ")}` : "remove the tag";
    this.report.add(tag.line, this.item, `@${tag.name} names \`${name}\`, which is no parameter; ${names}`);
    return false;
  }

  private once(tag: DocTag, key: string): void {
    if (this.seen.has(key)) this.report.add(tag.line, this.item, `@${key} is there twice; write it once`);
    this.seen.add(key);
  }

  private usage(tag: DocTag): void {
    this.report.add(tag.line, this.item, `@${tag.name} is not as it should be; write \`${TAG_USAGE.get(tag.name)}\``);
  }
}

function isLayer(word: string | undefined): word is Layer {
  return word === "full" || word === "plain" || word === "shim";
}
