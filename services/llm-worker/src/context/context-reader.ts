import { StoreUnavailable, type SessionView } from "@natter/session-log";
import {
  addPage,
  applyToTimeline,
  createTimeline,
  deletesSession,
  foldDetails,
  messagesOf,
  type LogEvent,
  type SessionDetails,
} from "@natter/protocol";
import { contextOf } from "./context.ts";
import type { ModelMessage } from "../models/model.ts";
import { maxBytesOf } from "../models/token-estimate.ts";

export interface PromptContext {
  readonly messages: readonly ModelMessage[];
  readonly model: string;
  /** Whether the session has no title, as far as this read shows. */
  readonly isUntitled: boolean;
}

export interface PromptContextDefaults {
  readonly systemPrompt: string;
  readonly model: string;
  readonly allowedModels: readonly string[];
  readonly budgetTokens: number;
}

const maxTextBytes = 600_000;

/** Reads the prompt context: from the store, and from the log what the store does not have yet. */
export class ContextReader {
  readonly #view: SessionView;
  readonly #defaults: PromptContextDefaults;

  constructor(deps: { view: SessionView; defaults: PromptContextDefaults }) {
    this.#view = deps.view;
    this.#defaults = deps.defaults;
  }

  /** The name of the model in use where a session has none of its own. */
  get defaultModel(): string {
    return this.#defaults.model;
  }

  /**
   * `undefined` if the message does not exist any more. While the store is unavailable, the end of the log alone is read.
   *
   * @throws StoreUnavailable if the message is before that end of the log
   */
  async read(sessionId: string, messageId: string): Promise<PromptContext | undefined> {
    const textBytes = Math.min(maxBytesOf(this.#defaults.budgetTokens), maxTextBytes);
    const question = { sessionId, messageId, textBytes };
    const view = await this.#view.read(sessionId, "context", question, "log-alone");
    const { answer, epoch, appliedSeq, events, isCut } = view;
    const timeline = createTimeline();
    addPage(timeline, answer?.messages ?? [], { epoch, seq: appliedSeq });
    for (const { event, seq } of events) applyToTimeline(timeline, event, { epoch, seq });
    if (isCut && !messagesOf(timeline).some(({ id }) => id === messageId))
      throw new StoreUnavailable(
        "the message is not at the end of the log, and the store does not have it now",
      );
    const later = events.map(({ event }) => event);
    const details = detailsOf(answer?.details ?? {}, later, isCut);
    const messages = contextOf(timeline, {
      messageId,
      systemPrompt: details.systemPrompt ?? this.#defaults.systemPrompt,
      budgetTokens: this.#defaults.budgetTokens,
    });
    const isUntitled = details.title === undefined;
    return messages && { messages, model: this.#modelOf(details), isUntitled };
  }

  /** The operator pays for the model, so the log alone does not choose it: the log may be older than the list, or forged. */
  #modelOf({ model }: SessionDetails): string {
    const isAllowed = model !== undefined && this.#defaults.allowedModels.includes(model);
    return isAllowed ? model : this.#defaults.model;
  }
}

/**
 * In a part of the log the first author may be another user than the owner. Each deletion in it is valid all the same, because the
 * gateway appends only deletions of the owner.
 */
function detailsOf(stored: SessionDetails, events: readonly LogEvent[], isCut: boolean): SessionDetails {
  if (!isCut || stored.firstAuthor !== undefined) return foldDetails(stored, events);
  const deletion = events.findLastIndex((event) => deletesSession(event));
  return foldDetails(deletion < 0 ? stored : {}, events.slice(deletion + 1));
}
