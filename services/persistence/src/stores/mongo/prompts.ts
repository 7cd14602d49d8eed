import type { Collection } from "mongodb";
import type { Facts } from "../../store/facts.ts";
import { noKey } from "../../store/position-keys.ts";
import type { PromptRow, WithdrawalRow } from "../../store/rows.ts";
import type { PromptReader, PromptWriter } from "../../store/store-adapter.ts";
import { putEarliest, writeAll } from "./bulk-writes.ts";
import type { WithdrawalDocument, Collections, PromptDocument } from "./collections.ts";

/** Prompts, and what withdraws them. */
export class MongoPrompts implements PromptReader, PromptWriter {
  readonly #prompts: Collection<PromptDocument>;
  readonly #withdrawals: Collection<WithdrawalDocument>;

  constructor({ prompts, withdrawals }: Collections) {
    this.#prompts = prompts;
    this.#withdrawals = withdrawals;
  }

  async byId(session: string, promptId: string): Promise<PromptRow | undefined> {
    return (await this.#prompts.findOne({ _id: idOf(session, promptId) })) ?? undefined;
  }

  async open(session: string): Promise<PromptRow[]> {
    return this.#prompts
      .find({ session, completed: 0, asked: { $lt: noKey } }, { sort: { asked: 1 } })
      .toArray();
  }

  async earliestOpen(): Promise<PromptRow | undefined> {
    const filter = { completed: 0, asked: { $lt: noKey } } as const;
    return (await this.#prompts.findOne(filter, { sort: { asked: 1 } })) ?? undefined;
  }

  async withdrawals(session: string, targets: readonly string[], after: string): Promise<WithdrawalRow[]> {
    return this.#withdrawals
      .find(
        { session, target: { $in: [...targets] }, position: { $gt: after } },
        { projection: { _id: 0, target: 1, position: 1 } },
      )
      .toArray();
  }

  async put({ prompts, withdrawals }: Pick<Facts, "prompts" | "withdrawals">): Promise<void> {
    await Promise.all([this.#putPrompts(prompts), this.#putWithdrawals(withdrawals)]);
  }

  async #putPrompts(facts: Facts["prompts"]): Promise<void> {
    await writeAll(
      this.#prompts,
      facts.map(({ sessionId: session, promptId, asked, start, completed }) => ({
        updateOne: {
          filter: { _id: idOf(session, promptId) },
          update: { $min: { asked }, $max: { start, completed }, $setOnInsert: { session, promptId } },
          upsert: true,
        },
      })),
    );
  }

  async #putWithdrawals(facts: Facts["withdrawals"]): Promise<void> {
    const documents = facts.map(({ eventId: _id, sessionId: session, target, position }) => ({
      _id,
      session,
      target,
      position,
    }));
    await putEarliest(this.#withdrawals, documents);
  }
}

/** A session id has no space, so two prompts never have one id. */
function idOf(session: string, promptId: string): string {
  return `${session} ${promptId}`;
}
