import type { Endpoint } from "./endpoint.ts";
import { listSessions, searchMessages } from "./list-endpoints.ts";
import { checkLiveness, checkReadiness } from "./operation-endpoints.ts";
import {
  changeSession,
  deleteSession,
  describeSession,
  listMessages,
  readEvents,
  sendFrame,
} from "./session-endpoints.ts";

/** The whole HTTP side, but for the page and its own description. */
export const api: readonly Endpoint[] = [
  listSessions,
  searchMessages,
  describeSession,
  listMessages,
  sendFrame,
  changeSession,
  deleteSession,
  readEvents,
  checkLiveness,
  checkReadiness,
];
