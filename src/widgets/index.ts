/** What anywidget loads beside a kernel: every view in one module. A page of the book loads only what it shows. */

import "./entries/models.js";
import "./entries/question.js";
import "./entries/self-attention.js";

import { render } from "./host/kernel.js";

export default { render };
