import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { replyErrors, type ServerFrame } from "@natter/protocol";
import { check } from "../src/checker/check.ts";
import { violationKinds, type Evidence, type ViolationKind } from "../src/checker/evidence.ts";
import {
  chunk,
  clientIdOf,
  complete,
  connection,
  edited,
  eventIdOf,
  evidence,
  history,
  message,
  replyOf,
  start,
  titled,
  WrittenJournal,
} from "./written-journal.ts";

const asked = message(1, { seq: 1, prev: 0 });
const began = start(1, { seq: 2, prev: 1 });
const ended = complete(1, { seq: 3, prev: 2 });
const kept = history(asked, ended);

/** One message, its ack, its answer. */
const good = (): WrittenJournal =>
  new WrittenJournal().joins(0).says(1).got(asked).acked(1, 1).got(began, chunk(1, "1"), ended);
/** The same, as somebody else sees it. */
const listener = (): WrittenJournal => new WrittenJournal("bob").joins(0);

const kindsIn = (given: Evidence): ViolationKind[] => [
  ...new Set(check(given).violations.map(({ kind }) => kind)),
];

const bobSees = (...frames: ServerFrame[]): Evidence =>
  evidence([good(), listener().got(asked, began, ...frames)], [kept]);

const gatewaySays = (line: string): Evidence =>
  evidence([good()], [kept], { processes: [{ name: "gateway-1", lines: [line], deaths: [] }] });

const cutLine = (own: { attempt?: number; said?: number; waited?: boolean } = {}): string =>
  JSON.stringify({
    replyId: replyOf(1),
    attempt: 1,
    said: 0,
    waited: true,
    msg: "a reply ends without its last words",
    ...own,
  });
const untoldLine = JSON.stringify({
  replyId: replyOf(1),
  attempt: 1,
  msg: "a reader cannot be told what a reply has said",
});
/** gateway-1 says that words were lost, while something was broken. */
const lostAt = (own: {
  lines?: readonly string[];
  at?: readonly string[];
  fromMs?: number;
  toMs?: number;
}): Pick<Evidence, "processes" | "disturbances"> => {
  const { lines = [cutLine()], at = [], fromMs = 0, toMs = 1_000 } = own;
  return {
    processes: [{ name: "gateway-1", lines, deaths: [] }],
    disturbances: [{ what: "a fault", at, fromMs, toMs }],
  };
};

describe("a run without a fault", () => {
  test("is good, and counted", () => {
    const bob = listener().got(asked, began, chunk(1, "1"), ended);
    expect(check(evidence([good(), bob], [kept, kept]))).toEqual({
      violations: [],
      counts: { sent: 1, acked: 1, ackedMessages: 1, replies: 1, sessions: 1, whole: 2, prefixes: 0 },
    });
  });

  test("may have retries with one answer, and an intent that was stored without an ack at first", () => {
    const ann = new WrittenJournal().joins(0).says(1).comesBack(0).got(asked).says(1).acked(1, 1);
    expect(kindsIn(evidence([ann.got(began, chunk(1, "1"), ended)], [kept]))).toEqual([]);
  });

  test("may have a client that comes back in a reply and is told the text so far", () => {
    const end = complete(1, { seq: 3, prev: 2 }, { chunks: 3, message: "1 2 3" });
    const text = { type: "ai_text", id: replyOf(1), attempt: 1, n: 1, text: "1 2" } as const;
    const bob = listener()
      .got(asked, began, chunk(1, "1"))
      .comesBack(2, [text])
      .got(chunk(1, " 3", { n: 2 }), end);
    const ann = new WrittenJournal().joins(0).says(1, "/count 3");
    const own = message(1, { seq: 1, prev: 0 }, "/count 3");
    expect(kindsIn(evidence([bob], [])).filter((kind) => kind === "text differs")).toEqual([]);
    ann
      .got(own)
      .acked(1, 1)
      .got(began, chunk(1, "1"), chunk(1, " 2", { n: 1 }), chunk(1, " 3", { n: 2 }), end);
    expect(kindsIn(evidence([ann], [history(own, end)]))).toEqual([]);
  });

  test("may have a second attempt that begins anew", () => {
    const again = start(1, { seq: 3, prev: 2 }, 2);
    const end = complete(1, { seq: 4, prev: 3 }, { attempt: 2 });
    const ann = new WrittenJournal()
      .joins(0)
      .says(1)
      .got(asked)
      .acked(1, 1)
      .got(began, chunk(1, "lost"), again);
    expect(kindsIn(evidence([ann.got(chunk(1, "1", { attempt: 2 }), end)], [history(asked, end)]))).toEqual(
      [],
    );
  });

  test("may have an edit, which history shows", () => {
    const edit = edited(2, 1, { seq: 4, prev: 3 }, "better");
    const ann = good().edits(2, 1, "better").got(edit).acked(2, 4);
    expect(kindsIn(evidence([ann], [history({ ...asked, message: "better" }, ended)]))).toEqual([]);
  });

  test("may have a message that somebody sees as deleted, whoever is looked at first, and no other one", () => {
    const gone = { ...asked, message: "", deletedAt: "2026-01-01T00:00:01.000Z" };
    const bob = listener().got(gone, began, chunk(1, "1"), ended);
    for (const journals of [
      [good(), bob],
      [bob, good()],
    ])
      expect(kindsIn(evidence(journals, [kept]))).toEqual([]);
    const carl = listener().got({ ...gone, id: eventIdOf(5) }, began, chunk(1, "1"), ended);
    expect(kindsIn(evidence([good(), carl], [kept]))).toContain("reordered");
    expect(kindsIn(evidence([carl, good()], [kept]))).toContain("reordered");
  });

  test("may have a title of the model's that not everybody saw before the end, and only one", () => {
    const title = titled({ seq: 4, prev: 3 });
    const bob = listener().got(asked, began, chunk(1, "1"), ended);
    expect(kindsIn(evidence([good().got(title), bob], [kept]))).toEqual([]);
    const again = titled({ seq: 5, prev: 4 });
    expect(kindsIn(evidence([good().got(title, again)], [kept]))).toEqual(["duplicated"]);
  });
});

