/** Addresses are in the logs of proxies and servers: what says who somebody is must be in none. */
import { startNatter, type TestNatter } from "@natter/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createClient, type ClientOptions } from "../../src/index.ts";

const guestToken = "Zm9vYmFyQmF6cXV4UXV1eGNvcmdlZ3Jh";
const foreignToken = "eyJ0 ünïcode ✓ token/+=";

let natter: TestNatter;

beforeAll(async () => {
  natter = await startNatter();
});
afterAll(async () => natter[Symbol.asyncDispose]());

/** A client that writes down what it says to the network. */
function recorded(options: ClientOptions) {
  const addresses: string[] = [];
  const offers: (readonly string[])[] = [];
  const selected = new Set<string>();
  const authorizations = new Set<string | null>();
  const client = createClient({
    url: natter.url,
    ...options,
    webSocket: class extends WebSocket {
      constructor(url: string, offered: string[]) {
        super(url, offered);
        addresses.push(url);
        offers.push(offered);
        this.addEventListener("open", () => selected.add(this.protocol));
      }
    } as typeof WebSocket,
    fetch: (input, init) => {
      const request = new Request(input, init);
      addresses.push(request.url);
      authorizations.add(request.headers.get("authorization"));
      return fetch(request);
    },
  });
  return { client, addresses, offers, selected, authorizations };
}

async function meet(session: string, options: ClientOptions) {
  const record = recorded(options);
  const opened = record.client.session(session);
  opened.open();
  await opened.ready(AbortSignal.timeout(10_000));
  const { me } = opened.getSnapshot();
  await opened.send("/rate 0 /echo hello");
  await record.client.sessions.refresh();
  const listed = record.client.sessions.getSnapshot().sessions.map(({ sessionId }) => sessionId);
  record.client.close();
  return { ...record, me, listed };
}

describe("a token", () => {
  test("of a guest goes with a socket as a sub-protocol and with a request as a header", async () => {
    const { addresses, offers, selected, authorizations, me } = await meet("guest-socket", { guestToken });
    expect(addresses.length).toBeGreaterThan(1);
    expect(addresses.filter((address) => address.includes(guestToken))).toEqual([]);
    expect(new Set(addresses.flatMap((address) => [...new URL(address).searchParams.keys()]))).not.toContain(
      "guest",
    );
    const encoded = Buffer.from(guestToken).toString("base64url");
    expect(offers).toEqual([["natter.v1", `natter.token.${encoded}`]]);
    expect(selected).toEqual(new Set(["natter.v1"]));
    expect(authorizations).toEqual(new Set([`Bearer ${guestToken}`]));
    expect(me?.id).toMatch(/^guest-/);
  });

  test("of a guest is understood by every door of the gateway, so that all are the same guest's", async () => {
    const bySocket = await meet("same-guest", { guestToken });
    const byEvents = await meet("same-guest", { guestToken, transport: "events" });
    expect(byEvents.me).toEqual(bySocket.me);
    expect(byEvents.addresses.filter((address) => address.includes(guestToken))).toEqual([]);
    expect(byEvents.offers).toEqual([]);
    expect(byEvents.listed).toContain("same-guest");
  });

  test("that the client made for itself is in no address either", async () => {
    const { client, addresses, offers } = await meet("own-token", {});
    const own = client.guestToken ?? "";
    expect(own).toMatch(/^[\w-]{32}$/);
    expect(addresses.filter((address) => address.includes(own))).toEqual([]);
    expect(offers).toEqual([["natter.v1", `natter.token.${Buffer.from(own).toString("base64url")}`]]);
  });

  test("that an application gives is sent as its bytes in UTF-8, whatever letters it has", async () => {
    const offered = Promise.withResolvers<string[]>();
    const client = createClient({
      url: natter.url,
      getToken: () => foreignToken,
      webSocket: class extends WebSocket {
        constructor(url: string, offers: string[]) {
          super(url, offers);
          expect([...new URL(url).searchParams.keys()]).toEqual([]);
          offered.resolve(offers);
        }
      } as typeof WebSocket,
    });
    client.session("of-an-application").open();
    const [version, token = ""] = await offered.promise;
    client.close();
    expect(version).toBe("natter.v1");
    expect(token).toMatch(/^natter\.token\.[\w-]+$/);
    expect(Buffer.from(token.slice("natter.token.".length), "base64url").toString()).toBe(foreignToken);
  });

  test("that is not there is not offered", async () => {
    const { offers, authorizations } = await meet("no-token", { getToken: () => "" });
    expect(offers).toEqual([["natter.v1"]]);
    expect(authorizations).toEqual(new Set([null]));
  });
});
