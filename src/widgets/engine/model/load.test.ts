import { describe, expect, test } from "vitest";
import { CONFIG, modelFiles, shapesOf, smallModel } from "../../test/models.js";
import { mutantOf, type Mistake } from "../../test/mutant.js";
import { safetensorsFile, tensor } from "../../test/safetensors-file.js";
import { AssetError, InputError } from "../errors.js";
import { readSafetensors } from "../safetensors.js";
import { FAMILIES, readConfig } from "./config.js";
import { infoOf, loadModel, type LoadedModel } from "./load.js";
import { prepare, type PrepareOptions, type Typed } from "./prepare.js";
import { scaledRows, Weights } from "./weights.js";

describe("loadModel", () => {
  test.each(FAMILIES)("%s: what a page knows of it", (family) => {
    const info = infoOf(smallModel(family, { source_vocab_size: family === "encoder-decoder" ? 19 : null }));
    expect(info.family).toBe(family);
    const shapes = shapesOf(family, {
      ...CONFIG,
      source_vocab_size: family === "encoder-decoder" ? 19 : null,
    });
    const sizes = Object.values(shapes).map((shape) => shape.reduce((product, one) => product * one, 1));
    expect(info.parameters).toBe(sizes.reduce((sum, size) => sum + size, 0));
    expect(info.decoding).toEqual({ width: 4, lengthPenalty: 0.7 });
  });

  const { description, weights } = modelFiles("decoder-only");
  const changed = (change: Record<string, unknown>): string =>
    JSON.stringify({ ...(JSON.parse(description) as object), ...change });
  const otherWeights = (...changes: Parameters<typeof modelFiles>): ArrayBuffer =>
    modelFiles(...changes).weights;

  test.each<[string, string, ArrayBuffer, RegExp]>([
    ["no JSON", "{", weights, /description of 1 characters is not JSON/],
    ["no object", "[]", weights, /must be an object, got \[\]/],
    ["another format", changed({ format: 2 }), weights, /format 2; this page reads format 1/],
    ["another family", changed({ family: "mixture" }), weights, /one of encoder-decoder, .* got "mixture"/],
    [
      "heads that do not fit",
      changed({ config: { ...CONFIG, n_heads: 5 } }),
      weights,
      /d_model=12 .* n_heads=5/,
    ],
    [
      "a missing size",
      changed({ config: { ...CONFIG, d_ff: undefined } }),
      weights,
      /d_ff must be .*, got undefined/,
    ],
    ["no tokenizer", changed({ tokenizers: {} }), weights, /a tokenizer must be an object/],
    [
      "weights of a wider model",
      description,
      otherWeights("decoder-only", { d_ff: 24 }),
      /"decoder.layers.0.feed_forward.enlarge.weight" has shape \[24, 12\], but the configuration asks for \[20, 12\]/,
    ],
    [
      "weights of a model with fewer layers",
      description,
      otherWeights("decoder-only", { n_layers: 1 }),
      /asks for "decoder.layers.1.self_attention.query.weight" of shape \[12, 12\], but/,
    ],
    [
      "weights of a model with more layers",
      description,
      otherWeights("decoder-only", { n_layers: 3 }),
      /nothing asks for "decoder.layers.2/,
    ],
    [
      "another vocabulary",
      modelFiles("decoder-only", { vocab_size: 23 }).description.replace(
        '"vocab_size":23',
        '"vocab_size":24',
      ),
      otherWeights("decoder-only", { vocab_size: 24 }),
      /the tokenizer has 23 ids, but the model a vocabulary of 24/,
    ],
    ["half a file", description, weights.slice(0, 4000), /truncated or foreign/],
    [
      "variants without a pair",
      changed({ variants: { traditional: "𠀀丈", simplified: "一" } }),
      weights,
      /2 traditional characters but 1 simplified/,
    ],
    [
      "variants of one kind",
      changed({ variants: { traditional: "丈" } }),
      weights,
      /simplified must be a text, got undefined/,
    ],
  ])("%s is refused in words", (_, text, bytes, message) => {
    expect(() => loadModel(text, bytes)).toThrow(message);
    expect(() => loadModel(text, bytes)).toThrow(AssetError);
  });

  test.each([
    [{ norm: "middle" }, /norm must be one of post, pre, got "middle"/],
    [{ positions: "sinusoidal", d_model: 9, n_heads: 3 }, /d_model=9 is odd/],
    [{ positions: "rotary", d_model: 9, n_heads: 3 }, /d_model \/ n_heads = 3 is odd/],
    [{ pad_id: 19, source_vocab_size: 19 }, /pad_id=19 is not in a vocabulary of 19/],
    [{ layer_norm_eps: 0 }, /above 0, got 0/],
    [{ tie_embeddings: 1 }, /true or false, got 1/],
    [{ vocab_size: 0 }, /at least 1, got 0/],
  ])("a configuration with %j", (change, message) => {
    expect(() => readConfig({ ...CONFIG, ...change })).toThrow(message);
  });
});

