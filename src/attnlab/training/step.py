"""One step of training: predict, compare, follow the gradient."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from attnlab.training.batches import NOT_COUNTED, Batch
from attnlab.training.checkpoint import RunState
from attnlab.training.config import TrainingConfig
from attnlab.training.processes import Processes


def adamw(model: nn.Module, config: TrainingConfig) -> torch.optim.AdamW:
    """Return the optimizer of a run. Biases and norms, which have one axis, do not decay.

    Source: Loshchilov and Hutter, *Decoupled Weight Decay Regularization* (2019), algorithm 2; its other numbers as in
    Vaswani et al. (2017), section 5.3.

    Example: a map's matrix decays, its bias does not.

        >>> config = TrainingConfig(steps=9, tokens_per_batch=9, learning_rate=1e-3, warmup_steps=0, weight_decay=0.1)
        >>> groups = adamw(nn.Linear(3, 2), config).param_groups
        >>> [(group["weight_decay"], [tuple(p.shape) for p in group["params"]]) for group in groups]
        [(0.1, [(2, 3)]), (0.0, [(2,)])]
    """
    parameters = list(model.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=(0.9, 0.98), eps=1e-9, fused=True)


def training_step(
    runner: nn.Module, state: RunState, batch: Batch, config: TrainingConfig, processes: Processes
) -> float:
    """Change the weights once, and return the loss before that in nats a token, over all processes.

    Args:
        runner: the model, or what ``processes.shared`` made of it.
        state: of the run, with the same model. Its step is counted up.
        batch: the whole one, the same in all processes; each computes its share.
        config: how the model is trained.
        processes: those that share the batch.

    Raises:
        ValueError: the loss or the gradient is not finite. The weights are still those of the step before.

    Example: a model with 4 tokens to choose from, which knows nothing yet.

        >>> from attnlab.training.average import WeightAverage
        >>> model = nn.Sequential(nn.Embedding(4, 4), nn.Linear(4, 4))
        >>> _ = [parameter.data.zero_() for parameter in model.parameters()]
        >>> config = TrainingConfig(steps=2, tokens_per_batch=9, learning_rate=0.1, warmup_steps=0)
        >>> state = RunState(model, adamw(model, config), WeightAverage(model, config.average_decay))
        >>> batch = Batch((torch.tensor([[0, 1]]),), answers=torch.tensor([[1, 3]]), tokens=2)
        >>> loss = training_step(model, state, batch, config, Processes("cpu"))
        >>> round(loss, 4), state.step  # log 4
        (1.3863, 1)
    """
    step = state.step + 1
    rate = config.rate(step)
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    torch.manual_seed(_mixed(config.seed, step, processes.rank))  # what this step drops
    mine = batch.share(processes.rank, processes.world).to(processes.device)
    with torch.autocast(processes.device.type, torch.bfloat16, enabled=config.precision == "bfloat16"):
        scores = runner(*mine.inputs)  # (B, T, V)
    total = answer_loss(scores, mine.answers, config.label_smoothing)
    # Several processes average their gradients; the loss of a whole batch is the sum of theirs.
    (total * (processes.world / batch.tokens)).backward()  # type: ignore[no-untyped-call]
    loss = processes.sum(float(total.detach())) / batch.tokens
    length = float(torch.nn.utils.clip_grad_norm_(state.model.parameters(), config.clip_norm))
    if not (math.isfinite(loss) and math.isfinite(length)):
        raise ValueError(f"step {step}: the loss is {loss}, the gradient's length {length}, the learning rate {rate}")
    state.optimizer.step()
    state.optimizer.zero_grad(set_to_none=True)
    state.average.update(state.model, step)
    state.step, state.place = step, state.place + 1
    return loss


def answer_loss(scores: Tensor, answers: Tensor, label_smoothing: float) -> Tensor:
    """Return the cross-entropy in nats, summed over all answers that count.

    Args:
        scores: ``(B, T, V)``; half precision is made float32 first.
        answers: ``(B, T)``, token ids or ``NOT_COUNTED``.
        label_smoothing: the share of the truth that is spread over all tokens.

    Source: Szegedy et al., *Rethinking the Inception Architecture* (2016), section 7.

    Example: two tokens, equally likely: the answer costs ``log 2``, and what does not count costs nothing.

        >>> answer_loss(torch.zeros(1, 2, 2), torch.tensor([[1, NOT_COUNTED]]), label_smoothing=0.0)
        tensor(0.6931)
    """
    return F.cross_entropy(
        scores.flatten(0, 1).to(torch.promote_types(scores.dtype, torch.float32)),  # (B * T, V)
        answers.flatten(),  # (B * T)
        ignore_index=NOT_COUNTED,
        reduction="sum",
        label_smoothing=label_smoothing,
    )


def _mixed(*numbers: int) -> int:
    """A seed made of several numbers: the same for the same ones, and unlike its neighbors."""
    mixed = 0
    for number in numbers:
        mixed = (mixed * 6364136223846793005 + number + 1442695040888963407) % 2**63
    return mixed
