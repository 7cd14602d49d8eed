import type { IncomingMessage } from "node:http";

/** Who asks, for the length of a request or of a socket. */
export interface Identity {
  readonly id: string;
  /** Shown to others. */
  readonly name: string;
  /** The name that was asked for is nobody's to have, so another one is shown. */
  readonly hasRefusedName?: true;
  readonly scopes: readonly Scope[];
  /** For a guest without cookies: sent back, it makes the next request the same user's. */
  readonly guestToken?: string;
  /** `Set-Cookie` headers that the answer has to carry. */
  readonly setCookies: readonly string[];
}

export type Scope = "chat";

/** PORT: finds out who asks. */
export interface Authenticator {
  /** `undefined`: it is not known who asks, and nobody may be anonymous here. */
  authenticate(request: IncomingMessage): Promise<Identity | undefined>;
}
