import { register } from "../host/registry.js";
import { mount } from "../views/models/index.js";

register("models", mount);
