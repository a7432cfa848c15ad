// @vitest-environment happy-dom
import { describe, expect, test, vi } from "vitest";
import { METHODS, type Run } from "../../engine/word2vec/run.js";
import { translator } from "../../host/strings.js";
import { checkedAgainstMistakes } from "../../test/planted.js";
import { word2vecState } from "../../test/states.js";
import { ArithmeticPart, noiseLines, rowsTouched, softmaxLines, vectorText } from "./arithmetic.js";
import { ControlsPart, SettingsPart, type Training } from "./controls.js";
import { blindLoss, passMeans, perPrediction } from "./curve.js";
import { describe as describeFrame } from "./describe.js";
import { csvOf, jsonOf } from "./exports.js";
import { rolesOf, sideOf, type Actions, type Frame } from "./frame.js";
import { layoutPlane, wordAt } from "./plane.js";
import { programOf } from "./pythoncode.js";
import { Session } from "./session.js";
import { nearestText } from "./side.js";
import { MAX_STEPS, readDefaults, readState, TRAITS, type Example, type State } from "./state.js";
import { TextStrip } from "./strip.js";
import { TextPart } from "./texts.js";

const PAGE = word2vecState();
const t = translator("en", (key) => {
  throw new Error(`no string for ${key}`);
});
const LONG = 1e9; // ms

const stateOf = (changes: Partial<State> = {}): State => ({
  ...readState({ get: (key: string) => PAGE[key] } as never),
  ...changes,
});

function frameOf(changes: Partial<State> = {}, session = new Session()): Frame {
  const state = stateOf(changes);
  const work = session.bring(state, LONG);
  const followed = Math.max(0, work.corpus.words.indexOf(state.follow));
  const frame = { ...work, state, isRunning: false, followed, looked: followed };
  return frame as unknown as Frame; // without colors: nothing is drawn here
}

function actionsOf(changes: Partial<Actions> = {}): Actions {
  const { signal } = new AbortController();
  const nothing = (): void => undefined;
  return { t, signal, change: nothing, hover: nothing, wordOf: () => null, redraw: nothing, ...changes };
}

const runOf = (frame: Frame, method: "cbow" | "skip-gram"): Run => {
  if (frame.runs === null) {
    throw new Error("no runs");
  }
  return frame.runs[method];
};

describe("the session", () => {
  test("stands where the state wants it, in slices of time", () => {
    const session = new Session();
    let clock = 0;
    const slow = (): number => (clock += 1);
    const state = stateOf({ steps: 50 });
    const first = session.bring(state, 5, slow);
    expect(first.isThere).toBe(false);
    expect(runOf(first as Frame, "cbow").steps).toBeGreaterThan(0);
    let slices = 1;
    for (; !session.bring(state, 5, slow).isThere; slices += 1);
    expect(slices).toBeGreaterThan(5);
    expect(session.bring(state, LONG).runs?.cbow.matrices).toEqual(
      frameOf({ steps: 50 }).runs?.cbow.matrices,
    );
  });

  test("goes on from where it is, and begins anew where it must", () => {
    const session = new Session();
    const { runs } = session.bring(stateOf({ steps: 20 }), LONG);
    expect(session.bring(stateOf({ steps: 30 }), LONG).runs).toBe(runs);
    expect(session.bring(stateOf({ steps: 30, computed: true }), LONG).runs).toBe(runs);
    expect(runs?.cbow.waiting?.number).toBe(30);
    expect(session.bring(stateOf({ steps: 31 }), LONG).runs).toBe(runs);
    const changes: Partial<State>[] = [
      { steps: 5 },
      { window: 1 },
      { dim: 3 },
      { seed: 9 },
      { learningRate: 0.3 },
      { text: "a b. b a." },
      { loss: "negative-sampling" },
    ];
    for (const change of changes) {
      const before = session.bring(stateOf({ steps: 31 }), LONG).runs;
      expect(session.bring(stateOf({ steps: 31, ...change }), LONG).runs, JSON.stringify(change)).not.toBe(
        before,
      );
    }
  });

  test("takes a computed step back when the state does", () => {
    const session = new Session();
    session.bring(stateOf({ steps: 7, computed: true }), LONG);
    const { runs } = session.bring(stateOf({ steps: 7 }), LONG);
    expect(runs?.cbow.last).toMatchObject({ number: 6, isApplied: true });
  });

  test("after the last step none is computed", () => {
    const { runs } = new Session().bring(stateOf({ steps: MAX_STEPS, computed: true }), LONG);
    expect(runs?.cbow.waiting).toBeNull();
  });

  test.each([
    [{ text: " " }, "empty"],
    [{ text: "one" }, "one-word"],
    [{ text: "one. two" }, "no-context"],
    [
      {
        text: "a a b a c a a b d c a a b e a d a a c b a a",
        window: 5,
        dim: 10,
        learningRate: 0.5,
        steps: 2000,
      },
      "overflow",
    ],
  ] as [Partial<State>, string][])("%j: %s", (changes, problem) => {
    const frame = frameOf(changes);
    expect([frame.problem, frame.runs, frame.isThere]).toEqual([problem, null, true]);
    expect(describeFrame(frame, t)).toBe("");
    const part = new TextPart(actionsOf(), []);
    part.update(frame);
    expect(part.element.querySelector(".attn-problem")?.textContent).toBe(t(`word2vec.problem.${problem}`));
  });
});

