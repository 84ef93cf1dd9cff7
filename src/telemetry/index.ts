export type {
  EngineMessage,
  FreezeMessage,
  LockMessage,
  ReadMessage,
  ReleaseMessage,
  RetentionMessage,
  RunMessage,
  S3Message,
  StageMessage,
  TelemetryMessages,
  WriteMessage,
} from "./messages.js";
export { tellRelease, traced } from "./traced.js";
