export { findFaults } from "./check.js";
export { runAgainst } from "./command.js";
export { loadScenario, parseScenario } from "./load.js";
export type { Mock, MockOptions, MockServer, Playing, Prefixed } from "./server.js";
export { startMock, startMockServer } from "./server.js";
export type * from "./types.js";
