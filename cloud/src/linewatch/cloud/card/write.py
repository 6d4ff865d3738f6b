"""Writes a card: one HTML file that needs nothing else, and Markdown with its pictures beside it."""

from pathlib import Path

from linewatch.cloud.card.card import Card
from linewatch.cloud.charts.page import page_environment
from linewatch.cloud.errors import CloudError
from linewatch.compiler.writable import check_writable
from linewatch.protos.staging import is_here, staged

HTML, MARKDOWN, PICTURES = "card.html", "card.md", "pictures"
_FILES = {HTML, MARKDOWN, PICTURES}


def check_card_place(folder: Path) -> None:
    """Refuse a folder that holds something else than a card, or that cannot be written.

    Raises:
        CloudError: it does, it is a file, or the disk refused.
    """
    if is_here(folder):
        raise CloudError(f"{folder} is the folder you work in: give another one with --card")
    if folder.exists() and not (folder.is_dir() and {path.name for path in folder.iterdir()} <= _FILES):
        raise CloudError(f"{folder} is not a model card and would be lost: give another folder with --card")
    try:
        check_writable(folder)
    except OSError as error:
        raise CloudError(
            f"cannot write the model card to {folder}: {error.strerror}; name another by --card"
        ) from error


def write_card(folder: Path, card: Card) -> None:
    """Write the card to `folder`, all of it or nothing; one that stands there is replaced.

    Raises:
        CloudError: the folder holds something else, or the disk refused.
    """
    check_card_place(folder)
    environment = page_environment("linewatch.cloud.card")
    try:
        with staged(folder) as staging:
            (staging / PICTURES).mkdir()
            for name, data in picture_files(card).items():
                (staging / PICTURES / name).write_bytes(data)
            for name in (HTML, MARKDOWN):
                text = environment.get_template(f"{name}.j2").render(card=card)
                (staging / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CloudError(f"cannot write the model card to {folder}: {error.strerror or error}") from error


def picture_files(card: Card) -> dict[str, bytes]:
    """The files beside the Markdown, by name."""
    charts = {"roc.svg": card.roc, "roc-few-alarms.svg": card.roc_of_few_alarms, "front.svg": card.front}
    charts |= {f"scores-{subject}.svg": chart for subject, chart in card.histograms.items()}
    files = {name: chart.encode() for name, chart in charts.items() if chart}
    for row, shown in enumerate(card.shown):
        for place, exhibit in enumerate(shown.exhibits):
            files[f"{row}-{place}.jpg"] = exhibit.picture_jpeg
            files[f"{row}-{place}-heat.jpg"] = exhibit.heat_jpeg
    return files