describe("what is said of the numbers", () => {
  const softmax = frameOf({ steps: 30, computed: true });
  const noise = frameOf({ steps: 30, computed: true, loss: "negative-sampling", negatives: 3 });

  test("true words come first, then the likeliest others", () => {
    const [cbow, skipGram] = METHODS.map((method) => {
      const { waiting } = runOf(softmax, method);
      return softmaxLines(waiting?.predictions ?? [], softmax.corpus.words);
    });
    expect(cbow.map(({ kind }) => kind)).toEqual(["true", "other", "other", "other", "other"]);
    expect(skipGram.filter(({ kind }) => kind === "true")).toHaveLength(2);
    const { waiting } = runOf(softmax, "cbow");
    expect(cbow[0].loss).toBe(waiting?.loss);
    const shares = cbow.slice(1).map(({ probability }) => probability);
    expect(shares).toEqual([...shares].sort((a, b) => b - a));
  });

  test("each true word stands above its own noise, and their losses add up", () => {
    const { waiting } = runOf(noise, "skip-gram");
    const lines = noiseLines(waiting?.predictions ?? [], noise.corpus.words);
    expect(lines.map(({ wanted }) => wanted)).toEqual([1, 0, 0, 0, 1, 0, 0, 0]);
    const total = lines.reduce((sum, { loss }) => sum + (loss ?? 0), 0);
    expect(total).toBeCloseTo(waiting?.loss ?? 0, 12);
  });

  test("the lines of a side", () => {
    const part = new ArithmeticPart(t);
    const text = (): string => part.element.textContent;
    part.update(sideOf(softmax, "cbow"));
    expect(text()).toContain("mean of the input rows of");
    expect(text()).toContain("Not applied yet");
    expect(part.element.querySelectorAll("tbody tr")).toHaveLength(5);
    part.update(sideOf(noise, "skip-gram"));
    expect(text()).toContain("sigmoid");
    expect(part.element.querySelectorAll("tbody tr")).toHaveLength(8);
    part.update(sideOf(frameOf({ steps: 31 }), "cbow"));
    expect(text()).toContain("0.1 times it was subtracted");
    part.update(sideOf(frameOf({ steps: 0 }), "cbow"));
    expect(text()).toContain("“Compute”");
    part.update(null);
    expect(part.element.querySelectorAll("tbody tr")).toHaveLength(0);
  });

  test("small helpers", () => {
    expect(vectorText(Float64Array.of(0.126, -1))).toBe("(0.13, −1.00)");
    expect(vectorText(new Float64Array(5))).toBe("(0.00, 0.00, 0.00, 0.00, …)");
    expect(rowsTouched(Float64Array.of(0, 0, 0, 1, 0, 0), 2)).toBe(1);
    expect(nearestText(sideOf(softmax, "cbow") as never, t)).toMatch(
      /^Nearest to “kings” by cosine: \w+ −?\d\.\d\d, /,
    );
  });

  test("in words, for those who do not see it", () => {
    const said = describeFrame(softmax, t);
    expect(said).toMatch(
      /^30 steps done\. CBOW: .+ predict \w+, loss \d\.\d\d, computed and not applied yet\./,
    );
    expect(describeFrame({ ...softmax, isRunning: true }, t)).toBe("");
    expect(describeFrame(frameOf({ steps: 0 }), t)).toBe("0 steps done.");
  });
});

