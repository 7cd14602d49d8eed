import type { Entry, Journal } from "../checker/evidence.ts";

type Untimed<T> = T extends unknown ? Omit<T, "at"> : never;

/** A journal that is being written. */
export class RecordedJournal implements Journal {
  readonly client: string;
  readonly entries: Entry[] = [];

  constructor(client: string) {
    this.client = client;
  }

  add(entry: Untimed<Entry>): void {
    this.entries.push({ at: Date.now(), ...entry });
  }
}
