import { register } from "../host/registry.js";
import { mount } from "../views/self-attention/index.js";

register("self-attention", mount);
