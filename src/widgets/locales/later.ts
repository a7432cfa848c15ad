/**
 * The Chinese sentences of a page: none, until the module of that language fills them in. A page in English does not
 * load them; beside a kernel both languages are there from the start. See bundle.mjs.
 */

const sentences: Record<string, string> = {};

export default sentences;
