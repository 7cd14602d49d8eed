import { clusterFaults } from "../broker-scenarios/cluster-faults.ts";
import type { Scenario } from "../scenario.ts";
import { abuse } from "./abuse.ts";
import { brokerFaults } from "./broker-faults.ts";
import { clientFaults } from "./client-faults.ts";
import { deletionFaults } from "./deletion-faults.ts";
import { diskFaults } from "./disk-faults.ts";
import { gatewayFaults } from "./gateway-faults.ts";
import { storeFaults } from "./store-faults.ts";
import { workerFaults } from "./worker-faults.ts";

/** What shares a cluster comes together, and what needs a cluster of its own comes last. */
const turnOf = ({ env, hasSmallDisks }: Scenario): number => (hasSmallDisks ? 1 : 0) + (env ? 2 : 0);

/** The rows of the fault matrix. */
export const everyScenario: readonly Scenario[] = [
  ...clientFaults,
  ...gatewayFaults,
  ...brokerFaults,
  ...clusterFaults,
  ...storeFaults,
  ...diskFaults,
  ...workerFaults,
  ...deletionFaults,
  ...abuse,
].sort((left, right) => turnOf(left) - turnOf(right));
