import { register } from "../host/registry.js";
import { mount } from "../views/latent-space/index.js";

register("latent-space", mount);
