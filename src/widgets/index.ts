/** One module for all homes: it defines the book's element, and exports what anywidget calls. */

import { defineElement } from "./host/book.js";
import { render } from "./host/kernel.js";

defineElement();

export default { render };
