import { describe, expect, test } from "vitest";
import { blockAt, blocksAt, blocksBetween, STAGES, type Room } from "./stages.js";

const ROOM: Room = { width: 640, height: 440, heads: 3, rows: 4, columns: 5, hasMemory: true };

describe("the stages of the cutting", () => {
  test.each([...STAGES.keys()])("blocks of stage %s lie inside, and none on another", (stage) => {
    const blocks = blocksAt(stage, ROOM);
    for (const [place, block] of blocks.entries()) {
      expect(block.x).toBeGreaterThanOrEqual(0);
      expect(block.x + block.width).toBeLessThanOrEqual(ROOM.width);
      expect(block.y + block.height).toBeLessThanOrEqual(ROOM.height);
      expect(blockAt(blocks, block.x + block.width / 2, block.y + block.height / 2)).toBe(place);
    }
  });

  test("between two stages blocks move, come and go", () => {
    const half = blocksBetween(2.5, ROOM);
    const query = half.find(({ part, head }) => part === "query" && head === 2);
    const [from, to] = [blocksAt(2, ROOM), blocksAt(3, ROOM)].map((blocks) =>
      blocks.find(({ part, head }) => part === "query" && head === 2),
    );
    expect(query?.x).toBeCloseTo(((from?.x ?? 0) + (to?.x ?? 0)) / 2);
    expect(half.find(({ part }) => part === "x")?.alpha).toBe(0.5);
    expect(blocksBetween(7, ROOM)).toEqual(blocksAt(7, ROOM));
  });
});
