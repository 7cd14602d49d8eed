import { clusterFaults } from "../broker-scenarios/cluster-faults.ts";
import type { Scenario } from "../scenario.ts";
import { abuse } from "./abuse.ts";
import { brokerFaults } from "./broker-faults.ts";
import { clientFaults } from "./client-faults.ts";
import { deletionFaults } from "./deletion-faults.ts";
import { gatewayFaults } from "./gateway-faults.ts";
import { storeFaults } from "./store-faults.ts";
import { workerFaults } from "./worker-faults.ts";

/** The rows of the fault matrix; what needs settings of its own comes last, because it needs a cluster of its own. */
export const everyScenario: readonly Scenario[] = [
  ...clientFaults,
  ...gatewayFaults,
  ...brokerFaults,
  ...clusterFaults,
  ...storeFaults,
  ...workerFaults,
  ...deletionFaults,
  ...abuse,
].sort((left, right) => Number(left.env !== undefined) - Number(right.env !== undefined));
