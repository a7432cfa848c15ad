"""The three families of the Transformer: what reads, what goes on, what reads one text and writes another."""

import torch
from torch import Tensor

from attnlab.attention.cache import ModelCache
from attnlab.transformer.config import TransformerConfig
from attnlab.transformer.layers import Decoder, Encoder
from attnlab.transformer.model import Gates, Record, Transformer, check_token_mask
from attnlab.transformer.sublayers import Embedding


class EncoderOnly(Transformer):
    """Reads a text in both directions and gives a vector for each token, as BERT does.

    Args:
        config: the shape of the model.
        generator: draws the first weights; torch's global one unless given.

    Source: Devlin et al., *BERT* (2019), section 3.

    Example:

        >>> config = TransformerConfig(vocab_size=11, d_model=6, n_heads=3, n_layers=2, d_ff=8, max_length=5)
        >>> model = EncoderOnly(config, generator=torch.Generator().manual_seed(0))
        >>> record = {}
        >>> model(torch.tensor([[3, 1, 4]]), record=record).shape
        torch.Size([1, 3, 6])
        >>> record["encoder.layers.1.attention.weights"].shape
        torch.Size([1, 3, 3, 3])
    """

    def __init__(self, config: TransformerConfig, *, generator: torch.Generator | None = None) -> None:
        super().__init__(config)
        self.encoder = Encoder(config)
        self.initialize(generator)

    def forward(
        self,
        ids: Tensor,
        token_mask: Tensor | None = None,
        *,
        segments: Tensor | None = None,
        gates: Gates | None = None,
        record: Record | None = None,
    ) -> Tensor:
        """Return a vector for each token, ``(B, T, D)``.

        Args:
            ids: ``(B, T)``, integers below ``vocab_size``.
            token_mask: ``(B, T)``, bool, True = a real token. Unless given, all but ``pad_id`` are real.
            segments: ``(B, T)``, the segment of each token; all 0 unless given.
            gates: for attentions by name, a number for each head ``(H,)`` that multiplies what it found.
            record: a dictionary to be filled with what is computed, by name.

        Raises:
            TypeError: wrong dtypes.
            ValueError: wrong shapes or devices, ids out of range, or more than ``max_length`` tokens.
        """
        self._check_ids("ids", ids, self.config.vocab_size)
        if segments is not None:
            if not self.config.n_segments:
                raise ValueError("this model has no segments: n_segments=0")
            self._check_ids("segments", segments, self.config.n_segments)
            if segments.shape != ids.shape:
                raise ValueError(f"ids have shape {tuple(ids.shape)} but segments {tuple(segments.shape)}")
        token_mask = self._token_mask(ids, token_mask)
        mask = None if token_mask is None else token_mask[:, None, None, :]  # (B, 1, 1, T)
        trace = self._trace(record, gates).at("encoder")
        x = trace.note("embedding", self.embedding(ids, segments=segments))  # (B, T, D)
        hidden: Tensor = self.encoder(x, mask, trace=trace)  # (B, T, D)
        return hidden


class DecoderOnly(Transformer):
    """Goes on with a text: gives the scores of the next token after each token, as GPT does.

    Args:
        config: the shape of the model.
        generator: draws the first weights; torch's global one unless given.

    Source: Radford et al. (GPT-2, 2019), section 2.

    Example: the first two tokens, then a third that finds them in the cache.

        >>> config = TransformerConfig(vocab_size=11, d_model=6, n_heads=3, n_layers=2, d_ff=8, max_length=5)
        >>> model = DecoderOnly(config, generator=torch.Generator().manual_seed(0))
        >>> ids, cache = torch.tensor([[3, 1, 4]]), model.new_cache()
        >>> _ = model(ids[:, :2], cache=cache)
        >>> torch.allclose(model(ids[:, 2:], cache=cache), model(ids)[:, 2:], atol=1e-6)
        True
    """

    def __init__(self, config: TransformerConfig, *, generator: torch.Generator | None = None) -> None:
        super().__init__(config)
        self.decoder = Decoder(config, cross=False)
        self.initialize(generator)

    def new_cache(self) -> ModelCache:
        """Return an empty cache for this model."""
        return ModelCache(len(self.decoder.layers))

    def forward(
        self,
        ids: Tensor,
        token_mask: Tensor | None = None,
        *,
        cache: ModelCache | None = None,
        gates: Gates | None = None,
        record: Record | None = None,
    ) -> Tensor:
        """Return the scores of the next token after each token, ``(B, T, V)``.

        Args:
            ids: ``(B, T)``, integers below ``vocab_size``; with a cache, the new tokens only.
            token_mask: ``(B, T)``, bool, True = a real token. Unless given, all but ``pad_id`` are real.
            cache: from :meth:`new_cache`; what is computed for these tokens is added to it.
            gates, record: see :class:`EncoderOnly`.

        Raises:
            TypeError: wrong dtypes.
            ValueError: wrong shapes or devices, ids out of range, or more than ``max_length`` tokens.
        """
        start = 0 if cache is None else cache.length
        self._check_ids("ids", ids, self.config.vocab_size, start)
        if cache is not None:
            cache.check_fits(len(ids), len(self.decoder.layers))
        token_mask = self._token_mask(ids, token_mask)
        trace = self._trace(record, gates)
        x = trace.at("decoder").note("embedding", self.embedding(ids, start=start))  # (B, T, D)
        x = self.decoder(x, token_mask=token_mask, cache=cache, trace=trace.at("decoder"))  # (B, T, D)
        return trace.note("logits", self.logits(x))  # (B, T, V)


