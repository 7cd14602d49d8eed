import { createServer } from "node:net";
import { connect } from "@nats-io/transport-node";
import { recordingLogger, startNatsServer, waitFor, type TestNatsServer } from "@natter/testing";
import { describe, expect, it } from "vitest";
import { parseBrokerUrl } from "../src/broker-address.ts";
import { clientOf } from "../src/connection.ts";
import { Connection } from "../src/index.ts";

describe("the URL of a broker", () => {
  it.each([
    ["nats://127.0.0.1:4222", { servers: ["nats://127.0.0.1:4222"] }],
    ["nats://[::1]:4222", { servers: ["nats://[::1]:4222"] }],
    ["nats://a-token@broker:4222", { servers: ["nats://broker:4222"], token: "a-token" }],
    ["nats://ann:pass@broker", { servers: ["nats://broker"], user: "ann", pass: "pass" }],
    ["nats://ann:1234@broker:4222", { servers: ["nats://broker:4222"], user: "ann", pass: "1234" }],
    ["nats://ann:p%40s%3As@broker:1", { servers: ["nats://broker:1"], user: "ann", pass: "p@s:s" }],
    ["nats://ann:p@s:s#?@broker:1", { servers: ["nats://broker:1"], user: "ann", pass: "p@s:s#?" }],
    ["nats://100%sure@broker:1", { servers: ["nats://broker:1"], token: "100%sure" }],
    ["nats://ann:@broker:1", { servers: ["nats://broker:1"], user: "ann", pass: "" }],
    ["nats://@broker:1", { servers: ["nats://broker:1"] }],
    ["tls://a-token@broker:4222", { servers: ["tls://broker:4222"], token: "a-token", tls: {} }],
    ["nats://a:1,nats://b:2", { servers: ["nats://a:1", "nats://b:2"] }],
    [
      " tls://ann:p,w@a , tls://ann:p,w@b ,tls://c",
      { servers: ["tls://a", "tls://b", "tls://c"], user: "ann", pass: "p,w", tls: {} },
    ],
  ])("%s", (url, expected) => {
    expect(parseBrokerUrl(url)).toEqual(expected);
  });

  it.each([
    ["two schemes", "nats://a,tls://b", "one scheme"],
    ["two secrets", "nats://ann:first@a,nats://ann:other@b", "one secret"],
  ])("with %s is refused, and the refusal holds no secret", (_what, url, reason) => {
    expect(() => parseBrokerUrl(url)).toThrow(new RegExp(`need ${reason}`));
    expect(() => parseBrokerUrl(url)).not.toThrow(/first|other/);
  });
});

it("connects to another server of the list when one is away", async () => {
  await using first = await startNatsServer();
  await using second = await startNatsServer();
  const url = `${first.url},${second.url}`;
  const connection = await Connection.open({ url, name: "test", logger: recordingLogger() });
  const taken = clientOf(connection).info?.port;
  const [own, other] = taken === first.port ? [first, second] : [second, first];
  await own.kill("SIGKILL");
  const portNow = (): number | undefined => clientOf(connection).info?.port;
  await waitFor(() => portNow() !== taken && connection.connected, { what: "the other server" });
  expect(portNow()).toBe(other.port);
  await connection.close();
});

async function expectLetIn(server: TestNatsServer, credentials: string): Promise<void> {
  const url = `nats://${credentials}@127.0.0.1:${server.port}`;
  const connection = await Connection.open({ url, name: "test", logger: recordingLogger() });
  expect(connection.connected).toBe(true);
  await connection.close();
}

describe("a broker that asks for a secret", () => {
  it("lets in who has its token", async () => {
    await using server = await startNatsServer({ config: 'authorization { token: "s3cret-of-mine" }' });
    await expectLetIn(server, "s3cret-of-mine");
  });

  it("lets in a user with a password, whatever is in it", async () => {
    const config = 'authorization { user: "ann", password: "1@2:3/#?%" }';
    await using server = await startNatsServer({ config });
    await expectLetIn(server, `ann:${encodeURIComponent("1@2:3/#?%")}`);
  });

  it.each([
    ["no secret", ""],
    ["another secret", "another-secret@"],
  ])("refuses who has %s, who says so once, without the secret, and goes on trying", async (_what, at) => {
    const closed = await startNatsServer({ config: 'authorization { token: "s3cret" }' });
    const logger = recordingLogger();
    const url = `nats://${at}127.0.0.1:${closed.port}`;
    const opening = Connection.open({ url, name: "test", logger });
    await waitFor(() => logger.lines.length > 0, { what: "a word about it" });
    await closed.stop();
    await using open = await startNatsServer({ port: closed.port });
    const connection = await opening;
    expect(clientOf(connection).info?.port).toBe(open.port);
    await connection.close();
    const said = logger.lines.map(({ fields }) => String((fields as { err: Error }).err));
    expect(said[0]).toContain("Authorization Violation");
    expect(said).toEqual([...new Set(said)]);
    expect(JSON.stringify(said)).not.toContain("another-secret");
  });

  it("never hears it in the clear where the URL says tls", async () => {
    const heard: string[] = [];
    const eavesdropper = createServer((socket) => {
      socket.on("data", (data) => heard.push(data.toString()));
      socket.on("error", () => undefined);
      socket.write('INFO {"server_name":"x","version":"2.12.15","proto":1,"max_payload":1048576}\r\n');
    });
    await new Promise<void>((resolve) => eavesdropper.listen(0, "127.0.0.1", resolve));
    const { port } = eavesdropper.address() as { port: number };
    const address = parseBrokerUrl(`tls://s3cret@127.0.0.1:${port}`);
    await expect(connect(address)).rejects.toThrow("does not support 'tls'");
    await new Promise((resolve) => eavesdropper.close(resolve));
    expect(heard).toEqual([]);
  });
});
