"""The live pictures of the book, for notebooks and for its pages."""

from attnlab.widgets.base import AttnWidget
from attnlab.widgets.playground import ModelPlayground
from attnlab.widgets.question import Question
from attnlab.widgets.self_attention import MAX_TOKENS, SelfAttentionExplorer

__all__ = ["MAX_TOKENS", "AttnWidget", "ModelPlayground", "Question", "SelfAttentionExplorer"]
