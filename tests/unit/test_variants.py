"""The dictionary of traditional characters."""

from pathlib import Path

import pytest

from attnlab.data.variants import read_variants


def test_the_first_form_is_taken(tmp_path: Path) -> None:
    (tmp_path / "variants.txt").write_text("魚\t鱼\n乾\t干 乾\n", encoding="utf-8")
    assert read_variants(tmp_path / "variants.txt") == {"魚": "鱼", "乾": "干"}


@pytest.mark.parametrize("line", ["條条", "條\t", "條條\t条", "條\t条条"])
def test_a_bad_line_is_told(line: str, tmp_path: Path) -> None:
    (tmp_path / "variants.txt").write_text(f"魚\t鱼\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"variants.txt:2: .* is not a character, a tab and its forms"):
        read_variants(tmp_path / "variants.txt")
