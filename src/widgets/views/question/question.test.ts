// @vitest-environment happy-dom
import { afterEach, expect, test } from "vitest";
import { PageModel } from "../../host/page-model.js";
import { translator } from "../../host/strings.js";
import { questionState } from "../../test/states.js";
import type { View } from "../../host/context.js";
import { mount } from "./index.js";

interface Page {
  root: HTMLElement;
  model: PageModel;
  view: View;
  choices: HTMLButtonElement[];
  feedback: HTMLElement;
  again: HTMLButtonElement;
  saved: unknown[];
}

function open(state = questionState()): Page {
  const root = document.createElement("div");
  document.body.append(root);
  const saved: unknown[] = [];
  const model = new PageModel(state, (now) => saved.push(now["picked"]));
  const t = translator("en", (key) => {
    throw new Error(`no string for ${key}`);
  });
  const loadAsset = (): Promise<ArrayBuffer> => Promise.reject(new Error("a question needs no asset"));
  const models = {
    state: () => ({ phase: "absent" }) as const,
    need: loadAsset,
    onChange: () => () => undefined,
  };
  const host = { loadAsset, forgetAsset: () => undefined, models, home: "book", shareLink: null } as const;
  const view = mount(root, { model, t, lang: "en", ...host });
  const all = <Found extends HTMLElement>(selector: string): Found[] => [
    ...root.querySelectorAll<Found>(selector),
  ];
  const [feedback] = all(".attn-question-feedback");
  const [again] = all<HTMLButtonElement>(".attn-question-again");
  return { root, model, view, choices: all(".attn-question-choice"), feedback, again, saved };
}

afterEach(() => document.body.replaceChildren());

test("a wrong pick is marked by icon and word, and its feedback is read out", () => {
  const { choices, feedback, again, model, saved } = open();
  expect([again.hidden, feedback.textContent]).toEqual([true, ""]);
  choices[0].click();
  expect([model.get("picked"), saved]).toEqual([0, [0]]);
  expect(choices.map((button) => button.getAttribute("aria-pressed"))).toEqual(["true", "false"]);
  expect(choices[0].querySelector("svg")).not.toBeNull();
  expect(choices[0].textContent).toContain("Not quite");
  expect(choices[1].querySelector("svg")).toBeNull();
  expect(feedback.getAttribute("aria-live")).toBe("polite");
  expect(feedback.textContent).toBe("Not quite. Softmax divides by the sum.");
  expect(again.hidden).toBe(false);
});

test("the right pick says so", () => {
  const { choices, feedback } = open();
  choices[0].click();
  choices[1].click();
  expect(feedback.textContent).toBe("Right. Each row is divided by its own sum.");
  expect(choices.map((button) => button.dataset["verdict"])).toEqual(["none", "correct"]);
});

test("try again clears the pick and gives the focus to the first choice", () => {
  const { choices, feedback, again, model } = open(questionState({ picked: 1 }));
  expect(feedback.textContent).toContain("Right");
  again.click();
  expect([model.get("picked"), feedback.textContent, again.hidden]).toEqual([-1, "", true]);
  expect(document.activeElement).toBe(choices[0]);
});

test("a pick made in Python shows", () => {
  const { model, feedback } = open();
  model.set("picked", 0);
  expect(feedback.textContent).toContain("Not quite");
});

test("markup in a question is text", () => {
  const choices = [
    { text: "<img src=x onerror=alert(1)>", correct: true, feedback: "<b>bold</b>" },
    { text: "no", correct: false, feedback: "no" },
  ];
  const { root, feedback } = open(questionState({ prompt: "<i>why</i>", choices, picked: 0 }));
  expect(root.querySelector("img, b, i")).toBeNull();
  expect(feedback.textContent).toBe("Right. <b>bold</b>");
});

test("the group is named by its prompt, and two questions on a page do not share a name", () => {
  const names = [open(), open()].map(({ root }) => {
    const id = root.querySelector("[role=group]")?.getAttribute("aria-labelledby") ?? "";
    expect(root.querySelector(`[id="${id}"]`)?.textContent).toBe("What does a row of weights sum to?");
    return id;
  });
  expect(new Set(names).size).toBe(2);
});

test("destroyed, it leaves nothing and listens no more", () => {
  const { root, view, model, choices } = open();
  view.destroy();
  expect(root.childNodes.length).toBe(0);
  model.set("picked", 0);
  choices[1].click();
  expect(model.get("picked")).toBe(0);
});
