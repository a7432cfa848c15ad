"""The bibliography: ``references.bib`` as a list, whose entries are linked to by key: ``references.md#vaswani2017``."""

from docutils import nodes
from pybtex.database import Entry, parse_file
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from .settings import ROOT

BIBLIOGRAPHY = ROOT / "book" / "references.bib"


def plain(text: str) -> str:
    return text.replace("{", "").replace("}", "").replace("--", "–")


def authors(entry: Entry) -> str:
    """``A. Vaswani, N. Shazeer and I. Polosukhin``."""
    names = []
    for person in entry.persons["author"]:
        initials = [f"{name[0]}." for name in person.first_names + person.middle_names]
        names.append(plain(" ".join([*initials, *person.prelast_names, *person.last_names, *person.lineage_names])))
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def venue(entry: Entry) -> str:
    fields = entry.fields
    name = fields.get("journal") or fields.get("booktitle") or fields.get("howpublished") or ""
    return plain(", ".join(part for part in (name, fields.get("pages", "")) if part))


def list_item(key: str, entry: Entry) -> nodes.list_item:
    """Authors (year). Title, linked to the paper. Venue."""
    link = nodes.reference("", plain(entry.fields["title"]), refuri=entry.fields["url"], internal=False)
    text = nodes.paragraph(
        "", f"{authors(entry)} ({entry.fields['year']}). ", nodes.emphasis("", "", link), nodes.Text(".")
    )
    if venue(entry):
        text += nodes.Text(f" {venue(entry)}.")
    return nodes.list_item("", text, ids=[key])


def by_author_and_year(item: tuple[str, Entry]) -> tuple[str, str]:
    first = item[1].persons["author"][0]
    return plain(" ".join(first.last_names)).lower(), item[1].fields["year"]


class References(SphinxDirective):
    """Every entry of the bibliography, sorted by its first author."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(BIBLIOGRAPHY))
        entries = sorted(parse_file(str(BIBLIOGRAPHY)).entries.items(), key=by_author_and_year)
        return [nodes.bullet_list("", *(list_item(key, entry) for key, entry in entries), classes=["references"])]


def make_keys_linkable(app: Sphinx, doctree: nodes.document) -> None:
    """Tell MyST of the keys, so that a link to one of them is checked like a link to a heading."""
    slugs = app.env.metadata[app.env.docname].setdefault("myst_slugs", {})
    for listing in doctree.findall(nodes.bullet_list):
        if "references" in listing["classes"]:
            slugs.update({item["ids"][0]: (0, item["ids"][0], item.astext()) for item in listing.children})


def setup(app: Sphinx) -> None:
    app.add_directive("references", References)
    app.connect("doctree-read", make_keys_linkable)
