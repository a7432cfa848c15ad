import { register } from "../host/registry.js";
import { mount } from "../views/masks/index.js";

register("masks", mount);
