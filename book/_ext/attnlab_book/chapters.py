"""The chapters of the book, in order, written and planned. A chapter is written when ``_toc.yml`` lists its page."""

from dataclasses import dataclass

from .settings import language


@dataclass(frozen=True)
class Chapter:
    number: int
    docname: str
    titles: dict[str, str]

    @property
    def title(self) -> str:
        return self.titles[language()]


def chapter(number: int, name: str, en: str, zh: str) -> Chapter:
    return Chapter(number, f"notebooks/{name}", {"en": en, "zh": zh})


CHAPTERS = (
    chapter(1, "encoding_and_decoding", "Encoding and decoding", "编码和解码"),
    chapter(2, "tokens", "Tokens: ids or one-hot", "词元：编号还是独热"),
    chapter(3, "latent_space", "Latent space and embedding", "潜空间与嵌入"),
    chapter(4, "word2vec", "Word2Vec", "Word2Vec"),
    chapter(5, "self_attention", "Self-attention", "自注意力"),
    chapter(6, "cross_attention", "Cross-attention and sequence to sequence", "交叉注意力与序列到序列"),
    chapter(7, "positional_encoding", "Positional encoding", "位置编码"),
    chapter(8, "multi_head_attention", "Multi-head attention", "多头注意力"),
    chapter(9, "masking", "Masking", "掩码"),
    chapter(10, "transformer", "The whole Transformer", "完整的 Transformer"),
    chapter(11, "real_model", "A real model under the microscope", "显微镜下的真实模型"),
)

BY_NUMBER = {chapter.number: chapter for chapter in CHAPTERS}
BY_DOCNAME = {chapter.docname: chapter for chapter in CHAPTERS}
