import type { BaseMessage } from "@langchain/core/messages";
import { ChatLlmspell } from "@rs/llmspell/langchain";
import { toStandardJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { expectTypeOf } from "vitest";
import { z } from "zod";

const model = new ChatLlmspell();
const zod = z.object({ name: z.string() });

expectTypeOf((await model.withStructuredOutput(zod).invoke("x")).name).toBeString();
const both = model.withStructuredOutput(zod, { includeRaw: true });
expectTypeOf(await both.invoke("x")).toEqualTypeOf<{ raw: BaseMessage; parsed: { name: string } }>();
const valibot = toStandardJsonSchema(v.object({ name: v.string() }));
expectTypeOf((await model.withStructuredOutput(valibot).invoke("x")).name).toBeString();
expectTypeOf((await model.withStructuredOutput({ type: "object" }).invoke("x"))["name"]).toBeAny();
