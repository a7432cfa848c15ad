/**
 * WordPiece as BERT's uncased models use it, over the tokens that a table or a vocabulary holds.
 *
 * A text is cleaned, stripped of accents and lowercased letter by letter; it is split at spaces, punctuation and
 * Chinese characters; each word is then spelled with the longest pieces of the table, from left to right. What the
 * reader typed for a piece is kept beside it.
 */

/** What pieces there are to spell with: those of a table, or of a model's vocabulary. */
export interface Pieces {
  tokens: readonly string[];
  has(token: string): boolean;
}

export interface Token {
  /** What the reader typed; where one character becomes several pieces, those after the first show their letters. */
  text: string;
  /** The name asked of the table. */
  piece: string;
  /** Which word of the text it belongs to, counted from 0. */
  word: number;
  known: boolean;
}

/** A character of the plain text, and the stretch of the typed text that it stands for. */
interface Letter {
  character: string;
  start: number;
  end: number;
}

export const UNKNOWN = "[UNK]";
const CONTINUES = "##";
const LONGEST_WORD = 100; // characters; a longer word is unknown

const SPACE = /[\t\n\r\p{Zs}\p{Zl}\p{Zp}]/u;
// Control characters, those that only join or order others, private ones and halves of pairs. Code points that are not
// assigned yet stay: which these are depends on the version of Unicode.
const REMOVED = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\uFFFD]/u;
const ACCENTS = /\p{Mn}/gu;
// BERT counts every ASCII sign as punctuation, also $, +, < and their like.
const PUNCTUATION = /[!-/:-@[-`{-~\p{P}]/u;
export const IDEOGRAPH =
  /[\u4E00-\u9FFF\u3400-\u4DBF\u{20000}-\u{2A6DF}\u{2A700}-\u{2B73F}\u{2B740}-\u{2B81F}\u{2B820}-\u{2CEAF}\uF900-\uFAFF\u{2F800}-\u{2FA1F}]/u;

/** What a typed character becomes. */
interface Plain {
  isSpace: boolean;
  characters: readonly string[];
  /** For each of the characters: whether it is a word of its own. */
  isAlone: readonly boolean[];
}

/** The tokens of a text, in order. Any string is accepted; nothing in it is ever markup. */
export function tokenize(text: string, table: Pieces): Token[] {
  const longest = longestPiece(table);
  return splitWords(text).flatMap((letters, word) => spell(text, letters, word, table, longest));
}

const longestPieces = new WeakMap<Pieces, number>();

/** The length of the longest name in the table: no piece needs to be looked up that is longer. */
function longestPiece(table: Pieces): number {
  const known = longestPieces.get(table);
  if (known !== undefined) {
    return known;
  }
  const longest = table.tokens.reduce((most, token) => Math.max(most, token.length), 0);
  longestPieces.set(table, longest);
  return longest;
}

/** The words of a text. Punctuation marks and Chinese characters are words of one letter. */
function splitWords(text: string): Letter[][] {
  const words: Letter[][] = [];
  const seen = new Map<string, Plain>(); // a long text has few different characters
  let open: Letter[] | null = null; // the word that the next letter continues
  let end = 0;
  for (const typed of text) {
    const start = end;
    end += typed.length;
    const plain = seen.get(typed) ?? plainOf(typed);
    seen.set(typed, plain);
    if (plain.isSpace) {
      open = null;
    } else if (plain.characters.length === 0 && open !== null) {
      open[open.length - 1].end = end; // an accent typed after its letter belongs to it
    }
    for (const [index, character] of plain.characters.entries()) {
      if (open === null || plain.isAlone[index]) {
        open = [];
        words.push(open);
      }
      open.push({ character, start, end });
      open = plain.isAlone[index] ? null : open;
    }
  }
  return words;
}

/** A typed character without accents and in lower case: often one, sometimes none or several. */
function plainOf(typed: string): Plain {
  if (SPACE.test(typed) || REMOVED.test(typed)) {
    return { isSpace: SPACE.test(typed), characters: [], isAlone: [] };
  }
  const stripped = typed.normalize("NFD").replace(ACCENTS, "");
  // Letter by letter: lowercasing a whole word would treat a Greek final sigma differently.
  const characters = [...stripped].flatMap((character) => [...character.toLowerCase()]);
  const isAlone = characters.map((character) => PUNCTUATION.test(character) || IDEOGRAPH.test(typed));
  return { isSpace: false, characters, isAlone };
}

/** The pieces of one word, each time the longest that fits; one [UNK] if any part cannot be spelled. */
function spell(text: string, letters: Letter[], word: number, table: Pieces, longest: number): Token[] {
  const wordStart = letters[0].start;
  const wordEnd = letters[letters.length - 1].end;
  const unknown = [{ text: text.slice(wordStart, wordEnd), piece: UNKNOWN, word, known: false }];
  if (letters.length > LONGEST_WORD) {
    return unknown;
  }
  const pieceName = namesOf(letters);
  const tokens: Token[] = [];
  let typedEnd = wordStart;
  for (let start = 0; start < letters.length;) {
    let end = Math.min(letters.length, start + longest);
    while (end > start && !table.has(pieceName(start, end))) {
      end -= 1;
    }
    if (end === start) {
      return unknown;
    }
    // A piece begins where the one before it ended, so that no typed accent is lost between the two.
    const typedStart = typedEnd;
    typedEnd = letters[end - 1].end;
    const piece = pieceName(start, end);
    // Only a piece that continues a word can be left without a typed character.
    const typed = text.slice(typedStart, typedEnd) || piece.slice(CONTINUES.length);
    tokens.push({ text: typed, piece, word, known: true });
    start = end;
  }
  return tokens;
}

/** How the table would call the letters from `start` up to `end`. */
function namesOf(letters: Letter[]): (start: number, end: number) => string {
  const spelled = letters.map((letter) => letter.character).join("");
  const places = [0]; // a letter may take two places of a string
  letters.forEach((letter, index) => places.push(places[index] + letter.character.length));
  return (start, end) => (start === 0 ? "" : CONTINUES) + spelled.slice(places[start], places[end]);
}
