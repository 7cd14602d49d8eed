import type { Failpoint } from "@natter/runtime";
import type { StoreKind } from "./cluster/cluster.ts";
import type { Stage } from "./stage.ts";

/** One row of the fault matrix, or one case of it. */
export interface Scenario {
  /** Begins with the row, for example `W1 after-claim`. */
  readonly id: string;
  readonly title: string;
  /** For services that have to run with other settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** How long to wait for what may never come, if not as long as a recovery may take. */
  readonly patienceMs?: number;
  /** Where a process dies in it. */
  readonly failpoint?: Failpoint;
  /** Only with this store. */
  readonly store?: StoreKind;
  /** Breaks the disks of the broker or of the store. Needs root. */
  readonly hasSmallDisks?: boolean;
  /** Only with so many nats-servers. */
  readonly brokers?: number;
  readonly run: (stage: Stage) => Promise<void>;
}