class EncoderDecoder(Transformer):
    """Reads one text, the source, and writes another, the target: the Transformer of 2017.

    Args:
        config: the shape of the model.
        generator: draws the first weights; torch's global one unless given.

    Attributes:
        source_embedding: the source's own embedding; None if it is the target's.

    Source: Vaswani et al. (2017), section 3, figure 1.

    Example:

        >>> config = TransformerConfig(vocab_size=11, d_model=6, n_heads=3, n_layers=2, d_ff=8, max_length=5)
        >>> model = EncoderDecoder(config, generator=torch.Generator().manual_seed(0))
        >>> model(torch.tensor([[3, 1, 4, 1]]), torch.tensor([[2, 7]])).shape
        torch.Size([1, 2, 11])
    """

    def __init__(self, config: TransformerConfig, *, generator: torch.Generator | None = None) -> None:
        super().__init__(config)
        shared = config.tie_embeddings and config.source_vocab_size is None
        self.source_embedding = None if shared else Embedding(config, config.source_vocab_size)
        self.encoder = Encoder(config)
        self.decoder = Decoder(config, n_layers=config.n_decoder_layers)
        self.initialize(generator)

    def new_cache(self) -> ModelCache:
        """Return an empty cache for this model's decoder."""
        return ModelCache(len(self.decoder.layers))

    def forward(
        self,
        source: Tensor,
        target: Tensor,
        source_mask: Tensor | None = None,
        target_mask: Tensor | None = None,
        *,
        gates: Gates | None = None,
        record: Record | None = None,
    ) -> Tensor:
        """Return the scores of the next token after each token of the target, ``(B, T, V)``.

        Args:
            source: ``(B, S)``, integers.
            target: ``(B, T)``, integers: what is written so far, beginning with a start token.
            source_mask, target_mask: ``(B, S)`` and ``(B, T)``, bool, True = a real token. Unless given, all but
                ``pad_id`` are real.
            gates, record: see :class:`EncoderOnly`.

        Raises:
            TypeError: wrong dtypes.
            ValueError: wrong shapes or devices, ids out of range, or more than ``max_length`` tokens.
        """
        memory = self.encode(source, source_mask, gates=gates, record=record)  # (B, S, D)
        source_mask = self._token_mask(source, source_mask)
        return self.decode(target, memory, source_mask, target_mask=target_mask, gates=gates, record=record)

    def encode(
        self,
        source: Tensor,
        source_mask: Tensor | None = None,
        *,
        gates: Gates | None = None,
        record: Record | None = None,
    ) -> Tensor:
        """Return the memory, a vector for each token of the source, ``(B, S, D)``. Arguments: see :meth:`forward`."""
        self._check_ids("source", source, self.config.source_vocab_size or self.config.vocab_size)
        source_mask = self._token_mask(source, source_mask)
        mask = None if source_mask is None else source_mask[:, None, None, :]  # (B, 1, 1, S)
        trace = self._trace(record, gates).at("encoder")
        embedding = self.embedding if self.source_embedding is None else self.source_embedding
        memory: Tensor = self.encoder(trace.note("embedding", embedding(source)), mask, trace=trace)  # (B, S, D)
        return memory

    def decode(
        self,
        target: Tensor,
        memory: Tensor,
        source_mask: Tensor | None = None,
        *,
        target_mask: Tensor | None = None,
        cache: ModelCache | None = None,
        gates: Gates | None = None,
        record: Record | None = None,
    ) -> Tensor:
        """Return the scores of the next token after each token of the target, ``(B, T, V)``.

        Args:
            target: ``(B, T)``, integers; with a cache, the new tokens only.
            memory: ``(B, S, D)``, from :meth:`encode`. A cache keeps its keys and values after the first call.
            source_mask: ``(B, S)``, True = a real token of the source. Here all are real unless it is given.
            target_mask, gates, record: see :meth:`forward`.
            cache: from :meth:`new_cache`; what is computed for these tokens is added to it.
        """
        start = 0 if cache is None else cache.length
        self._check_ids("target", target, self.config.vocab_size, start)
        if cache is not None:
            cache.check_fits(len(target), len(self.decoder.layers))
        target_mask = self._token_mask(target, target_mask)
        if memory.dim() != 3 or memory.shape[-1] != self.config.d_model:
            raise ValueError(f"memory must be (B, S, {self.config.d_model}), got shape {tuple(memory.shape)}")
        if len(memory) != len(target):
            raise ValueError(f"target has a batch of {len(target)} but memory has shape {tuple(memory.shape)}")
        if source_mask is not None:
            check_token_mask(source_mask, memory[..., 0])
        memory_mask = None if source_mask is None else source_mask[:, None, None, :]  # (B, 1, 1, S)
        trace = self._trace(record, gates)
        x = trace.at("decoder").note("embedding", self.embedding(target, start=start))  # (B, T, D)
        x = self.decoder(
            x, memory, token_mask=target_mask, memory_mask=memory_mask, cache=cache, trace=trace.at("decoder")
        )  # (B, T, D)
        return trace.note("logits", self.logits(x))  # (B, T, V)
