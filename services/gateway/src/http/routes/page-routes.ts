import { access } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fastifyStatic from "@fastify/static";
import type { FastifyPluginAsync, FastifyReply } from "fastify";
import type { Identify } from "./identify.ts";

export interface PageRouteDeps {
  readonly identify: Identify;
  /** Where the built page is. */
  readonly pageDir?: string;
}

const builtPage = fileURLToPath(new URL("../../../../../apps/web/dist", import.meta.url));
const notBuilt =
  "The page is not built. `npx -y pnpm start` builds it, and so does `npx -y pnpm --filter @natter/web build`.\n";

/**
 * The page runs scripts and styles of this server only, so text of a model or a person can run nothing. It shows images of
 * other servers, because it loads such an image only when a person asks for it. It shows no image of this server: its own
 * icon is a `data:` address.
 */
const contentPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src data: https:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The page needs none of these, so a foreign script in the page cannot use them. */
const refusedFeatures = [
  "accelerometer",
  "autoplay",
  "camera",
  "display-capture",
  "encrypted-media",
  "geolocation",
  "gyroscope",
  "hid",
  "magnetometer",
  "microphone",
  "midi",
  "payment",
  "publickey-credentials-get",
  "screen-wake-lock",
  "serial",
  "usb",
  "xr-spatial-tracking",
];

/** Everybody who has the address of a session can read the session, so no other site gets the address that somebody came from. */
const pageHeaders = {
  "referrer-policy": "no-referrer",
  // A page that opens this one in a window gets no reference to that window.
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": refusedFeatures.map((feature) => `${feature}=()`).join(", "),
  // A browser may look up the host of every visible link, and a model could write secrets into a host's name.
  "x-dns-prefetch-control": "off",
  "x-content-type-options": "nosniff",
} as const;

/** The page and what belongs to it, compressed when it was built. */
export const pageRoutes: FastifyPluginAsync<PageRouteDeps> = async (
  server,
  { identify, pageDir = builtPage },
) => {
  const hidden = { schema: { hide: true } };
  if (!(await exists(join(pageDir, "index.html")))) {
    server.get("/", hidden, (_request, reply) =>
      reply.code(404).type("text/plain; charset=utf-8").send(notBuilt),
    );
    return;
  }
  // The names of assets change with their content, so a browser never has to ask for them again.
  await server.register(fastifyStatic, {
    root: join(pageDir, "assets"),
    prefix: "/assets/",
    index: false,
    preCompressed: true,
    immutable: true,
    maxAge: "365d",
    setHeaders: (reply) => void reply.header("x-content-type-options", "nosniff"),
  });
  server.get("/", hidden, async (request, reply) => {
    await identify(request, reply);
    return send(reply, { name: "index.html", pageDir });
  });
  server.get("/theme.js", hidden, (_request, reply) => send(reply, { name: "theme.js", pageDir }));
};

/** A browser asks each time, and gets an answer without a body while the file is the same. */
function send(reply: FastifyReply, { name, pageDir }: { name: string; pageDir: string }): FastifyReply {
  return reply
    .headers({
      ...pageHeaders,
      "content-security-policy": contentPolicy,
      "cache-control": "no-cache",
    })
    .sendFile(name, pageDir, { cacheControl: false });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
