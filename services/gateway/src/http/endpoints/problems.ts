import { protocolErrors, type ErrorCode } from "@natter/protocol";
import { Type, type Static } from "typebox";

export const problemType = "application/problem+json";

/** A problem document (RFC 9457). `code` is a row of the error table. */
export const Problem = problemSchema(Object.keys(protocolErrors) as ErrorCode[]);
export type Problem = Static<typeof Problem>;

/** Each answer but those of the health checks. */
const anyRequest: readonly ErrorCode[] = ["bad_host", "bad_origin", "bad_request", "internal"];
const anyCaller: readonly ErrorCode[] = [...anyRequest, "unauthorized"];
/** What the store is asked for. */
const storeAnswer: readonly ErrorCode[] = ["temporary", "answer_too_large"];
const body: readonly ErrorCode[] = ["bad_json", "too_large"];

/** The errors that requests of one kind have in common. */
export const problemsOf = {
  streaming: [...anyCaller, "bad_session", "temporary"],
  reading: [...anyCaller, ...storeAnswer],
  writing: [...anyCaller, ...storeAnswer, ...body, "bad_session", "bad_name", "conflict", "full"],
} as const satisfies Record<string, readonly ErrorCode[]>;

/**
 * The responses that carry these errors, by status. Handlers throw a `Failure` and never return a problem, so these
 * responses are no part of the type that a handler may return.
 */
export function problems(...codes: readonly ErrorCode[]): object {
  const byStatus = Map.groupBy(new Set(codes), (code) => protocolErrors[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, some]) => [
      status,
      {
        description: some.map((code) => `\`${code}\`: ${protocolErrors[code].meaning}`).join(" "),
        content: { [problemType]: { schema: problemSchema(some) } },
      },
    ]),
  );
}

function problemSchema(codes: readonly ErrorCode[]) {
  return Type.Object({
    type: Type.Literal("about:blank"),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.Enum([...codes]),
    temporary: Type.Boolean({ description: "Whether the same request may succeed later" }),
  });
}
