import sentences from "../locales/later.js";
import zh from "../locales/zh.json";

Object.assign(sentences, zh);