checkedAgainstMistakes(
  "the mean of the last pass",
  (means) => {
    expect(Array.from(means(Float64Array.of(4, 2, 6, 1, 0), 2))).toEqual([4, 3, 4, 3.5, 0.5]);
    expect(Array.from(means(Float64Array.of(4, 2), 9))).toEqual([4, 3]);
  },
  passMeans,
  {
    "the mean of all": (losses) => losses.map((_, step) => passMeans(losses, 99)[step]),
    "the loss itself": (losses) => losses,
    "a pass too long": (losses, places) => passMeans(losses, places + 1),
  },
);

test("skip-gram's loss is shared among its predictions", () => {
  const frame = frameOf({ steps: 14, loss: "negative-sampling", negatives: 3 });
  const [cbow, skipGram] = METHODS.map((method) => runOf(frame, method));
  expect(Array.from(perPrediction(cbow))).toEqual(cbow.losses);
  perPrediction(skipGram).forEach((loss, step) => {
    const { context } = skipGram.places[step % skipGram.places.length];
    expect(loss).toBeCloseTo(skipGram.losses[step] / context.length, 12);
  });
  expect(blindLoss(sideOf(frame, "cbow") as never)).toBeCloseTo(4 * Math.LN2, 12);
  expect(cbow.losses[0]).toBeCloseTo(4 * Math.LN2, 12); // and so it is at the first step
});

test("the picture finds the word under the pointer", () => {
  const side = sideOf(frameOf({ steps: 40 }), "cbow") as never;
  const layout = layoutPlane(side, 300, 200);
  const [x, y] = [layout.points[4], layout.points[5]];
  expect([x >= 0, x <= 300, y >= 0, y <= 200]).toEqual([true, true, true, true]);
  expect(wordAt(layout, x, y)).toBeGreaterThanOrEqual(0);
  expect(wordAt({ ...layout, points: Float64Array.of(50, 50, 60, 50) }, 58, 50)).toBe(1);
  expect(wordAt({ ...layout, points: Float64Array.of(50, 50) }, 90, 50)).toBe(-1);
});

describe("the window on the text", () => {
  const marked = (strip: TextStrip, role: string): string[] =>
    [...strip.element.querySelectorAll(`[data-role=${role}]`)].map((piece) => piece.textContent);

  test("marks the center and the words around it, within the sentence", () => {
    const strip = new TextStrip(actionsOf());
    const session = new Session();
    for (let steps = 1; steps <= 6; steps += 1) {
      const frame = frameOf({ steps, window: 1 }, session);
      strip.update(frame);
      const { predicting, predicted } = rolesOf(sideOf(frame, "cbow") as never);
      const names = (ids: ReadonlySet<number>): string[] => [...ids].map((id) => frame.corpus.words[id]);
      expect(marked(strip, "center")).toEqual(names(predicted));
      expect(marked(strip, "context")).toEqual(names(predicting));
    }
    strip.update(frameOf({ steps: 0 }));
    expect(marked(strip, "center")).toEqual([]);
  });

  test("of a long text, a page is shown; what was typed is text", () => {
    const strip = new TextStrip(actionsOf());
    const text = Array.from({ length: 400 }, (_, n) => `w${n % 60} <b>`).join(" ");
    strip.update(frameOf({ text, steps: 0 }));
    expect(strip.element.children.length).toBeLessThan(150);
    strip.update(frameOf({ text, steps: 500 }));
    expect(marked(strip, "center")).toHaveLength(1);
    expect(strip.element.querySelector("b")).toBeNull();
  });
});

