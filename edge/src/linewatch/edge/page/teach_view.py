"""The pages on which the device is taught."""

from html import escape

from linewatch.edge.page.facts import Device
from linewatch.edge.page.teaching import Lesson
from linewatch.edge.page.view import framed


def teach_page(device: Device, camera: str, lesson: Lesson | None, reason: str, form_token: str) -> bytes:
    """Asks what a frame shows, or whether to make the change it would teach; `reason` says what went wrong."""
    said = f'<p class="alert" role="alert">{escape(reason)}</p>' if reason else ""
    inner = _begin(camera, form_token, "Take another frame" if lesson else "Take a frame")
    if lesson is not None:
        inner = _frame(lesson) + (_confirm(lesson, form_token) if lesson.proposal else _ask(camera, form_token)) + inner
    body = (
        f'<section class="teach" aria-labelledby="teach"><p><a href="/">Live</a></p>'
        f'<h2 id="teach">Teach by camera {escape(camera)}</h2>{said}{inner}</section>'
    )
    return framed(device, "Teach", body, form_token)


def _frame(lesson: Lesson) -> str:
    verdict = lesson.judged.verdict
    known = f", named {escape(verdict.defect_class)}" if verdict.defect_class else ""
    return (
        f'<figure class="evidence"><img src="/teach/{escape(lesson.camera)}.jpg?{lesson.judged.frame.number}" '
        f'alt="Frame {lesson.judged.frame.number} with its heat map"></figure>'
        f"<p>Score {verdict.score:.2f} of {verdict.threshold:.2f}{known}</p>"
    )


def _ask(camera: str, form_token: str) -> str:
    return (
        f'<form method="post" action="/teach/{escape(camera)}/propose">{_token(form_token)}'
        "<fieldset><legend>What does it show?</legend>"
        '<label><input type="radio" name="kind" value="good" required> Nothing wrong: this is good</label>'
        '<label><input type="radio" name="kind" value="defect"> A defect, called '
        '<input name="name" maxlength="64" aria-label="Name of the defect"></label></fieldset>'
        '<button class="main">See what it would change</button></form>'
    )


def _confirm(lesson: Lesson, form_token: str) -> str:
    assert lesson.proposal is not None
    told = "".join(f"<li>{escape(line)}</li>" for line in lesson.proposal.told)
    doubts = "".join(f'<li class="warn">{escape(line)}</li>' for line in lesson.proposal.warnings)
    return (
        f"<ul>{told}{doubts}</ul>"
        f'<form method="post" action="/teach/{escape(lesson.camera)}/keep">{_token(form_token)}'
        '<label>Why, in your own words <input name="words" maxlength="200"></label>'
        '<button class="main">Teach this</button></form>'
    )


def _begin(camera: str, form_token: str, button: str) -> str:
    return (
        f'<form method="post" action="/teach/{escape(camera)}/begin">{_token(form_token)}'
        '<p class="quiet">The next frame that is judged anomalous is taken; it may take some seconds.</p>'
        f"<button>{button}</button></form>"
    )


def _token(form_token: str) -> str:
    return f'<input type="hidden" name="form_token" value="{escape(form_token)}">'
