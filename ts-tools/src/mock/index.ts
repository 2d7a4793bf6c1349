export { runAgainst } from "./command.js";
export { loadScenario, parseScenario } from "./load.js";
export type { Mock, MockOptions } from "./server.js";
export { startMock } from "./server.js";
export type * from "./types.js";