describe("lost", () => {
  test("is a message that was acknowledged and is not in history", () => {
    expect(kindsIn(evidence([good()], [history(ended)]))).toEqual(["lost"]);
  });

  test("is an acknowledged stop that nobody saw", () => {
    const frame = { type: "stop", id: clientIdOf(2), messageId: eventIdOf(1) } as const;
    const ann = new WrittenJournal().joins(0).says(1).got(asked).acked(1, 1).got(began, chunk(1, "1"));
    ann.entries.push({ at: 1, kind: "sent", frame });
    ann.acked(2, 3).got(complete(1, { seq: 4, prev: 2 }));
    expect(kindsIn(evidence([ann], [history(asked, complete(1, { seq: 4, prev: 2 }))]))).toEqual(["lost"]);
  });

  test("is an event that was put aside, unless somebody put in what cannot be recorded", () => {
    const line = '{"level":50,"msg":"an event cannot be recorded, kept as a dead letter"}';
    expect(kindsIn(gatewaySays(line))).toEqual(["lost"]);
    expect(kindsIn({ ...gatewaySays(line), isLogPoisoned: true })).toEqual([]);
  });

  test("is an answer that was seen and is not in history", () => {
    expect(kindsIn(evidence([good()], [history(asked)]))).toEqual(["lost"]);
  });
});

describe("duplicated", () => {
  test("is one intent in two events", () => {
    const twice = { ...message(1, { seq: 4, prev: 3 }), id: eventIdOf(9) };
    const end = { ...complete(9, { seq: 5, prev: 4 }), message: "1" };
    const ann = good().got(twice, end);
    expect(kindsIn(evidence([ann], [history(asked, ended, twice, end)]))).toEqual(["duplicated"]);
  });

  test("is an event that a client got twice", () => {
    const ann = good().got(ended);
    expect(kindsIn(evidence([ann], [kept]))).toContain("duplicated");
  });

  test("is one event at two places", () => {
    const ann = good().got(message(1, { seq: 4, prev: 3 }));
    expect(kindsIn(evidence([ann], [kept]))).toContain("duplicated");
  });

  test("is a message that history has twice", () => {
    expect(kindsIn(evidence([good()], [history(asked, asked, ended)]))).toContain("duplicated");
  });
});

