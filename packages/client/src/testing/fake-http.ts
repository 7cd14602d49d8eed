import {
  containsWords,
  formatCursor,
  limits,
  parseCursor,
  toSearchWords,
  type ClientFrame,
  type ServerFrame,
  type SessionEntry,
  type User,
} from "@natter/protocol/plain";
import type { FakeReader, FakeSession } from "./fake-session.ts";

/** From a socket or a request. */
export interface FakeCaller {
  readonly session: FakeSession;
  readonly user: User;
  readonly guestToken: string;
  readonly since: string | undefined;
}

/** The server, as its HTTP side needs it. */
export interface FakeHttpServer {
  readonly sessions: readonly FakeSession[];
  handle(session: FakeSession, user: User, frame: ClientFrame): ServerFrame | undefined;
}

/** The HTTP side of a fake server. */
export async function answerHttp(
  server: FakeHttpServer,
  request: Request,
  caller: FakeCaller,
): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  const { session, user } = caller;
  if (pathname === "/readyz") return Response.json({ status: "ready" });
  if (pathname === "/api/search") return search(server, caller, searchParams.get("q") ?? "");
  if (pathname === "/api/sessions") {
    const all = server.sessions.flatMap((other) => other.entryFor(user) ?? []).sort(laterFirst);
    const shown = searchParams.get("archived") === "true" ? [] : all;
    const start = shown.findIndex(({ sessionId }) => sessionId === searchParams.get("after")) + 1;
    const sessions = shown.slice(start, start + limits.sessionListEntries);
    const isLast = start + sessions.length === shown.length;
    return Response.json({ sessions, next: isLast ? undefined : sessions.at(-1)?.sessionId });
  }
  const route = `${request.method} ${/^\/api\/sessions\/[^/]+(.*)$/.exec(pathname)?.[1]}`;
  switch (route) {
    case "GET /messages":
      return page(caller, searchParams);
    case "GET /events":
      return events(caller);
    case "POST /frames": {
      const answer = server.handle(session, user, (await request.json()) as ClientFrame);
      if (answer?.type !== "error")
        return answer ? Response.json(answer) : new Response(null, { status: 204 });
      const { code, message, temporary } = answer;
      return problem(temporary ? 503 : 400, { code, title: message, temporary });
    }
    case "GET ":
      return describe(caller);
    case "PATCH ": {
      const {
        pinned: _pinned,
        archived: _archived,
        ...change
      } = (await request.json()) as Record<string, string>;
      if (Object.keys(change).length > 0)
        session.append({
          type: "session_updated",
          id: `event-update-${session.log.length}`,
          user,
          ...change,
        });
      return describe(caller);
    }
    case "DELETE ":
      session.append({ type: "session_deleted", id: `event-delete-${session.log.length}`, user });
      return Response.json({ type: "ack", seq: session.log.length });
    default:
      return problem(404, { code: "not_found", title: "There is no such thing", temporary: false });
  }
}

function laterFirst(left: SessionEntry, right: SessionEntry): number {
  return Number(left.lastActivity < right.lastActivity) - Number(left.lastActivity > right.lastActivity);
}

function describe({ session, user }: FakeCaller): Response {
  const { id: sessionId, details, readMarks } = session;
  return Response.json({ sessionId, ...details, canDelete: session.mayDelete(user), readMarks });
}

function page({ session }: FakeCaller, query: URLSearchParams): Response {
  const all = session.messages;
  const limit = Number(query.get("limit") ?? limits.pageMessagesDefault);
  const placeOf = (name: string): number => all.findIndex(({ id }) => id === query.get(name));
  const places = { before: placeOf("before"), after: placeOf("after"), around: placeOf("around") };
  const wanted = (["before", "after", "around"] as const).find((name) => query.has(name));
  if (wanted && places[wanted] < 0)
    return problem(404, { code: "not_found", title: "There is no such message", temporary: false });
  const starts = {
    before: places.before - limit,
    after: places.after + 1,
    around: places.around - Math.floor(limit / 2),
  };
  const start = Math.max(0, wanted ? starts[wanted] : all.length - limit);
  const end = wanted === "before" ? places.before : Math.min(all.length, start + limit);
  const { cursor } = session;
  const hasNewer = end < all.length;
  return Response.json({ messages: all.slice(start, end), cursor, hasMore: start > 0, hasNewer });
}

function search(server: FakeHttpServer, { user }: FakeCaller, query: string): Response {
  const words = toSearchWords(query);
  const hits = server.sessions
    .filter((session) => session.entryFor(user))
    .flatMap((session) => session.messages.map((message) => ({ sessionId: session.id, message })))
    .filter(({ message }) => containsWords(message.message, words));
  return Response.json({ hits: hits.toReversed(), truncated: false });
}

function events({ session, user, since, guestToken }: FakeCaller): Response {
  const encoder = new TextEncoder();
  let read: FakeReader | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      read = (frame) => {
        const { seq } = frame as { seq?: number };
        const { epoch = "" } = parseCursor(session.cursor) ?? {};
        const id = seq === undefined ? "" : `id: ${formatCursor({ epoch, seq })}\n`;
        controller.enqueue(encoder.encode(`${id}data: ${JSON.stringify(frame)}\n\n`));
      };
      session.join(read, user, { since, guestToken });
    },
    cancel: () => {
      if (read) session.leave(read);
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function problem(status: number, body: object): Response {
  return Response.json(body, { status, headers: { "content-type": "application/problem+json" } });
}
