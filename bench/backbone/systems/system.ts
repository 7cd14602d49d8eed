/** What is measured: something that answers messages of a WebSocket with the words of the model. */
export interface System extends AsyncDisposable {
  readonly name: string;
  /** Address of the socket of a session. */
  socketUrl(sessionId: string): string;
  /** Pids by role: the processes whose work is counted. */
  processes(): Promise<ReadonlyMap<string, readonly number[]>>;
}