describe("invented", () => {
  test("is a message that nobody sent", () => {
    const stranger = message(7, { seq: 4, prev: 3 });
    const answer = complete(7, { seq: 5, prev: 4 });
    const ann = good().got(stranger, answer);
    expect(kindsIn(evidence([ann], [history(asked, ended, stranger, answer)]))).toEqual(["invented"]);
  });

  test("is a message with another text than was sent", () => {
    expect(kindsIn(evidence([good()], [history({ ...asked, message: "other" }, ended)]))).toEqual([
      "invented",
    ]);
  });

  test("is a text that an acknowledged edit had replaced", () => {
    const ann = good()
      .edits(2, 1, "better")
      .got(edited(2, 1, { seq: 4, prev: 3 }, "better"))
      .acked(2, 4);
    expect(kindsIn(evidence([ann], [kept]))).toEqual(["invented"]);
  });
});

describe("reordered", () => {
  test("is a live event behind a later one", () => {
    const ann = good().got(message(2, { seq: 2, prev: 1 }));
    expect(kindsIn(evidence([ann], [kept]))).toContain("duplicated");
    const bob = listener().got(asked, complete(1, { seq: 3, prev: 1 }), start(1, { seq: 2, prev: 1 }));
    expect(kindsIn(evidence([good(), bob], [kept]))).toContain("reordered");
  });

  test("is another event at the same place for somebody else", () => {
    const bob = listener().got({ ...asked, id: eventIdOf(5) }, began, chunk(1, "1"), ended);
    expect(kindsIn(evidence([good(), bob], [kept]))).toContain("reordered");
  });

  test("is a history that does not ascend, and two histories that differ", () => {
    expect(kindsIn(evidence([good()], [history(ended, asked)]))).toContain("reordered");
    expect(kindsIn(evidence([good()], [kept, history({ ...asked, editedAt: "now" }, ended)]))).toEqual([
      "reordered",
    ]);
  });

  test("is what was sent after an ack and stored before it", () => {
    const second = message(2, { seq: 1, prev: 0 });
    const first = message(1, { seq: 2, prev: 1 });
    const ends = [complete(2, { seq: 3, prev: 2 }), complete(1, { seq: 4, prev: 3 })];
    const ann = new WrittenJournal()
      .joins(0)
      .says(1)
      .acked(1, 2)
      .says(2)
      .acked(2, 1)
      .got(second, first, ...ends);
    expect(kindsIn(evidence([ann], [history(second, first, ...ends)]))).toEqual(["reordered"]);
  });

  test("is what was sent later on the same socket and stored before", () => {
    const second = message(2, { seq: 1, prev: 0 });
    const first = message(1, { seq: 2, prev: 1 });
    const ends = [complete(2, { seq: 3, prev: 2 }), complete(1, { seq: 4, prev: 3 })];
    const ann = new WrittenJournal()
      .joins(0)
      .says(1)
      .says(2)
      .acked(1, 2)
      .acked(2, 1)
      .got(second, first, ...ends);
    expect(kindsIn(evidence([ann], [history(second, first, ...ends)]))).toEqual(["reordered"]);
  });
});

describe("hole", () => {
  test("is a prev that the client did not get", () => {
    const bob = listener().got(asked, chunk(1, "1"), ended);
    expect(kindsIn(evidence([good(), bob], [kept]))).toContain("hole");
  });

  test("is an event that somebody else saw, also if prev hides it", () => {
    const bob = listener().got(asked, complete(1, { seq: 3, prev: 1 }));
    expect(kindsIn(evidence([good(), bob], [kept]))).toEqual(["hole"]);
  });

  test("is a message of history between two live events", () => {
    const ann = new WrittenJournal().joins(0).says(1).acked(1, 1).got(began, chunk(1, "1"));
    const bare = { ...began, prev: 0 };
    ann.entries.splice(4, 1, { at: 4, kind: "got", frame: bare });
    expect(kindsIn(evidence([ann.got(ended)], [kept]))).toContain("hole");
  });

  test("is a recovery that begins elsewhere than was asked for", () => {
    const bob = listener()
      .got(asked)
      .opens(1)
      .got(connection(2, { recovered: true }), complete(1, { seq: 3, prev: 2 }));
    expect(kindsIn(evidence([good(), bob], [kept]))).toContain("hole");
  });

  test("is not where a client was told that it missed something", () => {
    const bob = listener()
      .got(asked)
      .opens(1)
      .got(connection(2), complete(1, { seq: 3, prev: 2 }));
    expect(kindsIn(evidence([good(), bob], [kept]))).toEqual([]);
  });
});

