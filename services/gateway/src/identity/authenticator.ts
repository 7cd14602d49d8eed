import type { IncomingMessage } from "node:http";

/** The user of a request or of a connection. */
export interface Identity {
  readonly id: string;
  /** Other people see this name. */
  readonly name: string;
  /** Nobody may have the requested name, so the page shows another one. */
  readonly hasRefusedName?: true;
  readonly scopes: readonly Scope[];
  /** For a guest without cookies. A request that sends this token comes from the same user. */
  readonly guestToken?: string;
  /** `Set-Cookie` headers of the answer. */
  readonly setCookies: readonly string[];
}

export type Scope = "chat";

/** PORT: finds the user of a request. */
export interface Authenticator {
  /** `undefined` if the user is unknown and anonymous users are not allowed. */
  authenticate(request: IncomingMessage): Promise<Identity | undefined>;
}
