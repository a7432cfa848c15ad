import { register } from "../host/registry.js";
import { mount } from "../views/translation/index.js";

register("translation", mount);
