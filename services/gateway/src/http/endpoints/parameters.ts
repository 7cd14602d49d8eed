import { SessionId } from "@natter/protocol";
import { Type, type TOptional, type TString } from "typebox";

export const SessionParams = Type.Object({ sessionId: SessionId });
export const IdempotencyHeaders = Type.Object({ "idempotency-key": Type.Optional(Type.String()) });

export const limit: TOptional<TString> = Type.Optional(
  Type.String({ pattern: "^[1-9][0-9]{0,2}$", description: "1 to 100" }),
);
