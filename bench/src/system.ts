/** What is measured: something that answers messages of a WebSocket with the words of the model. */
export interface System extends AsyncDisposable {
  readonly name: string;
  /** Address of the socket of a session. */
  socketUrl(sessionId: string): string;
  /** By role: the processes whose work is counted. */
  processes(): Promise<ReadonlyMap<string, number>>;
}
