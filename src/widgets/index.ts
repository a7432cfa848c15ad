/** What anywidget loads beside a kernel: every view in one module. A page of the book loads only what it shows. */

import "./entries/families.js";
import "./entries/heads.js";
import "./entries/latent-space.js";
import "./entries/masks.js";
import "./entries/models.js";
import "./entries/positions.js";
import "./entries/question.js";
import "./entries/self-attention.js";
import "./entries/tokens.js";
import "./entries/translation.js";
import "./entries/word2vec.js";

import { render } from "./host/kernel.js";

export default { render };
