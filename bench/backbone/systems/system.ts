/** What a round measures: a system that answers the messages of a WebSocket with the text of the model. */
export interface System extends AsyncDisposable {
  readonly name: string;
  /** Address of the socket of a session. */
  socketUrl(sessionId: string): string;
  /** Pids by role: the processes whose CPU time counts. */
  processes(): Promise<ReadonlyMap<string, readonly number[]>>;
}
