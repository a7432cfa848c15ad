import { register } from "../host/registry.js";
import { mount } from "../views/families/index.js";

register("families", mount);
