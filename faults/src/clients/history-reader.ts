import type { PageMessage } from "@natter/protocol";
import type { HistoryRead } from "../checker/evidence.ts";

interface Page {
  readonly messages: readonly PageMessage[];
  readonly cursor: string;
  readonly hasMore: boolean;
}

const answerMs = 5_000;

/** @throws unless the gateway answered with a page */
export async function fetchPage(
  gateway: string,
  sessionId: string,
  query: { guestToken: string; limit: number; before?: string },
): Promise<Page> {
  const search = new URLSearchParams({ guest: query.guestToken, limit: String(query.limit) });
  if (query.before !== undefined) search.set("before", query.before);
  const response = await fetch(`http://${gateway}/api/sessions/${sessionId}/messages?${search.toString()}`, {
    signal: AbortSignal.timeout(answerMs),
  });
  if (!response.ok) throw new Error(`history answered ${response.status}: ${await response.text()}`);
  return (await response.json()) as Page;
}

/** All of a session, page by page from its end. */
export async function readHistory(
  gateway: string,
  sessionId: string,
  guestToken: string,
): Promise<HistoryRead> {
  const messages: PageMessage[] = [];
  let cursor: string | undefined;
  for (;;) {
    const before = messages[0]?.id;
    const page = await fetchPage(gateway, sessionId, {
      guestToken,
      limit: 100,
      ...(before === undefined ? {} : { before }),
    });
    cursor ??= page.cursor;
    messages.unshift(...page.messages);
    if (!page.hasMore || page.messages.length === 0) return { gateway, messages, cursor };
  }
}
