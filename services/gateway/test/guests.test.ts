import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { meet, portOf } from "./raw-requests.ts";
import { World } from "./world.ts";

let world: World;
/** Behind a proxy that ends https. */
let secured: World;

beforeAll(async () => {
  world = await World.start();
  secured = await World.start({
    allowedHosts: [{ name: "chat.example.com", port: undefined }],
    tls: "forwarded",
  });
});

afterAll(async () => {
  await world?.[Symbol.asyncDispose]();
  await secured?.[Symbol.asyncDispose]();
});

describe("a guest", () => {
  const old = "Zm9vYmFyQmF6cXV4UXV1eGNvcmdlZ3Jh";
  const byHttps = ["Host: chat.example.com", "X-Forwarded-Proto: https"];

  it("is told their token only if they are no browser", async () => {
    const host = `Host: 127.0.0.1:${portOf(world)}`;
    const isTold = async (...headers: string[]): Promise<boolean> =>
      (await meet(world, [host, ...headers])).hasToken;
    expect(await isTold()).toBe(true);
    expect(await isTold(`Origin: http://127.0.0.1:${portOf(world)}`)).toBe(false);
    expect(await isTold(`Cookie: natter_guest=${old}`)).toBe(false);
    expect(await isTold("Cookie: other=1")).toBe(false);
  });

  it("gets a cookie for this machine without https, and one that no neighbour can plant with it", async () => {
    expect((await meet(world, ["Host: localhost"])).cookies).toEqual([
      expect.stringMatching(/^natter_guest=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=31536000$/),
    ]);
    expect((await meet(secured, byHttps)).cookies).toEqual([
      expect.stringMatching(
        /^__Host-natter_guest=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=31536000; Secure$/,
      ),
    ]);
  });

  it("stays the same when https comes, and gets the better cookie for the old one", async () => {
    const before = await meet(world, ["Host: localhost", `Cookie: natter_guest=${old}`]);
    expect(before.cookies).toEqual([]);
    const after = await meet(secured, [...byHttps, `Cookie: natter_guest=${old}`]);
    expect(after.user).toBe(before.user);
    expect(after.cookies).toEqual([
      expect.stringMatching(new RegExp(`^__Host-natter_guest=${old}; .*Secure$`)),
      "natter_guest=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0",
    ]);
    const planted = "cGxhbnRlZCBieSBhIG5laWdoYm91ciE0";
    const both = `Cookie: natter_guest=${planted}; __Host-natter_guest=${old}`;
    expect(await meet(secured, [...byHttps, both])).toMatchObject({ user: before.user, cookies: [] });
  });
});
