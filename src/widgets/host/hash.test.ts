import { describe, expect, test } from "vitest";
import { checkedAgainstMistakes } from "../test/planted.js";
import { EXPLORER_DEFAULTS, explorerState, questionState } from "../test/states.js";
import { isWritable, namedFirst, readHash, writeHash } from "./hash.js";

interface Hash {
  read: typeof readHash;
  write: typeof writeHash;
}

const PHONE = { tokens: ["apple", "phone"], labels: ["Apple", "phone"], follow: 0, divide_by: "d" };

function checkHash({ read, write }: Hash): void {
  const readBack = (hash: string): unknown => read(hash, explorerState(), EXPLORER_DEFAULTS);
  // Nothing changed: nothing in the address.
  expect(write("", explorerState(), EXPLORER_DEFAULTS)).toBe("");
  // Only what differs, and the way back.
  const one = write("", explorerState({ divide_by: "d" }), EXPLORER_DEFAULTS);
  expect(one).toBe("#attn&explorer.divide_by=d");
  expect(readBack(one)).toEqual({ ...EXPLORER_DEFAULTS, divide_by: "d" });
  const all = write("", explorerState(PHONE), EXPLORER_DEFAULTS);
  expect(all).toBe(
    "#attn&explorer.tokens=apple,phone&explorer.labels=Apple,phone&explorer.divide_by=d&explorer.follow=0",
  );
  expect(readBack(all)).toEqual({ ...EXPLORER_DEFAULTS, ...PHONE });
  // Labels that repeat the tokens go without saying.
  const plain = { tokens: ["a", "b", "c", "d"], labels: ["a", "b", "c", "d"] };
  const short = write("", explorerState(plain), EXPLORER_DEFAULTS);
  expect(short).toBe("#attn&explorer.tokens=a,b,c,d");
  expect(readBack(short)).toEqual({ ...EXPLORER_DEFAULTS, ...plain });
  // What other widgets wrote stays; what this one wrote before goes.
  const shared = "#attn&other.follow=1&explorer.follow=2&explorer.maps=head";
  expect(write(shared, explorerState({ follow: 0 }), EXPLORER_DEFAULTS)).toBe(
    "#attn&other.follow=1&explorer.follow=0",
  );
  expect(write(shared, explorerState(), EXPLORER_DEFAULTS)).toBe("#attn&other.follow=1");
  checkUntrusted(readBack);
}

/** Anyone can write a link: what does not pass is left out, what contradicts itself is not taken at all. */
function checkUntrusted(readBack: (hash: string) => unknown): void {
  expect(readBack("#the-scale")).toBeNull();
  expect(readBack("#attnx&explorer.follow=1")).toBeNull();
  for (const nothing of [
    ...["#attn", "#attn&", "#attn&explorer.follow", "#attn&explorer.follow=", "#attn&explorer.follow=x"],
    ...[
      "#attn&explorer.follow=-2",
      "#attn&explorer.follow=4",
      "#attn&explorer.follow=1.5",
      "#attn&explorer.tokens=%E0%A4",
    ],
    ...[
      "#attn&explorer.divide_by=0",
      "#attn&explorer.divide_by=-1",
      "#attn&explorer.maps=javascript:alert(1)",
    ],
    ...["#attn&explorer.locked=9,9", "#attn&explorer.locked=1", "#attn&explorer.locked=0,1,2"],
    ...["#attn&explorer.labels=only,three,labels", `#attn&explorer.tokens=${"a,".repeat(300)}a`],
    ...["#attn&explorer.tokens=a", "#attn&explorer.poles=fruit;phone;third", "#attn&explorer.poles=fruit;"],
    ...[
      "#attn&explorer.table=x&explorer.kind=question&explorer.lang=zh&explorer.version=2",
      "#attn&other.follow=1",
    ],
    ...["#attn&explorer.__proto__=x&__proto__.follow=1&explorer.constructor=1"],
  ]) {
    expect(readBack(nothing), nothing).toEqual(EXPLORER_DEFAULTS);
  }
  const markup = "<img src=x onerror=alert(1)>";
  const typed = `#attn&explorer.tokens=[UNK]&explorer.labels=${encodeURIComponent(markup)}&explorer.follow=0`;
  expect(readBack(typed)).toEqual({ ...EXPLORER_DEFAULTS, tokens: ["[UNK]"], labels: [markup], follow: 0 });
}

const REAL: Hash = { read: readHash, write: writeHash };

checkedAgainstMistakes("the address", checkHash, REAL, {
  "everything is written, defaults too": {
    ...REAL,
    write: (hash, state) => writeHash(hash, state, { ...EXPLORER_DEFAULTS, maps: "head" }),
  },
  "other widgets are forgotten": { ...REAL, write: (_, state, defaults) => writeHash("", state, defaults) },
  "written twice": {
    ...REAL,
    write: (hash, state, defaults) => writeHash(hash.replaceAll("explorer", "older"), state, defaults),
  },
  "ordinary anchors are read": {
    ...REAL,
    read: (hash, ...rest) => readHash(hash.replace(/^#[^&]*/, "#attn"), ...rest),
  },
  "values are not checked": {
    ...REAL,
    read: (hash, state, defaults) => {
      const found = readHash(hash, state, defaults);
      return hash.includes("follow=4") ? { ...found, follow: 4 } : found;
    },
  },
  "nothing is read": { ...REAL, read: (_, __, defaults) => defaults },
});

describe("isWritable", () => {
  test.each([
    ["", true],
    ["#", true],
    ["#attn", true],
    ["#attn&other.follow=1", true],
    ["#the-scale", false],
    ["#attn-and-more", false],
  ])("%j: %s", (hash, expected) => {
    expect(isWritable(hash)).toBe(expected);
  });
});

test("the page scrolls to the widget that a link names first", () => {
  const hash = "#attn&second.follow=1&first.follow=2";
  expect([namedFirst(hash, "second"), namedFirst(hash, "first"), namedFirst("#second", "second")]).toEqual([
    true,
    false,
    false,
  ]);
});

test("a question is never in the address: a link would give its answer away", () => {
  expect(writeHash("", questionState({ picked: 1 }), {})).toBe("");
  expect(readHash("#attn&sum.picked=1", questionState(), {})).toEqual({});
});
