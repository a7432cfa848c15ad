"""The book's own trained models: small enough to ship, and to compute in a page.

========================  =========================================================================
``load_translator``       reads Chinese and writes English (encoder-decoder)
``load_writer``           goes on with an English text (decoder-only)
``load_reader``           fills the blanks of an English text (encoder-only)
``load_model``            any of them, or one of your own, as the model and its tokenizers alone
``load_position_tables``  what small models learned about where a token stands
========================  =========================================================================

Each is a folder with ``weights.safetensors`` (float16; float32 for the tables), ``model.json`` (its shape and its
tokenizers) and a card, ``README.md``: the data, the license, the time it took and what it scores. Nothing in them is
executed.
"""

from attnlab.models.files import StoredModel, load_model, save_model, shipped_folder
from attnlab.models.positions import PositionTables, load_position_tables, save_position_tables
from attnlab.models.reader import Blank, Reader, load_reader
from attnlab.models.translator import Reading, Translator, load_translator
from attnlab.models.writer import Writer, load_writer

__all__ = [
    "Blank",
    "PositionTables",
    "Reader",
    "Reading",
    "StoredModel",
    "Translator",
    "Writer",
    "load_model",
    "load_position_tables",
    "load_reader",
    "load_translator",
    "load_writer",
    "save_model",
    "save_position_tables",
    "shipped_folder",
]
