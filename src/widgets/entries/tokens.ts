import { register } from "../host/registry.js";
import { mount } from "../views/tokens/index.js";

register("tokens", mount);
