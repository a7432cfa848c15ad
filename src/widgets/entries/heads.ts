import { register } from "../host/registry.js";
import { mount } from "../views/heads/index.js";

register("heads", mount);
