import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { waitFor } from "@natter/testing";
import { judging, type Judge } from "../src/links/broker-frames.ts";
import { Random } from "../src/random.ts";
import { TcpProxy } from "../src/links/tcp-proxy.ts";

describe("a link", () => {
  let echo: Server;
  let proxy: TcpProxy;
  let socket: Socket;
  let heard: string;
  let isReset: boolean;

  beforeEach(async () => {
    echo = createServer((far) => far.on("error", () => undefined).pipe(far));
    echo.listen(0, "127.0.0.1");
    await once(echo, "listening");
    proxy = await TcpProxy.open({ host: "127.0.0.1", port: (echo.address() as AddressInfo).port });
    heard = "";
    isReset = false;
    socket = connect(proxy.port, "127.0.0.1");
    socket.on("data", (data) => (heard += data.toString()));
    socket.on("error", () => (isReset = true));
    await once(socket, "connect");
  });

  afterEach(async () => {
    socket.destroy();
    await proxy[Symbol.asyncDispose]();
    echo.close();
  });

  const expectToHear = (text: string): Promise<boolean> =>
    waitFor(() => heard === text, { what: `"${text}"` });

  test("carries what is sent, also in single bytes", async () => {
    socket.write("one ");
    await expectToHear("one ");
    proxy.slice();
    socket.write("two");
    await expectToHear("one two");
  });

  test("that is silent loses nothing and keeps the order", async () => {
    proxy.silence("down");
    socket.write("one ");
    await waitFor(() => proxy.connections === 1, { what: "the connection" });
    socket.write("two ");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toBe("");
    proxy.heal();
    socket.write("three");
    await expectToHear("one two three");
  });

  test("that is slow keeps the order when it is healed", async () => {
    proxy.delay(10_000);
    socket.write("one ");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(heard).toBe("");
    proxy.heal();
    socket.write("two");
    await expectToHear("one two");
  });

  test("that is cut tears the connection down and takes no other until it is healed", async () => {
    proxy.cut();
    await waitFor(() => isReset, { what: "a reset" });
    const again = connect(proxy.port, "127.0.0.1");
    const [error] = (await once(again, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
    proxy.heal();
    const third = connect(proxy.port, "127.0.0.1");
    third.write("well");
    const [data] = (await once(third, "data")) as [Buffer];
    expect(data.toString()).toBe("well");
    third.destroy();
  });
});

const losing: Judge = ({ verb, subject }) => (verb === "MSG" && subject === "a.b" ? "drop" : "pass");

describe("the frames of the broker", () => {
  const stream = Buffer.from(
    "INFO {}\r\nMSG a.b 1 5\r\nh\r\nlo\r\nHMSG a.c 2 reply 12 14\r\nNATS/1.0\r\n\r\nhi\r\nPUB a.b 0\r\n\r\nPING\r\n",
  );

  test.each([1, 3, 7, stream.length])("pass as they are in pieces of %i bytes", (size) => {
    const filter = judging(() => undefined);
    const passed: Buffer[] = [];
    for (let at = 0; at < stream.length; at += size)
      passed.push(filter(stream.subarray(at, at + size)) ?? Buffer.alloc(0));
    expect(Buffer.concat(passed).toString()).toBe(stream.toString());
  });

  test("are lost one by one, or end the connection", () => {
    let judge = losing;
    const filter = judging(() => judge);
    expect(filter(stream)?.toString()).toBe(stream.toString().replace("MSG a.b 1 5\r\nh\r\nlo\r\n", ""));
    judge = ({ body }) => (body.includes("hi") ? "reset" : "pass");
    expect(filter(stream)).toBeUndefined();
  });
});

function draw(seed: number): number[] {
  const random = new Random(seed);
  return Array.from({ length: 50 }, () => random.between(1, 6));
}

test("chance is the same for the same seed", () => {
  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(new Set(draw(7))).toEqual(new Set([1, 2, 3, 4, 5, 6]));
});
