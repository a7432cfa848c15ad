import { register } from "../host/registry.js";
import { mount } from "../views/word2vec/index.js";

register("word2vec", mount);
