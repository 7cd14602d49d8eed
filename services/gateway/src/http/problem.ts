import { protocolErrors, type ErrorCode } from "@natter/protocol";
import type { FastifyBaseLogger, FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { Failure, toFailure } from "../failure.ts";
import { problemType, type Problem } from "./endpoints/problems.ts";

/** The errors with which fastify itself refuses a request, as rows of the error table. */
const fastifyCodes: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: "too_large",
  FST_ERR_CTP_INVALID_JSON_BODY: "bad_json",
  FST_ERR_CTP_EMPTY_JSON_BODY: "bad_json",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "bad_request",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "bad_request",
};

/** Answers an error as `application/problem+json` (RFC 9457) with the code of the error table. */
export function createErrorHandler(
  logger: FastifyBaseLogger,
): (error: FastifyError, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    const failure = refusalOf(error) ?? toFailure(error);
    if (failure.code === "internal")
      logger.error({ err: error, url: request.routeOptions.url }, "a request failed");
    sendProblem(reply, failure);
  };
}

/** A refusal of fastify is an error of the request, and never a defect of the gateway. */
function refusalOf(error: FastifyError): Failure | undefined {
  if (error.code === "FST_ERR_VALIDATION") {
    return error.validationContext === "params"
      ? new Failure("bad_session")
      : new Failure("bad_request", error.message);
  }
  const known = fastifyCodes[error.code];
  if (known) return new Failure(known);
  const { statusCode = 500 } = error;
  return statusCode >= 400 && statusCode < 500 ? new Failure("bad_request", error.message) : undefined;
}

export function sendProblem(reply: FastifyReply, failure: Failure): void {
  const { status, temporary } = protocolErrors[failure.code];
  const problem: Problem = {
    type: "about:blank",
    title: failure.message,
    status,
    code: failure.code,
    temporary,
  };
  if (temporary) void reply.header("retry-after", "1");
  void reply.code(status).type(problemType).send(problem);
}
