import { type Declaration, type OpaqueDecl, SCALAR_TYPES, type ScalarType, type StructDecl } from "../header/model.js";

const SCALARS: ReadonlySet<string> = new Set(SCALAR_TYPES);

/** The named types of a header, looked up by kind. */
export class Symbols {
  private readonly byName = new Map<string, Declaration>();

  constructor(readonly declarations: readonly Declaration[]) {
    for (const declaration of declarations) this.byName.set(declaration.name, declaration);
  }

  get(name: string): Declaration | undefined {
    return this.byName.get(name);
  }

  opaque(name: string): OpaqueDecl | undefined {
    const found = this.byName.get(name);
    return found?.kind === "opaque" ? found : undefined;
  }

  struct(name: string): StructDecl | undefined {
    const found = this.byName.get(name);
    return found?.kind === "struct" ? found : undefined;
  }

  /** The scalar behind a name, through aliases; undefined for anything else. */
  scalar(name: string): ScalarType | undefined {
    // a chain longer than the header has items goes in a circle
    for (let steps = 0, current = name; steps <= this.declarations.length; steps++) {
      if (SCALARS.has(current)) return current as ScalarType;
      const found = this.byName.get(current);
      if (found?.kind !== "alias" || found.type.kind !== "named") return undefined;
      current = found.type.name;
    }
    return undefined;
  }
}
