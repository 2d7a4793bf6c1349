/** Words that Lua (5.1 to 5.5 and LuaJIT) keeps for itself. `global` is one of 5.5. */
const LUA = `and break do else elseif end false for function global goto if in local nil not or repeat return then true
  until while`;

/** Words of C++ up to C++23 that are none of C99; https://en.cppreference.com/w/cpp/keyword. */
const CPP = `alignas alignof and and_eq asm bitand bitor bool catch char8_t char16_t char32_t class co_await co_return co_yield
  compl concept const_cast consteval constexpr constinit decltype delete dynamic_cast explicit export false friend mutable
  namespace new noexcept not not_eq nullptr operator or or_eq private protected public reinterpret_cast requires
  static_assert static_cast template this thread_local throw true try typeid typename using virtual wchar_t xor xor_eq`;

/** Words that no parameter of a module's function can be in TypeScript; ECMA-262, 12.7.2 and 13.1.1. */
const TYPESCRIPT = `arguments await break case catch class const continue debugger default delete do else enum eval export
  extends false finally for function if implements import in instanceof interface let new null package private protected
  public return static super switch this throw true try typeof var void while with yield`;

const LANGUAGES: readonly { readonly name: string; readonly words: ReadonlySet<string> }[] = [
  { name: "Lua", words: new Set(LUA.split(/\s+/)) },
  { name: "C++", words: new Set(CPP.split(/\s+/)) },
  { name: "TypeScript", words: new Set(TYPESCRIPT.split(/\s+/)) },
];

/** A language of the bindings. */
export type Language = "Lua" | "C++" | "TypeScript";

/** The languages, of those asked for, that keep a word for themselves: `Lua and TypeScript`; undefined when none does. */
export function keepersOf(word: string, languages: readonly Language[]): string | undefined {
  const keepers = LANGUAGES.filter(
    ({ name, words }) => (languages as readonly string[]).includes(name) && words.has(word),
  );
  return keepers.length === 0 ? undefined : keepers.map(({ name }) => name).join(" and ");
}
