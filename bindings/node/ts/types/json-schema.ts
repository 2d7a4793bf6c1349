/**
 * A JSON Schema (2020-12). Any object serves, also one whose type comes from elsewhere; the keywords stand here for editors
 * to offer.
 */
export interface JsonSchema {
  readonly $schema?: unknown;
  readonly $id?: unknown;
  readonly $ref?: unknown;
  readonly $defs?: unknown;
  readonly title?: unknown;
  readonly description?: unknown;
  readonly default?: unknown;
  readonly examples?: unknown;
  readonly type?: unknown;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly properties?: unknown;
  readonly required?: unknown;
  readonly additionalProperties?: unknown;
  readonly patternProperties?: unknown;
  readonly propertyNames?: unknown;
  readonly minProperties?: unknown;
  readonly maxProperties?: unknown;
  readonly items?: unknown;
  readonly prefixItems?: unknown;
  readonly contains?: unknown;
  readonly minItems?: unknown;
  readonly maxItems?: unknown;
  readonly uniqueItems?: unknown;
  readonly minLength?: unknown;
  readonly maxLength?: unknown;
  readonly pattern?: unknown;
  readonly format?: unknown;
  readonly minimum?: unknown;
  readonly maximum?: unknown;
  readonly exclusiveMinimum?: unknown;
  readonly exclusiveMaximum?: unknown;
  readonly multipleOf?: unknown;
  readonly anyOf?: unknown;
  readonly oneOf?: unknown;
  readonly allOf?: unknown;
  readonly not?: unknown;
  readonly if?: unknown;
  readonly then?: unknown;
  readonly else?: unknown;
}

/**
 * The type of what fits a JSON Schema that is written where it is used (or `as const`): texts, numbers, booleans, null,
 * `enum`, `const`, `anyOf`, `oneOf`, lists, and objects, whose members are optional unless `required` names them. Where the
 * schema says more than that, or is not known while compiling, it is `any`.
 */
export type FromJsonSchema<S> = IsAny<S> extends true ? any : S extends JsonSchema ? Read<S> : any;

type IsAny<T> = 0 extends 1 & T ? true : false;

type Read<S> = S extends { readonly const: infer Value }
  ? Value
  : S extends { readonly enum: readonly (infer Value)[] }
    ? Value
    : S extends { readonly anyOf: readonly (infer Form)[] }
      ? Form extends unknown
        ? Read<Form>
        : never
      : S extends { readonly oneOf: readonly (infer Form)[] }
        ? Form extends unknown
          ? Read<Form>
          : never
        : S extends { readonly type: infer Type }
          ? string extends Type
            ? any
            : Type extends readonly (infer One)[]
              ? One extends string
                ? ReadType<One, S>
                : any
              : ReadType<Type, S>
          : any;

type ReadType<Type, S> = Type extends "string"
  ? string
  : Type extends "number" | "integer"
    ? number
    : Type extends "boolean"
      ? boolean
      : Type extends "null"
        ? null
        : Type extends "array"
          ? S extends { readonly items: infer Items }
            ? Read<Items>[]
            : any[]
          : Type extends "object"
            ? ReadObject<S>
            : any;

type ReadObject<S> = S extends { readonly properties: infer Members }
  ? Flat<
      { -readonly [Name in Extract<keyof Members, Required<S>>]: Read<Members[Name]> } & {
        -readonly [Name in Exclude<keyof Members, Required<S>>]?: Read<Members[Name]>;
      }
    >
  : { [name: string]: any };

type Required<S> = S extends { readonly required: readonly (infer Name)[] } ? Name : never;

/** One object type in place of an intersection, as editors shall show it. */
type Flat<T> = { [Name in keyof T]: T[Name] };
