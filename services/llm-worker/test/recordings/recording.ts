/**
 * What a model's provider answers, byte for byte, and what natter has to make of it. No provider was called for these: the
 * comments beside the exchanges name the fixture, source or document whose form the bytes have. Their texts, ids and numbers
 * are ours, and so are the shortened lists of chunks. The sentences of errors are the providers' own, because code reads them.
 * Where neither the exchange nor its file names a source, the bytes are written by the form of their neighbours and by what
 * clients commonly quote; nobody saw them in a capture.
 */
export interface ProviderRecording {
  readonly provider: string;
  /** As an operator sets it. Hosts are examples. */
  readonly baseUrl: string;
  readonly model: string;
  readonly exchanges: readonly Exchange[];
}

/** A server that only ever answers this: a request that is sent again in another form gets the same bytes. */
export interface Exchange {
  /** What it shows. */
  readonly name: string;
  readonly status: number;
  /** Header names are in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Unset: Chat Completions. */
  readonly api?: "responses";
  readonly expected: ExpectedAnswer | ExpectedFailure;
}

export interface ExpectedAnswer {
  /** Without white space at its ends: where tags part an answer, nobody says whose it is. The same holds for `reasoning`. */
  readonly text: string;
  readonly reasoning: string;
  readonly reason: "stop" | "length" | "content_filter" | "tool_calls";
  /** Unset: the provider counts nothing. */
  readonly usage?: { readonly promptTokens: number; readonly completionTokens: number };
}

export interface ExpectedFailure {
  readonly failure: "provider" | "refused" | "rate_limited" | "context_too_long" | "cut";
}
