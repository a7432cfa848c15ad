/** A quick question: pick an answer, read why it is right or wrong, try again. */

import type { Context, View } from "../../host/context.js";
import { element, icon, listen, setText, uniqueId } from "../shared/dom.js";

interface Choice {
  text: string;
  correct: boolean;
  feedback: string;
}

const CHECK_MARK = "M3 8.5 6.5 12 13 4.5";
const CROSS = "M4 4 12 12 M12 4 4 12";

/** One choice of the list, and the place where its mark appears. */
interface Row {
  button: HTMLButtonElement;
  mark: HTMLElement;
}

export function mount(root: HTMLElement, context: Context): View {
  const { model, t } = context;
  const choices = model.get<Choice[]>("choices");
  const listeners = new AbortController();
  const rows = choices.map((choice) => makeRow(choice));
  const feedback = element("div", { class: "attn-question-feedback", "aria-live": "polite" });
  const again = element("button", { type: "button", class: "attn-question-again" }, t("question.again"));

  function pick(index: number): void {
    model.set("picked", index);
    model.save();
  }

  function update(): void {
    const picked = model.get<number>("picked");
    rows.forEach((row, index) => showMark(row, index === picked ? choices[index] : null, context));
    showFeedback(feedback, choices[picked] ?? null, context);
    again.hidden = picked === -1;
  }

  rows.forEach((row, index) => listen(row.button, "click", listeners.signal, () => pick(index)));
  listen(again, "click", listeners.signal, () => {
    pick(-1);
    rows[0].button.focus(); // the button that had the focus is gone
  });
  const stopListening = model.on("change:picked", update);

  const promptId = uniqueId("question");
  const prompt = element("p", { class: "attn-question-prompt", id: promptId }, model.get<string>("prompt"));
  const list = element("div", { class: "attn-question-choices", role: "group", "aria-labelledby": promptId });
  list.append(...rows.map((row) => row.button));
  root.append(
    element(
      "section",
      { class: "attn-question", "aria-labelledby": promptId },
      prompt,
      list,
      feedback,
      again,
    ),
  );
  update();

  return {
    destroy() {
      listeners.abort();
      stopListening();
      root.replaceChildren();
    },
  };
}

function makeRow(choice: Choice): Row {
  const mark = element("span", { class: "attn-question-mark" });
  const text = element("span", { class: "attn-question-text" }, choice.text);
  const button = element("button", { type: "button", class: "attn-question-choice" }, mark, text);
  return { button, mark };
}

/** Marks the picked choice with an icon and a word, never by color alone. */
function showMark(row: Row, picked: Choice | null, { t }: Context): void {
  const verdict = verdictOf(picked);
  row.button.setAttribute("aria-pressed", String(picked !== null));
  row.button.dataset["verdict"] = verdict;
  row.mark.replaceChildren();
  if (picked !== null) {
    const word = element("span", { class: "attn-visually-hidden" }, t(`question.${verdict}`));
    row.mark.append(icon(picked.correct ? CHECK_MARK : CROSS), word);
  }
}

function showFeedback(place: HTMLElement, picked: Choice | null, { t }: Context): void {
  const verdict = verdictOf(picked);
  place.dataset["verdict"] = verdict;
  setText(place, "");
  if (picked !== null) {
    place.append(
      element("strong", { class: "attn-question-verdict" }, t(`question.${verdict}`)),
      " ",
      element("span", {}, picked.feedback),
    );
  }
}

function verdictOf(picked: Choice | null): "none" | "correct" | "incorrect" {
  if (picked === null) {
    return "none";
  }
  return picked.correct ? "correct" : "incorrect";
}
