/** Numbers as text, always with a real minus sign and always with the same number of decimals in one place. */

const MINUS = "\u2212";

/** `decimals` places: 0.1043, −1.2000. A number that rounds to zero has no sign. */
export function fixed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** With its sign, also above 0: +0.09. */
export function signed(value: number, decimals: number): string {
  const text = fixed(value, decimals);
  return text.startsWith(MINUS) || Number(text) === 0 ? text : `+${text}`;
}

/** Four decimals where they say something; a power of ten where they would all be 0 or the number is long. */
export function exact(value: number): string {
  const magnitude = Math.abs(value);
  if (magnitude !== 0 && (magnitude < 0.0001 || magnitude >= 100_000)) {
    return scientific(value);
  }
  return fixed(value, 4);
}

function scientific(value: number): string {
  const [mantissa, exponent] = Math.abs(value).toExponential(2).split("e");
  const digits = exponent.replace("+", "").replace("-", MINUS);
  return `${value < 0 ? MINUS : ""}${mantissa}\u2009×\u200910${superscript(digits)}`;
}

const SUPERSCRIPTS: Readonly<Record<string, string>> = {
  [MINUS]: "⁻",
  "0": "⁰",
  "1": "¹",
  "2": "²",
  "3": "³",
  "4": "⁴",
  "5": "⁵",
  "6": "⁶",
  "7": "⁷",
  "8": "⁸",
  "9": "⁹",
};

function superscript(digits: string): string {
  return [...digits].map((digit) => SUPERSCRIPTS[digit]).join("");
}

/** At most four digits and nothing after them: 11.31, 128, 0.5. For divisors and the ends of scales. */
export function short(value: number): string {
  const text = String(Number(Math.abs(value).toPrecision(4)));
  return value < 0 ? MINUS + text : text;
}

/** How many decimals leave about three digits to numbers up to `largest`. */
export function decimalsFor(largest: number): number {
  if (largest >= 100) {
    return 0;
  }
  return largest >= 10 ? 1 : 2;
}

/** Bytes as megabytes: 1.5 MB. */
export function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

/** A count with a comma after each three digits: 8,000. */
export function thousands(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
