/** What a client must know, and what a test may ask the emulator behind it. */
export interface Endpoint {
  /** Base URL, such as `http://127.0.0.1:40123`. */
  readonly url: string;
  /** Descope project ID, the bearer. */
  readonly projectId: string;
  /** Management key of that project. */
  readonly managementKey: string;
  /** The variables in which SDKs look for these values: `DESCOPE_BASE_URL`, `DESCOPE_PROJECT_ID` and others. */
  readonly env: Readonly<Record<string, string>>;
  /** The code that waits for this login ID; asks again until `timeout` milliseconds are over (2000). */
  code(loginId: string, options?: { timeout?: number }): Promise<string>;
  /** The messages sent to a recipient, or the latest to anybody, oldest first. */
  messages(to?: string): Promise<Message[]>;
  /** Moves the server's clock ahead. */
  advance(milliseconds: number): Promise<void>;
  /** Forgets users, messages and moves of the clock. */
  reset(): Promise<void>;
}

/** A text message. */
export interface Message {
  seq: number;
  recipient: string;
  body: string;
  sender: string;
  /** The code in it. */
  token: string;
  /** Milliseconds since 1970 by the server's clock. */
  time: number;
}

/** A running emulator. */
export interface Server extends Endpoint {
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A running proxy. */
export interface Proxy extends Endpoint {
  /** Says which test is running, so that findings bear its name; nothing where none is. */
  mark(name?: string): Promise<void>;
  /** Ends the proxy. Every call returns the one verdict. */
  stop(): Promise<Verdict>;
  [Symbol.asyncDispose](): Promise<Verdict>;
}

/** What the command said about everything that passed. */
export interface Verdict {
  /** Whether all was as expected. */
  ok: boolean;
  /** Exit status: 0 as expected, 1 a violation, 4 nothing was judged, and the others of the documentation. */
  status: number;
  /** The verdict in one word: `pass`, `fail`, `untested`, … */
  word: string;
  /** The report, for people. */
  text: string;
  /** The requirements that were broken: `OTP-122`. */
  violated: string[];
  /** The requirements that were broken and fail nothing: a SHOULD without `strict`. */
  warned: string[];
  /** The operations that were called, and how often: `{ 'verify-sms': 2 }`. */
  called: Record<string, number>;
  /** The summary, as `schema/summary.json` describes it; empty where it could not be written. */
  summary: Record<string, unknown>;
}

export interface ServeOptions {
  projectId?: string;
  managementKey?: string;
  /** Deliberate bugs: `otp-conformance list faults`. */
  faults?: string[];
  /** Legitimate differences: `otp-conformance list variants`. */
  variants?: string[];
  /** Further flags of the command. */
  args?: string[];
}

export interface ProxyOptions extends ServeOptions {
  /** Base URL to pass requests on to; an emulator of its own where none is named. */
  target?: string;
  /** How codes of that target are read: `otp-conformance proxy --help`. */
  codes?: string;
  /** A broken SHOULD fails too. */
  strict?: boolean;
  /** A file of the client's known deviations. */
  deviations?: string;
  /** One hostile answer that is played to the client: `transient::503-then-success`. */
  hostile?: string;
  /** Operations that must have been called, such as `verify-sms`; one that was not fails the verdict. */
  require?: string[];
  /** A file for the recording. */
  record?: string;
  /** A file for the page. */
  html?: string;
}

/** Starts the emulator on a free port of loopback. Rejects with what the command said where it does not start. */
export function serve(options?: ServeOptions): Promise<Server>;

/** Starts a recording proxy on a free port of loopback. Rejects with what the command said where it does not start. */
export function proxy(options?: ProxyOptions): Promise<Proxy>;

/** The path of the command. Throws where this platform has none. */
export function binaryPath(): string;
