export { type ErrorCode, type ErrorKind, errorCodes } from "./types/kinds.gen.js";
