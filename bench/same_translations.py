"""How many sentences of a file the page's engine and the package translate alike, token for token, greedily.

``python -m bench.same_translations dev.tsv --count 300``: a file of sentence pairs, of which as many Chinese sentences
are read, spread over the file. The tests do the same with sentences of their own.
"""

import argparse
import tempfile
from pathlib import Path

from attnlab.data import group_references, read_pairs
from attnlab.decoding import greedy, run_to_end
from attnlab.models import load_translator, shipped_folder
from tests.parity.model_files import bundle


def main() -> int:
    """Print the number, and the first sentences that differ; return how many these are."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--count", type=int, default=300)
    options = parser.parse_args()
    sentences = [sentence for sentence, _ in group_references(read_pairs(options.pairs))]
    chosen = sentences[:: max(1, len(sentences) // options.count)][: options.count]
    translator = load_translator()
    every = [list(translator.read(sentence).ids) for sentence in chosen]
    longest, start, end = translator.model.max_length, translator.target.start_id, translator.target.end_id
    in_page = {"maxNewTokens": longest, "startId": start, "endId": end}
    job = {"kind": "write", "texts": every, "options": in_page, "folder": str(shipped_folder("translator"))}
    with tempfile.TemporaryDirectory() as folder:
        (found,) = bundle(Path(folder), {})[""]([job])
    named = {"max_new_tokens": longest, "start_id": start, "end_id": end}
    expected = [list(run_to_end(greedy(translator.model, ids, **named))) for ids in every]
    differ = [place for place in range(len(every)) if found[place] != expected[place]]
    print(f"{len(every) - len(differ)} of {len(every)} sentences are translated alike, token for token.")
    for place in differ[:10]:
        print(chosen[place], [translator.target.decode(ids) for ids in (found[place], expected[place])])
    return len(differ)


if __name__ == "__main__":
    raise SystemExit(min(main(), 1))
