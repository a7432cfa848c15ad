/** A whole model from its two files: `model.json` says what it is, `weights.safetensors` holds its numbers. */

import { AssetError } from "../errors.js";
import { readSafetensors } from "../safetensors.js";
import { tokenizerFrom, type Tokenizer } from "../text/index.js";
import { asObject, FAMILIES, oneOf, readConfig, type Family, type TransformerConfig } from "./config.js";
import { Transformer } from "./transformer.js";
import { Weights } from "./weights.js";

const FORMAT = 1;

export interface LoadedModel {
  model: Transformer;
  /** What reads typed text: the source of an encoder-decoder, else the one text. */
  reads: Tokenizer;
  /** What the model's own tokens are written in; in the other two families the same. */
  writes: Tokenizer;
  /** What a traditional character is read as, where only its simplified form is known. */
  simplified: ReadonlyMap<string, string>;
  /** The beam that the model was scored with. */
  decoding: { width: number; lengthPenalty: number };
}

/** What a page may know of a model without having it: everything but the numbers. */
export interface ModelInfo {
  family: Family;
  config: TransformerConfig;
  attentionNames: readonly string[];
  parameters: number;
  decoding: LoadedModel["decoding"];
  /** The token that what the model writes begins with. */
  startId: number | null;
}

/** Throws `AssetError` for a description that is not one, or for weights that are not its. */
export function loadModel(description: string, weights: ArrayBuffer): LoadedModel {
  const values = parsed(description);
  if (values["format"] !== FORMAT) {
    throw new AssetError(
      `a model of format ${JSON.stringify(values["format"])}; this page reads format ${FORMAT}`,
    );
  }
  const family = oneOf(values["family"], "family", FAMILIES);
  const config = readConfig(values["config"]);
  const tokenizers = asObject(values["tokenizers"], "tokenizers");
  const isTwofold = family === "encoder-decoder";
  const writes = tokenizerFrom(tokenizers[isTwofold ? "target" : "text"]);
  const reads = isTwofold ? tokenizerFrom(tokenizers["source"]) : writes;
  const model = new Transformer(family, config, new Weights(readSafetensors(weights)));
  checkSize("the tokenizer", writes, config.vocab_size);
  checkSize("the source's tokenizer", reads, model.sourceSize);
  const { width, length_penalty } = asObject(values["decoding"] ?? {}, "decoding");
  return {
    model,
    reads,
    writes,
    simplified: readVariants(values["variants"] ?? { traditional: "", simplified: "" }),
    decoding: {
      width: typeof width === "number" ? width : 1,
      lengthPenalty: typeof length_penalty === "number" ? length_penalty : 0,
    },
  };
}

export function infoOf({ model, writes, decoding }: LoadedModel): ModelInfo {
  const { family, config, attentionNames, parameters } = model;
  return { family, config, attentionNames, parameters, decoding, startId: writes.special.start };
}

/** The characters of one text stand for those of another. */
function readVariants(value: unknown): ReadonlyMap<string, string> {
  const variants = asObject(value, "variants");
  const [typed, read] = ["traditional", "simplified"].map((name) => {
    const text = variants[name];
    if (typeof text !== "string") {
      throw new AssetError(`variants: ${name} must be a text, got ${JSON.stringify(text)}`);
    }
    return Array.from(text);
  });
  if (typed.length !== read.length) {
    throw new AssetError(`variants: ${typed.length} traditional characters but ${read.length} simplified`);
  }
  return new Map(typed.map((character, place) => [character, read[place]]));
}

function checkSize(name: string, tokenizer: Tokenizer, V: number): void {
  if (tokenizer.size !== V) {
    throw new AssetError(`${name} has ${tokenizer.size} ids, but the model a vocabulary of ${V}`);
  }
}

function parsed(description: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(description);
  } catch {
    throw new AssetError(`the model's description of ${description.length} characters is not JSON`);
  }
  return asObject(value, "the model's description");
}
