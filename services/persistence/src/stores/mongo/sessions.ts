import { defined, type RpcQuestion, type SessionPlace } from "@natter/protocol";
import type { Collection } from "mongodb";
import type { Facts } from "../../store/facts.ts";
import type { ListedSessionRow, ReadMarkRow, SessionListQuery, SessionRow } from "../../store/rows.ts";
import type { SessionReader, SessionWriter } from "../../store/store-adapter.ts";
import { writeAll } from "./bulk-writes.ts";
import type { Collections, MemberDocument, SessionDocument } from "./collections.ts";

/** Sessions and their members. */
export class MongoSessions implements SessionReader, SessionWriter {
  readonly #sessions: Collection<SessionDocument>;
  readonly #members: Collection<MemberDocument>;

  constructor({ sessions, members }: Collections) {
    this.#sessions = sessions;
    this.#members = members;
  }

  async byId(_id: string): Promise<SessionRow | undefined> {
    const document = await this.#sessions.findOne({ _id });
    return document === null ? undefined : toRow(document);
  }

  async *ofUser({ userId, archived, after, limit }: SessionListQuery): AsyncGenerator<ListedSessionRow> {
    const members = await this.#members.find({ user: userId, joined: true, archived }).toArray();
    for (const pinned of [true, false]) {
      if (after && pinned && !after.pinned) continue;
      const ids = members.filter((member) => member.pinned === pinned).map(({ session }) => session);
      const isAfter = after?.pinned === pinned ? beyond(after) : {};
      const found = this.#sessions.find(
        { _id: { $in: ids }, ...isAfter },
        { sort: { activity: -1, _id: -1 }, limit },
      );
      for await (const document of found) yield { ...toRow(document), pinned };
    }
  }

  async readMarks(session: string, limit: number): Promise<ReadMarkRow[]> {
    const found = await this.#members
      .find({ session, read: { $gt: "" } }, { sort: { read: -1 }, limit, projection: { user: 1, read: 1 } })
      .toArray();
    return found.map(({ user: userId, read }) => ({ userId, read }));
  }

  async put({ sessions, members }: Pick<Facts, "sessions" | "members">): Promise<void> {
    await Promise.all([this.#putSessions(sessions), this.#putMembers(members)]);
  }

  async mark({ userId: user, sessionId: session, pinned, archived }: RpcQuestion<"mark">): Promise<void> {
    const filter = { _id: memberId(session, user) };
    const others = { user, session, joined: false, read: "", pinned: false, archived: false };
    await this.#members.updateOne(filter, { $setOnInsert: others }, { upsert: true });
    const marks = defined({ pinned, archived });
    if (Object.keys(marks).length > 0) await this.#members.updateOne(filter, { $set: marks });
  }

  /** All of them in one step. */
  async removeMembersBefore({
    sessionId: session,
    position,
    lastActivity,
  }: Parameters<SessionWriter["removeMembersBefore"]>[0]): Promise<boolean> {
    await this.#members.deleteMany({ session, acted: { $lte: position } });
    if (lastActivity <= position) await this.#members.deleteMany({ session, acted: { $exists: false } });
    return false;
  }

  async removeDetailsBefore(session: string, position: string): Promise<void> {
    const isBefore = { $lt: position };
    for (const name of ["title", "systemPrompt", "model"] as const) {
      await this.#sessions.updateOne({ _id: session, [name]: isBefore }, { $set: { [name]: "" } });
    }
    await this.#members.updateMany({ session, read: isBefore }, { $set: { read: "" } });
  }

  async #putSessions(facts: Facts["sessions"]): Promise<void> {
    await writeAll(
      this.#sessions,
      facts.map(({ sessionId: _id, first, earliest: _earliest, ...latest }) => ({
        updateOne: { filter: { _id }, update: { $min: { first }, $max: latest }, upsert: true },
      })),
    );
  }

  async #putMembers(facts: Facts["members"]): Promise<void> {
    await writeAll(
      this.#members,
      facts.map(({ sessionId: session, userId: user, acted, read }) => ({
        updateOne: {
          filter: { _id: memberId(session, user) },
          update: {
            $set: { joined: true },
            $max: { acted, read },
            $setOnInsert: { user, session, pinned: false, archived: false },
          },
          upsert: true,
        },
      })),
    );
  }
}

function toRow({ _id: sessionId, ...fields }: SessionDocument): SessionRow {
  return { sessionId, ...fields };
}

/** A session id has no space, so two members never have one id. */
function memberId(session: string, user: string): string {
  return `${session} ${user}`;
}

function beyond({ activity, sessionId }: SessionPlace): object {
  return { $or: [{ activity: { $lt: activity } }, { activity, _id: { $lt: sessionId } }] };
}
