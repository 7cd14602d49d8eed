import type { Scenario } from "../scenario.ts";
import { gatewayFaults } from "./gateway-faults.ts";

export const everyScenario: readonly Scenario[] = [...gatewayFaults];
