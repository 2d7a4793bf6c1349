// A program that asks nobody: what Node itself costs.
import { expected, measure } from "./conversation.mjs";

await measure(async () => ({ text: expected }));
