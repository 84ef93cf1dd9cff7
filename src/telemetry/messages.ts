/*
 * What the library says of its work on `node:diagnostics_channel`, in the terms of that module: a message is the context of
 * a tracing channel, one object from `start` to `asyncEnd`. docs/telemetry.md has each of them, and a test compares.
 *
 * No message holds rows, bytes, credentials or headers.
 */

/** What every message gains. */
interface Traced<Result> {
  /** At `asyncEnd`, of work that succeeded. */
  readonly result?: Result;
  /** At `error` and `asyncEnd`, of work that failed: what the caller gets. */
  readonly error?: unknown;
}

/**
 * On `bronzestore:read`: days of a dataset are listed, read and answered from.
 *
 * @category Telemetry
 */
export interface ReadMessage
  extends Traced<{
    /** Parts of the history that the answer was made from; those that could be passed over are in neither number. */
    readonly parts: number;
    /** Rows of these parts; of a join, joined rows. */
    readonly rows: number;
    /** What storage was asked for it, as in a `ReadCost`. */
    readonly cost: {
      readonly requests: number;
      readonly listings: number;
      readonly files: number;
      readonly bytes: number;
    };
  }> {
  /** The method that was called; `read` is a view's. */
  readonly verb: "read" | "readBronzeDay" | "timeline" | "joinAsOf" | "exportVersions";
  readonly dataset: string;
  /** The days asked for, first and last, `YYYY-MM-DD`; `undefined` where none were: of a join, labels have days of their own. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/**
 * On `bronzestore:engine`: a question is planned for an engine and asked of it.
 *
 * @category Telemetry
 */
export interface EngineMessage
  extends Traced<{
    /** Parts of the history that the engine was given, and their rows. */
    readonly parts: number;
    readonly rows: number;
  }> {
  /** The method of `bronze.on(engine)` that was called. */
  readonly verb: "asOf" | "joinAsOf" | "diff";
  /** How its answer was taken; of `batches` what is told ends with the first of them. */
  readonly form: "read" | "batches" | "writeParquet";
  readonly dataset: string;
  /** The engine's name. */
  readonly engine: string;
  /** Plans so far; more than one: files went away, or were replaced, while the engine read. */
  plans: number;
}

/**
 * On `bronzestore:write`: rows are checked and published.
 *
 * @category Telemetry
 */
export interface WriteMessage
  extends Traced<{
    readonly rows: number;
    /** History files that are new. */
    readonly written: number;
    /** History files that held the same rows already. */
    readonly unchanged: number;
    /** Bytes of the new ones. */
    readonly bytes: number;
    /** Latest views that were brought up to date. */
    readonly latest: number;
  }> {
  readonly verb: "write" | "importFiles";
  readonly dataset: string;
  readonly runId: string | undefined;
}

/**
 * On `bronzestore:freeze`: a slate is built and frozen.
 *
 * @category Telemetry
 */
export interface FreezeMessage
  extends Traced<{
    readonly status: "frozen" | "unchanged" | "repaired";
    /** Path of the manifest. */
    readonly path: string;
    readonly rows: number;
    readonly revision: number;
  }> {
  readonly slate: Readonly<Record<string, unknown>>;
  /** The snapshot type: `lock`. */
  readonly snapshot: string;
  readonly runId: string | undefined;
}

/**
 * On `bronzestore:lock`: a lock is waited for and taken.
 *
 * @category Telemetry
 */
export interface LockMessage
  extends Traced<{
    /** Whether its last holder never gave it back. */
    readonly wasLeft: boolean;
  }> {
  readonly path: string;
  /** The storage, in words. */
  readonly where: string;
}

/**
 * On `bronzestore:lock:release`, which is a plain channel: a lock was given back.
 *
 * @category Telemetry
 */
export interface ReleaseMessage {
  readonly path: string;
  readonly where: string;
  readonly heldMs: number;
  /** Whether others could take it before it was given back. */
  readonly wasLost: boolean;
}

/**
 * On `bronzestore:run`: a pipeline, from before its lock is taken to after it is given back.
 *
 * @category Telemetry
 */
export interface RunMessage extends Traced<{ readonly status: "completed" | "unchanged" | "skipped" }> {
  readonly name: string;
  /** Path of its lock. */
  readonly lock: string;
  /** There once it has one: not at `start`, and never where the lock was held elsewhere. */
  runId?: string;
}

/**
 * On `bronzestore:stage`: a stage of a run.
 *
 * @category Telemetry
 */
export interface StageMessage
  extends Traced<{
    /** Rows and bytes that it wrote. */
    readonly rows: number;
    readonly bytes: number;
  }> {
  readonly name: string;
  readonly run: string;
  readonly runId: string;
}

/**
 * On `bronzestore:retention`: a plan is made, applied or taken back, or the trash emptied.
 *
 * @category Telemetry
 */
export interface RetentionMessage
  extends Traced<{
    /** Ids of the plans that it was about; of an `apply`, the plan's own. */
    readonly plans: readonly string[];
    /** Files that a plan would remove, or that were removed, put back or deleted for good. */
    readonly files: number;
    /** Their bytes; `undefined` where nothing says: of `restore`. */
    readonly bytes: number | undefined;
  }> {
  readonly verb: "planPrune" | "planCompact" | "apply" | "restore" | "emptyTrash";
}

/**
 * On `bronzestore:s3`: a request to a server of S3, with all its attempts.
 *
 * @category Telemetry
 */
export interface S3Message
  extends Traced<{
    readonly status: number;
    /** Bytes of the answer's body. */
    readonly bytes: number;
  }> {
  readonly method: "GET" | "HEAD" | "PUT" | "DELETE";
  /** The object's key; `undefined` of a listing. */
  readonly key: string | undefined;
  /** What the keys begin with, of a listing. */
  readonly prefix: string | undefined;
  /** Bucket and endpoint, in words. */
  readonly where: string;
  /** Attempts so far; more than one: it was tried again. */
  attempts: number;
}

/**
 * The messages of each tracing channel, by its name.
 *
 * @example
 * ```ts
 * import { tracingChannel } from "node:diagnostics_channel";
 * import type { TelemetryMessages } from "bronzestore";
 *
 * tracingChannel("bronzestore:read").asyncEnd.subscribe((message) => {
 *   const { dataset, result } = message as TelemetryMessages["bronzestore:read"];
 *   if (result) console.log(dataset, result.rows, result.cost.bytes);
 * });
 * ```
 * @category Telemetry
 */
export interface TelemetryMessages {
  "bronzestore:read": ReadMessage;
  "bronzestore:engine": EngineMessage;
  "bronzestore:write": WriteMessage;
  "bronzestore:freeze": FreezeMessage;
  "bronzestore:lock": LockMessage;
  "bronzestore:run": RunMessage;
  "bronzestore:stage": StageMessage;
  "bronzestore:retention": RetentionMessage;
  "bronzestore:s3": S3Message;
}
