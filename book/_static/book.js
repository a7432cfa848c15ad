// What a page of the book does beside its widgets: colors, search box, contents on a small screen, copying of code.
// Every part is an addition: with scripts off the links behind the buttons still lead somewhere.
(() => {
  "use strict";
  const root = document.documentElement;
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];

  /** The reader's choice outlives the page, where the browser lets it. */
  const remember = (theme) => {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // Storage is off: the choice holds for this page.
    }
  };

  const setUpColors = () => {
    const button = one(".theme-button");
    const name = () => {
      button.setAttribute("aria-label", root.dataset.theme === "dark" ? button.dataset.toLight : button.dataset.toDark);
    };
    button.addEventListener("click", () => {
      root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
      remember(root.dataset.theme);
      name();
    });
    name();
  };

  const setUpSearch = () => {
    const dialog = one(".search-dialog");
    const open = (event) => {
      event.preventDefault();
      if (!dialog.open) dialog.showModal();
      dialog.querySelector("input").select();
    };
    one(".search-button").addEventListener("click", open);
    one(".search-close").addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    document.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") open(event);
    });
  };

  /** The contents as a drawer: the address keeps its hash, which may hold a widget's state. */
  const setUpContents = () => {
    const contents = one(".contents");
    const button = one(".menu-button");
    const show = (event, shown) => {
      event.preventDefault();
      contents.classList.toggle("open", shown);
      (shown ? one(".contents-close") : button).focus({ preventScroll: true });
    };
    button.addEventListener("click", (event) => show(event, true));
    one(".contents-close").addEventListener("click", (event) => show(event, false));
    one(".contents-shade").addEventListener("click", (event) => show(event, false));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && contents.classList.contains("open")) show(event, false);
    });
    contents.addEventListener("click", (event) => {
      if (event.target.closest(".contents-sections a")) contents.classList.remove("open");
    });
  };

  /** Marks, in the contents, the section that is being read. */
  const followReading = () => {
    const links = new Map(all(".contents-sections a").map((link) => [decodeURIComponent(link.hash.slice(1)), link]));
    const sections = [...links.keys()].map((id) => document.getElementById(id)).filter(Boolean);
    if (!sections.length) return;
    const inView = new Set();
    const observer = new IntersectionObserver(
      (entries) => {
        for (const entry of entries) inView[entry.isIntersecting ? "add" : "delete"](entry.target);
        const current = sections.find((section) => inView.has(section));
        for (const [id, link] of links) link.classList.toggle("reading", id === current?.id);
      },
      { rootMargin: "-15% 0px -70% 0px" },
    );
    sections.forEach((section) => observer.observe(section));
  };

  /** A block's code without prompts and without what a console answered. */
  const codeOf = (block) => {
    const copy = block.cloneNode(true);
    copy.querySelectorAll(".gp, .go, .linenos").forEach((part) => part.remove());
    return copy.textContent.trimEnd() + "\n";
  };

  const setUpCopying = () => {
    const { copy, copied } = document.body.dataset;
    for (const block of all("div.highlight > pre")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy-button";
      button.textContent = copy;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(codeOf(block));
        button.textContent = copied;
        setTimeout(() => (button.textContent = copy), 1500);
      });
      block.parentElement.append(button);
    }
  };

  /** What scrolls sideways can be reached, and so scrolled, with the keyboard. */
  const reachOverflow = () => {
    const candidates = all("pre, .katex-display, .pst-scrollable-table-container, .cell_output > .output, .chapter-map");
    for (const element of candidates) {
      const overflows = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== "visible";
      if (overflows) element.tabIndex = 0;
      else element.removeAttribute("tabindex");
    }
  };

  /** On the search page: a formula is in the page twice, drawn and as MathML; a result quotes it once. */
  const quoteFormulasOnce = () => {
    const textOf = Search.htmlToText;
    Search.htmlToText = (html, anchor) => textOf(html.replace(/<span class="katex-mathml">.*?<\/math><\/span>/gs, ""), anchor);
  };

  setUpColors();
  setUpSearch();
  setUpContents();
  followReading();
  if (navigator.clipboard) setUpCopying();
  if (typeof Search !== "undefined") quoteFormulasOnce();
  reachOverflow();
  addEventListener("resize", reachOverflow);
  addEventListener("load", reachOverflow);
})();
