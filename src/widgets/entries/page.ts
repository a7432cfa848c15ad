/** What a page of the book loads last: by then the views that it shows are registered. */

import { defineElement } from "../host/book.js";

defineElement();
