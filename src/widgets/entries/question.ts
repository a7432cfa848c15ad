import { register } from "../host/registry.js";
import { mount } from "../views/question/index.js";

register("question", mount);