test("int8 rows with scales", () => {
  const rows = Int8Array.of(1, -2, 127, 4, 0, -128);
  expect(scaledRows(rows, Float32Array.of(0.5, 2))).toEqual(Float32Array.of(0.5, -1, 63.5, 8, 0, -256));
  const file = safetensorsFile({
    w: tensor("I8", [2, 3], rows),
    "w.scales": tensor("F32", [2], Float32Array.of(0.5, 2)),
    bytes: tensor("U8", [1], Uint8Array.of(1)),
  });
  const weights = new Weights(readSafetensors(file));
  expect(weights.take("w", 2, 3)).toEqual(scaledRows(rows, Float32Array.of(0.5, 2)));
  expect(() => weights.checkAllTaken()).toThrow(
    /2 tensors make the model, but the weights hold 3: .*"bytes"/,
  );
  expect(() => weights.take("bytes", 1)).toThrow(/dtype U8/);
  const bare = safetensorsFile({ w: tensor("I8", [2, 3], rows) });
  expect(() => new Weights(readSafetensors(bare)).take("w", 2, 3)).toThrow(/"w.scales" of shape \[2\]/);
});

// --- what is typed ----------------------------------------------------------------------------------------------------

const [translator, writer, reader] = FAMILIES.map((family) => smallModel(family));
const [unknown, start, end, mask] = [0, 1, 2, 3]; // then 一 丁 丂 from 4 on

/** The ids are those that Python's models read. */
function checkIds(program: typeof prepare): void {
  const ids = (model: LoadedModel, typed: Typed, options?: PrepareOptions): number[] =>
    program(model, typed, options).ids;
  expect(ids(translator, "一 丁")).toEqual([4, 5, end]);
  expect(ids(writer, "一丁")).toEqual([start, 4, 5]);
  expect(ids(reader, ["一", null, "丁"])).toEqual([start, 4, mask, 5, end]);
  expect(ids(writer, " ")).toEqual([start, unknown]); // only Chinese loses its white space
  expect(ids(translator, "壹𠀀三七")).toEqual([4, 4, 12, 7, end]); // each is replaced once
  expect(ids(writer, "壹")).toEqual([start, unknown]);
  expect(ids(writer, "")).toEqual([start]); // it begins by itself
  expect(() => ids(translator, "")).toThrow(InputError);
  expect(() => ids(reader, "")).toThrow(InputError);
  const long = `丂丂${"一".repeat(8)}丁丂`;
  expect(ids(writer, long, { cut: true, room: 1 })).toEqual([start, ...Array<number>(7).fill(4), 5, 6]);
  expect(ids(reader, long, { cut: true })).toEqual([start, 6, 6, ...Array<number>(7).fill(4), end]);
  expect(ids(writer, "一丁", { cut: true, room: 10 })).toEqual([start]);
  expect(ids(writer, "一丁", { cut: true, room: 1 })).toEqual([start, 4, 5]);
}

describe("the ids of a text", () => {
  test("are right", () => checkIds(prepare));

  test.each<[string, Mistake]>([
    ["variants are forgotten", ["simplified.get(one) ?? one", "one"]],
    ["of all languages", ['model.family === "encoder-decoder" && ', ""]],
    ["white space stays", ["normalizeChinese(text)", "text"]],
    ["a writer needs a text", ["ids.length === 0 && !isWriter", "ids.length === 0"]],
    ["nobody needs a text", ["ids.length === 0 && !isWriter", "ids.length < 0 && !isWriter"]],
    [
      "a writer loses the end",
      ["isWriter ? ids.slice(Math.max(ids.length - room, 0))", "isWriter ? ids.slice(0, room)"],
    ],
    ["all lose the beginning", ["isWriter ? ids.slice(", "room >= 0 ? ids.slice("]],
    ["nothing is cut", ["ids.slice(0, room)", "ids"]],
  ])("a planted mistake is caught: %s", async (_, mistake) => {
    const mutant = await mutantOf<{ prepare: typeof prepare }>("engine/model/prepare.ts", mistake);
    expect(() => checkIds(mutant.prepare)).toThrow();
  });
});

describe("prepare", () => {
  test("what the model does not know is counted", () => {
    const found = prepare(translator, "一x丁y");
    expect(found).toMatchObject({ unknown: 2, typed: 4, dropped: 0, text: "一?丁?" });
    expect(found.shown).toEqual(["一", "?", "丁", "?", "</s>"]);
    expect(prepare(translator, "xy")).toMatchObject({ unknown: 2, typed: 2 }); // of unknown characters alone
  });

  const attempt =
    (typed: Typed, options?: PrepareOptions, model = translator) =>
    () =>
      prepare(model, typed, options);

  test("an empty text and one that is too long are errors with numbers; cutting is the reader's choice", () => {
    expect(attempt("")).toThrow(InputError);
    expect(attempt(" \u3000\n")).toThrow(/0 tokens/);
    expect(attempt("一".repeat(11))).toThrow(/has 11 tokens, but the model reads at most 10/);
    expect(attempt("一".repeat(10))).not.toThrow();
    expect(attempt("一".repeat(8), { room: 3 }, writer)).toThrow(/8 tokens, .* at most 7/);
    const cut = prepare(translator, "一".repeat(9) + "丁丁丁", { cut: true });
    expect(cut.ids).toEqual([...Array<number>(9).fill(4), 5, end]);
    expect(cut).toMatchObject({ typed: 12, dropped: 2 });
    expect(attempt([null], undefined, smallModel("encoder-only"))).not.toThrow();
    try {
      prepare(translator, "一".repeat(12));
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "too-long", values: { tokens: 12, most: 10 } });
    }
  });
});