describe("unfinished", () => {
  test("is a prompt without an end", () => {
    const ann = new WrittenJournal().joins(0).says(1).got(asked).acked(1, 1);
    expect(kindsIn(evidence([ann], [history(asked)]))).toEqual(["unfinished"]);
  });

  test("is a send without an answer", () => {
    const ann = good().says(2);
    expect(kindsIn(evidence([ann], [kept]))).toEqual(["unfinished"]);
  });

  test("is a client that is not where the log ends", () => {
    const bob = listener().got(asked);
    expect(kindsIn(evidence([good(), bob], [kept]))).toEqual(["unfinished"]);
  });
});

describe("the ends of replies", () => {
  test("two of them are: answered twice", () => {
    const second = complete(1, { seq: 4, prev: 3 });
    expect(kindsIn(evidence([good().got(second)], [history(asked, ended, second)]))).toContain(
      "answered twice",
    );
  });

  test("another text in history is: end changed", () => {
    const other = complete(1, { seq: 3, prev: 2 }, { finishReason: "error", message: "" });
    expect(kindsIn(evidence([good()], [history(asked, other)]))).toContain("end changed");
  });

  test("an answer that is not the model's is: wrong answer", () => {
    const wrong = complete(1, { seq: 3, prev: 2 }, { message: "one" });
    const ann = new WrittenJournal()
      .joins(0)
      .says(1)
      .got(asked)
      .acked(1, 1)
      .got(began, chunk(1, "one"), wrong);
    expect(kindsIn(evidence([ann], [history(asked, wrong)]))).toEqual(["wrong answer"]);
  });

  test("a stream that was cut and is called complete is: wrong answer", () => {
    const text = "/cut 1 /count 3";
    const own = message(1, { seq: 1, prev: 0 }, text);
    const end = complete(1, { seq: 3, prev: 2 }, { message: "1 2 3" });
    const ann = new WrittenJournal()
      .joins(0)
      .says(1, text)
      .got(own)
      .acked(1, 1)
      .got(began, chunk(1, "1 2 3"), end);
    expect(kindsIn(evidence([ann], [history(own, end)]))).toEqual(["wrong answer"]);
  });

  test.each([
    ["/strict /count 1", ["wrong answer"]],
    ["/fail 400 /count 1", []],
  ])("a provider's refusal of %s is: %j", (text, kinds) => {
    const own = message(1, { seq: 1, prev: 0 }, text);
    const error = { code: "refused", message: replyErrors.refused } as const;
    const end = complete(1, { seq: 3, prev: 2 }, { finishReason: "error", message: "", chunks: 0, error });
    const ann = new WrittenJournal().joins(0).says(1, text).got(own).acked(1, 1).got(began, end);
    expect(kindsIn(evidence([ann], [history(own, end)]))).toEqual(kinds);
  });
});

