import { type CallbackDecl, type Declaration, type FunctionDecl, printDeclarator } from "../header/model.js";
import type { Header } from "../header/parse.js";
import type { Report } from "../header/report.js";
import { failOnProblems } from "../problem.js";
import { Classifier } from "./classify.js";
import { functionPrefix, isPlainName } from "./names.js";
import { checkRules } from "./rules.js";
import { Symbols } from "./symbols.js";
import { type ItemTags, readTags } from "./tags.js";
import type { Api, ApiFunction, ApiType, Constant, Layer, Param, Return } from "./types.js";
import { IR_VERSION } from "./types.js";

/**
 * Gives a parsed header its meaning.
 *
 * @throws ProblemError with everything that is wrong in the header, from its syntax to the API's rules
 */
export function buildApi(header: Header): Api {
  const { declarations, report } = header;
  duplicates(declarations, report);
  const builder = new ApiBuilder(new Symbols(declarations), report);
  const api = builder.build();
  checkRules(api, declarations, report);
  failOnProblems(report.problems);
  return api;
}

function duplicates(declarations: readonly Declaration[], report: Report): void {
  const lines = new Map<string, number>();
  for (const { name, line } of declarations) {
    const first = lines.get(name);
    if (first === undefined) lines.set(name, line);
    else report.add(line, name, `already declared in line ${first}; write it once`);
  }
}

class ApiBuilder {
  private readonly constants: Constant[] = [];
  private readonly types: ApiType[] = [];
  private readonly functions: ApiFunction[] = [];

  constructor(
    private readonly symbols: Symbols,
    private readonly report: Report,
  ) {}

  build(): Api {
    for (const declaration of this.symbols.declarations) this.add(declaration);
    return {
      ir_version: IR_VERSION,
      constants: this.constants,
      types: this.types.map((type) => this.withFree(type)),
      functions: this.functions,
    };
  }

  private add(item: Declaration): void {
    const isCall = item.kind === "function" || item.kind === "callback";
    const params = isCall ? item.type.params.map((param) => param.name) : undefined;
    const tags = readTags(item.doc, item.name, params, this.report);
    const common = {
      name: item.name,
      layer: tags.layer,
      ...(tags.since === undefined ? {} : { since: tags.since }),
      doc: item.doc?.text ?? "",
    };
    switch (item.kind) {
      case "constant":
        this.constants.push({ ...common, value: item.value });
        break;
      case "opaque":
        this.types.push({ kind: "opaque", ...common });
        break;
      case "alias": {
        const type = this.symbols.scalar(item.name);
        if (type !== undefined) this.types.push({ kind: "alias", ...common, type });
        else this.report.add(item.line, item.name, "a typedef of something that is no scalar; write e.g. `int32_t`");
        break;
      }
      case "struct":
        this.types.push({
          kind: "struct",
          ...common,
          fields: item.fields.map((field) => {
            readTags(field.doc, `${item.name}.${field.name}`, undefined, this.report);
            return { name: field.name, c_type: printDeclarator(field.type, ""), doc: field.doc?.text ?? "" };
          }),
        });
        break;
      case "callback": {
        const call = this.call(item, tags);
        if (call !== undefined) this.types.push({ kind: "callback", ...common, ...call });
        break;
      }
      case "function": {
        const call = this.call(item, tags);
        const object = this.objectOf(item.name, tags.layer);
        const owner = object === undefined ? {} : { object };
        if (call !== undefined) this.functions.push({ ...common, ...owner, blocking: tags.blocking, ...call });
        break;
      }
    }
  }

  private call(item: FunctionDecl | CallbackDecl, tags: ItemTags): { params: Param[]; returns: Return } | undefined {
    const classifier = new Classifier(this.symbols, this.report, item.name, item.line, tags);
    const params = classifier.params(item.type.params);
    const fallible = params.some((param) => param.role.kind === "error_out");
    const returns = classifier.returns(item.type.returns, fallible);
    return returns && { params, returns };
  }

  /** The handle type of the same layer whose name begins the function's name, the longest if several do. */
  private objectOf(name: string, layer: Layer): string | undefined {
    return this.symbols.declarations
      .filter((item) => item.kind === "opaque" && (layer === "plain") === isPlainName(item.name))
      .map((item) => item.name)
      .filter((type) => name.startsWith(`${functionPrefix(type)}_`))
      .sort((a, b) => b.length - a.length)[0];
  }

  /** A handle type learns its free function from the tags of those that give one away. */
  private withFree(type: ApiType): ApiType {
    if (type.kind !== "opaque") return type;
    for (const { params, returns } of this.functions) {
      for (const { role, ownership } of [...params, returns]) {
        const isGiven = "type" in role && role.type === type.name && ownership?.kind === "owned";
        if (isGiven && this.consumes(ownership.free, type.name)) return { ...type, free: ownership.free };
      }
    }
    return type;
  }

  private consumes(name: string, type: string): boolean {
    const [first] = this.functions.find((fn) => fn.name === name)?.params ?? [];
    return first?.role.kind === "handle" && first.role.type === type && first.ownership?.kind === "consumed";
  }
}
