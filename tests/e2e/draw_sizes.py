"""Draw the picture and write the table of the README from sizes that an e2e run measured.

    SCAFFOLD_E2E_RECORD=tests/e2e/sizes.json .ci/test -m e2e -k budget --numprocesses 0
    .venv/bin/python -m tests.e2e.draw_sizes

The record is kept beside this script, so that the numbers of the README can be traced to a run.
"""

from __future__ import annotations

import json
import re
import textwrap
from pathlib import Path
from xml.sax.saxutils import escape

from scaffold.languages import LANGUAGES

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RECORD = HERE / "sizes.json"
PICTURE = ROOT / ".github" / "image-sizes.svg"
README = ROOT / "README.md"

_WIDTH, _LEFT, _ROW, _BAR = 760, 90, 34, 12
_MB = 1_000_000


def draw(sizes: dict[str, dict[str, int]], measured: str) -> str:
    """Return an SVG with two bars a language: what builds it, and what ships.

    Args:
        sizes: by language key, `builder_size` and `final_size` in bytes.
        measured: when and on what they were measured.
    """
    largest = max(size["builder_size"] for size in sizes.values())
    scale = (_WIDTH - _LEFT - 90) / largest
    height = 58 + _ROW * len(sizes) + 40
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}" '
        'font-family="sans-serif" font-size="12" role="img" aria-labelledby="title">',
        '<title id="title">Megabytes of the image that builds each service, and of the image that ships</title>',
        f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
        '<text x="14" y="24" font-size="15" font-weight="bold" fill="#1f2328">MB to build and MB to ship</text>',
        '<rect x="270" y="14" width="12" height="12" fill="#b6c2cf"/>',
        '<text x="288" y="24" fill="#1f2328">builder</text>',
        '<rect x="350" y="14" width="12" height="12" fill="#1a7f37"/>',
        '<text x="368" y="24" fill="#1f2328">shipped</text>',
    ]
    for number, (key, size) in enumerate(sorted(sizes.items(), key=lambda item: item[1]["final_size"])):
        top = 42 + _ROW * number
        parts.append(f'<text x="14" y="{top + 16}" fill="#1f2328">{escape(LANGUAGES[key].title)}</text>')
        for offset, name, colour in ((0, "builder_size", "#b6c2cf"), (_BAR, "final_size", "#1a7f37")):
            length = max(1.0, size[name] * scale)
            parts.append(
                f'<rect x="{_LEFT}" y="{top + offset}" width="{length:.1f}" height="{_BAR - 1}" fill="{colour}"/>'
                f'<text x="{_LEFT + length + 6:.1f}" y="{top + offset + 10}" font-size="10" fill="#57606a">'
                f"{size[name] / _MB:,.1f}</text>"
            )
    for number, line in enumerate(textwrap.wrap(measured, 110)):
        top = height - 26 + 14 * number
        parts.append(f'<text x="14" y="{top}" font-size="10" fill="#57606a">{escape(line)}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def table(sizes: dict[str, dict[str, int]]) -> str:
    """Return the same numbers as a Markdown table."""
    rows = ["| language | builder, MB | shipped, MB | shipped of builder |", "|---|---:|---:|---:|"]
    for key, size in sorted(sizes.items(), key=lambda item: item[1]["final_size"]):
        builder, final = size["builder_size"], size["final_size"]
        rows.append(f"| {LANGUAGES[key].title} | {builder / _MB:,.1f} | {final / _MB:,.1f} | {final / builder:.1%} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    """Rewrite the picture, and the part of the README between the two marks."""
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    sizes = record["languages"]
    measured = (
        f"Measured {record['measured']} on {record['machine']} and no container registry: "
        "against stand-ins for the official base images, built from Debian packages; real ones differ."
    )
    PICTURE.write_text(draw(sizes, measured), encoding="utf-8")
    text = README.read_text(encoding="utf-8")
    inside = f"<!-- sizes -->\n\n{table(sizes)}\n{measured}\n\n<!-- /sizes -->"
    README.write_text(
        re.sub(r"<!-- sizes -->.*<!-- /sizes -->", lambda _: inside, text, flags=re.DOTALL), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
