/** The few lines of Python that give what is on screen. */

import { pythonList } from "../shared/pythontext.js";
import type { Frame } from "./frame.js";
import type { Scheme, State, ViewName } from "./state.js";

/** With the package's own functions; what is looked at is printed last. */
export function programOf(frame: Pick<Frame, "state" | "order" | "reading">): string {
  const { view } = frame.state;
  if (frame.reading.T === 0 && (view === "sum" || view === "shuffle")) {
    return ""; // nothing is computed for no words
  }
  const programs: Readonly<Record<ViewName, () => string[]>> = {
    encoding: () => encodingLines(frame.state),
    sum: () => sumLines(frame),
    shuffle: () => shuffleLines(frame),
    schemes: () => schemeLines(frame.state),
  };
  return `${programs[view]().join("\n")}\n`;
}

function encodingLines({ length, width, base, position, pair }: State): string[] {
  return [
    "from attnlab.positions import frequencies, sinusoidal_positions",
    "",
    `encoding = sinusoidal_positions(${length}, ${width}, base=${base})  # (length, width)`,
    `angles = ${position} * frequencies(${width}, base=${base})  # (width / 2,)`,
    `dot_products = encoding @ encoding[${position}]  # (length,)`,
    `print(encoding[${position}, ${2 * pair}:${2 * pair + 2}])  # sine and cosine of one pair`,
    `print(angles[${pair}])`,
    "print(dot_products)",
  ];
}

/** The vectors of the tokens on screen. */
function readingLines({ reading }: Pick<Frame, "reading">): string[] {
  return [
    "words = load_word_vectors()",
    `tokens = ${pythonList(reading.pieces)}`,
    "x = torch.tensor(words[tokens])  # (T, D)",
  ];
}

function sumLines(frame: Pick<Frame, "state" | "order" | "reading">): string[] {
  const { state, order, reading } = frame;
  const place = Math.max(0, order.indexOf(state.token));
  const vector = `sinusoidal_positions(len(x), x.shape[1], base=${state.base})[${place}]`;
  return [
    "import torch",
    "",
    "from attnlab.embedding import load_word_vectors",
    "from attnlab.positions import sinusoidal_positions",
    "",
    ...readingLines({ reading }),
    `word = x[${state.token}]`,
    `position = ${vector}${state.positions ? "" : " * 0  # positions are off"}`,
    "sum_vectors = torch.stack([word, position, word + position])  # (3, D)",
    "print(sum_vectors.norm(dim=1))",
    "print(torch.cosine_similarity(word, word + position, dim=0))",
  ];
}

function shuffleLines(frame: Pick<Frame, "state" | "order" | "reading">): string[] {
  const { state, order, reading } = frame;
  const added = state.positions ? state.added : "none";
  const imports: Readonly<Record<typeof added, string[]>> = {
    none: [],
    sinusoidal: ["from attnlab.positions import sinusoidal_positions"],
    rotary: ["from attnlab.positions import RotaryPositions"],
    alibi: ["from attnlab.positions import alibi_bias"],
  };
  const body: Readonly<Record<typeof added, string[]>> = {
    none: ["    return scaled_dot_product_attention(x, x, x, return_weights=True)"],
    sinusoidal: [
      `    x = x + sinusoidal_positions(*x.shape, base=${state.base})`,
      "    return scaled_dot_product_attention(x, x, x, return_weights=True)",
    ],
    rotary: [
      `    turned = RotaryPositions(x.shape[1], base=${state.base})(x, torch.arange(len(x)))`,
      "    return scaled_dot_product_attention(turned, turned, x, return_weights=True)",
    ],
    alibi: [
      "    bias = alibi_bias(8, len(x), len(x))[0, 0]  # the first of 8 heads",
      "    return scaled_dot_product_attention(x, x, x, bias=bias, return_weights=True)",
    ],
  };
  return [
    "import torch",
    "",
    "from attnlab.attention import scaled_dot_product_attention",
    "from attnlab.embedding import load_word_vectors",
    ...imports[added],
    "",
    ...readingLines({ reading }),
    `order = [${order.join(", ")}]  # which word stands at each place`,
    "",
    "def attend(x):",
    ...body[added],
    "",
    "before, _ = attend(x)",
    "outputs, weights = attend(x[order])",
    "changes = (outputs - before[order]).abs().amax(dim=1)[torch.tensor(order).argsort()]  # (T,), by word",
    "change = changes.max().item()",
    'print(f"{change:.2e}")',
  ];
}

interface Making {
  imports: readonly string[];
  lines: readonly string[];
}

function schemeLines(state: State): string[] {
  const { imports, lines } = makingOf(state);
  const uses = (name: string): boolean => lines.some((line) => line.includes(`${name}.`));
  const usesTables = uses("tables");
  return [
    ...(uses("torch") ? ["import torch", ""] : []),
    ...(usesTables ? ["from attnlab.models import load_position_tables"] : []),
    ...(imports.length > 0 ? [`from attnlab.positions import ${imports.join(", ")}`] : []),
    "",
    ...(usesTables ? ["tables = load_position_tables()"] : []),
    `n = ${state.length}`,
    ...lines,
    `print(pattern[${state.position}])`,
  ];
}

function makingOf({ scheme, width, base, head }: State): Making {
  const makings: Readonly<Record<Scheme, Making>> = {
    sinusoidal: {
      imports: ["sinusoidal_positions"],
      lines: [
        `p = sinusoidal_positions(n, ${width}, base=${base})`,
        `pattern = p @ p.T / ${width} ** 0.5  # (n, n)`,
      ],
    },
    learned: {
      imports: [],
      lines: [
        "known = torch.as_tensor(tables.learned)[:n]  # no position beyond those of training has a vector",
        "pattern = torch.full((n, n), torch.nan)",
        "pattern[: len(known), : len(known)] = known @ known.T / known.shape[1] ** 0.5  # (n, n)",
      ],
    },
    shaw: {
      imports: ["relative_positions"],
      lines: [
        "keys, query = torch.as_tensor(tables.shaw_keys), torch.as_tensor(tables.shaw_query)",
        "reach = len(keys) // 2",
        "rows = relative_positions(n, n).clamp(-reach, reach) + reach",
        `pattern = (keys @ query[${head}] / keys.shape[1] ** 0.5)[rows]  # (n, n)`,
      ],
    },
    t5: {
      imports: ["relative_buckets", "relative_positions"],
      lines: [
        "bias = torch.as_tensor(tables.t5_bias)  # (buckets, heads)",
        "buckets = relative_buckets(",
        "    relative_positions(n, n),",
        "    bidirectional=tables.t5_bidirectional,",
        "    n_buckets=len(bias),",
        "    max_distance=tables.t5_max_distance,",
        ")",
        `pattern = bias[buckets, ${head}]  # (n, n)`,
      ],
    },
    rotary: {
      imports: ["RotaryPositions"],
      lines: [
        `ones = torch.full((n, ${width}), ${width}**-0.5)  # each row of length 1`,
        `turned = RotaryPositions(${width}, base=${base})(ones, torch.arange(n))`,
        "pattern = turned @ turned.T  # (n, n)",
      ],
    },
    alibi: {
      imports: ["alibi_bias"],
      lines: [`pattern = alibi_bias(tables.heads, n, n)[0, ${head}]  # (n, n)`],
    },
  };
  return makings[scheme];
}
