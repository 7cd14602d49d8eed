import { Live, NotReady, Ready } from "./answers.ts";
import type { Endpoint } from "./endpoint.ts";

export const checkLiveness = {
  method: "GET",
  url: "/livez",
  schema: { summary: "The process lives", response: { 200: Live } },
} as const satisfies Endpoint;

export const checkReadiness = {
  method: "GET",
  url: "/readyz",
  schema: { summary: "New connections may come here", response: { 200: Ready, 503: NotReady } },
} as const satisfies Endpoint;
