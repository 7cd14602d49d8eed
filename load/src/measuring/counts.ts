/** What is counted, each with the words of the report. The order is that of the report. */
export const countNames = {
  connections: "sockets that were opened",
  unopened: "sockets that were not open at the end",
  closed: "sockets that closed without being asked to",
  resyncs: "returns whose cursor was too old, so that a page of history was read",
  sent: "messages sent",
  acked: "messages acknowledged",
  limited: "sends that were refused for now and sent again",
  refused: "sends that were refused for good",
  replies: "replies that ended",
  chunks: "chunks that arrived",
  restarted: "replies whose text began anew at another worker",
  cut: "replies that ended with an error or unfinished",
  unanswered: "acknowledged messages without a reply at the end",
  unacked: "messages without an answer to the send at the end",
  lost: "acknowledged messages that history does not have",
  duplicated: "messages that history or a socket has twice",
  reordered: "events that came to a socket before an earlier one",
  holes: "events or chunks that did not come to a socket",
  unequal: "texts that differ between what was sent, streamed, completed and stored",
} as const;

export type CountName = keyof typeof countNames;
export type Counts = Record<CountName, number>;

export function noCounts(): Counts {
  return Object.fromEntries(Object.keys(countNames).map((name) => [name, 0])) as Counts;
}

export function addCounts(into: Counts, more: Readonly<Counts>): void {
  for (const name of Object.keys(countNames) as CountName[]) into[name] += more[name];
}