describe("what was shown of a reply", () => {
  test("has to be what the end says", () => {
    expect(kindsIn(bobSees(chunk(1, "2"), ended))).toEqual(["text differs"]);
  });

  test("has no chunk without its beginning, and none after a hole", () => {
    const bob = listener().got(asked, chunk(1, "1"), began, chunk(1, "1"), ended);
    expect(kindsIn(evidence([good(), bob], [kept]))).toEqual(["text differs"]);
    expect(kindsIn(bobSees(chunk(1, "1", { n: 1 }), ended))).toContain("text differs");
  });

  test("may end early only where a gateway waited in vain for what was lost at something broken, and is counted", () => {
    const given = bobSees(ended);
    expect(kindsIn(given)).toEqual(["cut short"]);
    const excused = { ...given, ...lostAt({ at: ["gateway-1"] }) };
    expect(check(excused).violations).toEqual([]);
    expect(check(excused).counts.prefixes).toBe(1);
  });

  test.each([
    ["no gateway missed anything", { lines: [] }],
    ["the gateway missed words of another attempt", { lines: [cutLine({ attempt: 2 })] }],
    ["the gateway had more than it showed", { lines: [cutLine({ said: 1 })] }],
    ["nothing was broken", { at: [] }],
    ["what was broken loses no words", { at: ["persistence-1", "gateway-2"] }],
    ["it was over long before", { toMs: -2_000 }],
    ["it began afterwards", { fromMs: 10_000 }],
    [
      "only a worker was broken, and the end was not waited for",
      { lines: [cutLine({ waited: false })], at: ["llm-worker-1"] },
    ],
  ])("may not end early if %s", (_what, lost) => {
    expect(kindsIn({ ...bobSees(ended), ...lostAt({ at: ["llm-worker-1"], ...lost }) })).toEqual([
      "cut short",
    ]);
  });

  test.each([
    ["a worker was broken", { at: ["llm-worker-2"] }],
    ["the broker was broken", { at: ["nats"] }],
    [
      "the end was lost on the way to the gateway, too",
      { lines: [cutLine({ waited: false })], at: ["gateway-1"] },
    ],
    ["the reader could not be told", { lines: [untoldLine], at: ["llm-worker-1"] }],
  ])("may end early if %s", (_what, lost) => {
    expect(kindsIn({ ...bobSees(ended), ...lostAt(lost) })).toEqual([]);
  });

  test("may not end early for one who came back in the middle and was told nothing", () => {
    const late = complete(
      1,
      { seq: 3, prev: 2 },
      { chunks: 2, message: "1 2", sentAt: "1970-01-01T00:10:00.000Z" },
    );
    const bob = listener().got(asked, began, chunk(1, "1")).comesBack(2).got(late);
    const given = evidence([bob], [history(asked, late)]);
    expect(kindsIn(given)).toContain("cut short");
    const excused = { ...given, ...lostAt({ lines: [untoldLine], at: ["llm-worker-1"] }) };
    expect(kindsIn(excused)).not.toContain("cut short");
    expect(check(excused).counts.prefixes).toBe(1);
  });

  test("has no words of an earlier attempt", () => {
    const again = start(1, { seq: 3, prev: 2 }, 2);
    const end = complete(1, { seq: 4, prev: 3 }, { attempt: 2 });
    const ann = new WrittenJournal().joins(0).says(1).got(asked).acked(1, 1).got(began, again);
    ann.got(chunk(1, "lost"), chunk(1, "1", { attempt: 2 }), end);
    expect(kindsIn(evidence([ann], [history(asked, end)]))).toEqual(["mixed attempts"]);
  });

  test("has no words after the end", () => {
    expect(kindsIn(bobSees(chunk(1, "1"), ended, chunk(1, "more", { n: 1 })))).toEqual(["mixed attempts"]);
  });
});

describe("acknowledgements", () => {
  test("that name another message the second time are: untrue ack", () => {
    expect(kindsIn(evidence([good().says(1).acked(1, 1, eventIdOf(8))], [kept]))).toEqual(["untrue ack"]);
  });

  test("that name another place than the event's are: untrue ack", () => {
    const ann = new WrittenJournal().joins(0).says(1).got(asked).acked(1, 7).got(began, chunk(1, "1"), ended);
    expect(kindsIn(evidence([ann], [kept]))).toEqual(["untrue ack"]);
  });

  test("that never come because of a refusal are: refused", () => {
    const error = {
      type: "error",
      code: "conflict",
      message: "",
      temporary: false,
      id: clientIdOf(2),
    } as const;
    expect(kindsIn(evidence([good().says(2).got(error)], [kept]))).toEqual(["refused"]);
  });
});

describe("crash", () => {
  test("is an exception in a log, a defect, or an end that nobody caused", () => {
    expect(kindsIn(gatewaySays("TypeError: x is not a function"))).toEqual(["crash"]);
    expect(kindsIn(gatewaySays('{"level":60,"msg":"uncaught, stopping"}'))).toEqual(["crash"]);
    expect(kindsIn(gatewaySays('{"level":50,"msg":"a frame could not be handled"}'))).toEqual(["crash"]);
    const dead = { processes: [{ name: "gateway-1", lines: [], deaths: ["ended with code 1"] }] };
    expect(kindsIn(evidence([good()], [kept], dead))).toEqual(["crash"]);
  });

  test("is no warning", () => {
    expect(kindsIn(gatewaySays('{"level":40,"err":{"type":"Error"},"msg":"broker away"}'))).toEqual([]);
  });
});

test("every kind of violation is found by a test above", async () => {
  const text = (await readFile(import.meta.filename, "utf8")).replaceAll(/\s+/g, "");
  const isFound = (kind: string): boolean =>
    ["toEqual([", "toContain("].some((matcher) => text.includes(`${matcher}"${kind.replaceAll(" ", "")}"`));
  expect(violationKinds.filter((kind) => !isFound(kind))).toEqual([]);
});