describe("the controls", () => {
  const nothing: Training = {
    compute: () => undefined,
    apply: () => undefined,
    step: () => undefined,
    toggle: () => undefined,
    restart: () => undefined,
  };
  const enabled = (part: ControlsPart): string[] =>
    [...part.element.querySelectorAll<HTMLElement>("button:not([aria-disabled])")].map(
      (button) => button.dataset["action"] ?? "",
    );

  test("offer what can be done", () => {
    const part = new ControlsPart(actionsOf(), nothing);
    const offered = (changes: Partial<State>, more: Partial<Frame> = {}): string[] => {
      part.update({ ...frameOf(changes), ...more });
      return enabled(part);
    };
    expect(offered({ steps: 0 })).toEqual(["compute", "step", "ten", "run"]);
    expect(offered({ steps: 3 })).toEqual(["compute", "step", "ten", "run", "restart"]);
    expect(offered({ steps: 0, computed: true })).toEqual(["apply", "step", "ten", "run", "restart"]);
    expect(offered({ steps: MAX_STEPS, computed: true })).toEqual(["restart"]);
    expect(offered({ steps: 3 }, { isRunning: true })).toEqual(["run", "restart"]);
    expect(offered({ steps: 0, text: "" })).toEqual([]);
  });

  test("a button that offers nothing does nothing", () => {
    const apply = vi.fn();
    const part = new ControlsPart(actionsOf(), { ...nothing, apply });
    const button = part.element.querySelector<HTMLElement>("[data-action=apply]");
    part.update(frameOf({ steps: 3 }));
    button?.click();
    expect(apply).not.toHaveBeenCalled();
    part.update(frameOf({ steps: 3, computed: true }));
    button?.click();
    expect(apply).toHaveBeenCalledTimes(1);
  });

  test("a slider sets its number, the seed only a whole one", () => {
    const change = vi.fn();
    const part = new SettingsPart(actionsOf({ change }));
    document.body.append(part.element);
    part.update(frameOf({ learningRate: 0.2 }));
    const rate = part.element.querySelector<HTMLInputElement>("[data-setting=learningRate] input");
    expect(rate?.getAttribute("aria-valuetext")).toBe("0.2");
    if (rate !== null) {
      rate.value = "0";
      rate.dispatchEvent(new Event("input"));
    }
    expect(change).toHaveBeenLastCalledWith({ learningRate: 0.01 });
    const seed = part.element.querySelector<HTMLInputElement>("input[type=number]");
    for (const [typed, count] of [
      ["12", 2],
      ["1.5", 2],
      ["-1", 2],
      ["4294967296", 2],
    ] as const) {
      if (seed !== null) {
        seed.value = typed;
        seed.dispatchEvent(new Event("change"));
      }
      expect(change, typed).toHaveBeenCalledTimes(count);
    }
    expect(part.element.querySelector<HTMLInputElement>("[data-setting=negatives] input")?.disabled).toBe(
      true,
    );
  });
});

test("the note says what is left out of a long text", () => {
  const part = new TextPart(actionsOf(), PAGE["examples"] as Example[]);
  const note = (changes: Partial<State>): string => {
    part.update(frameOf({ steps: 0, ...changes }));
    return part.element.querySelector(".attn-hint")?.textContent ?? "";
  };
  expect(note({})).toContain("A text made for this");
  expect(note({ text: "red wine" })).toBe("2 different words; the window has 2 places.");
  const long = note({ text: Array.from({ length: 5200 }, (_, n) => `w${n % 130}`).join(" ") });
  expect(long).toContain(
    "Only the 120 most frequent words are learned: 10 rarer ones, 400 times in the text",
  );
  const many = note({ text: "ab ".repeat(5003) + "c" });
  expect(many).toContain("With at most 5000 steps");
});

describe("what can be taken away", () => {
  const frame = frameOf({ text: 'Red "wine", red\ttea', steps: 3, dim: 2, follow: "red" });

  test("both matrices as CSV", () => {
    const lines = csvOf(frame).trimEnd().split("\r\n");
    expect(lines[0]).toBe("side,matrix,word,0,1");
    expect(lines).toHaveLength(1 + 2 * 2 * 3);
    const { inputs } = runOf(frame, "cbow").matrices;
    expect(lines[1]).toBe(`cbow,input,red,${inputs[0]},${inputs[1]}`);
  });

  test("everything as JSON", () => {
    const found = JSON.parse(jsonOf(frame)) as Record<string, Record<string, unknown>>;
    expect(Object.keys(found)).toEqual(
      expect.arrayContaining([
        ...Object.values(TRAITS),
        "words",
        "vectors",
        "output_vectors",
        "losses",
        "step",
      ]),
    );
    expect(found["words"]).toEqual(["red", "tea", "wine"]);
    expect(found["losses"]["skip-gram"]).toEqual(runOf(frame, "skip-gram").losses);
    expect(found["step"]["cbow"]).toMatchObject({ number: 2, center: "red", applied: true });
  });

  test("the program", () => {
    const program = programOf(stateOf({ text: 'a "b"\n猫\u200b', steps: 4, computed: true }), "a");
    expect(program).toContain('text = "a \\"b\\"\\n猫\\u200b"');
    expect(program).toContain("for number in range(5):");
    expect(program).toContain("if number < 4:");
    expect(programOf(stateOf({ steps: 0, computed: false }), "a")).not.toContain("loss");
  });
});

test("reset restores what the page began with", () => {
  const defaults = readDefaults({ get: (key: string) => PAGE[key] } as never);
  expect(defaults).toEqual(stateOf());
});
