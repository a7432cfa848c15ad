import { register } from "../host/registry.js";
import { mount } from "../views/positions/index.js";

register("positions", mount);
