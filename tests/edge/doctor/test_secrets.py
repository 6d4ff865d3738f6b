from pathlib import Path

import pytest

from edge.certificates import make_certificate
from linewatch.edge.config import EdgeSettings
from linewatch.edge.doctor.finding import Finding, Level
from linewatch.edge.doctor.secrets import look_at_certificates, look_at_secrets


def settings(source: str = "simulated:", **tables: object) -> EdgeSettings:
    return EdgeSettings.model_validate({"cameras": [{"name": "c", "source": source}], **tables}, strict=False)


def page(folder: Path, **files: Path) -> EdgeSettings:
    certificate, key = (folder / name for name in ("box.pem", "box.key"))
    tls = {"certificate_file": certificate, "key_file": key, **files}
    return settings(page={"listen": "127.0.0.1:0", "password_env": "P", "tls": tls})


def only(found: list[Finding], what: str) -> Finding:
    (one,) = [finding for finding in found if finding.what.startswith(what)]
    return one


@pytest.mark.parametrize(
    ("mode", "level"), [(0o600, Level.WELL), (0o640, Level.WELL), (0o644, Level.DOUBT), (0o660, Level.DOUBT)]
)
def test_secrets_that_others_can_read_are_doubted(tmp_path: Path, mode: int, level: Level) -> None:
    (tmp_path / "password").write_text("correct-horse")
    (tmp_path / "password").chmod(mode)
    found = list(look_at_secrets(settings(publish={"username": "b", "password_file": tmp_path / "password"}), None))
    one = only(found, "publish.password_file")
    assert one.level is level
    assert bool(one.advice) == (level is not Level.WELL)
    assert "horse" not in f"{one}"


def test_a_secret_that_is_not_there_is_a_fault(tmp_path: Path) -> None:
    found = list(look_at_secrets(page(tmp_path), None))
    assert only(found, "page.tls.key_file").level is Level.FAULT


def test_a_configuration_with_passwords_of_cameras_is_a_secret_too(tmp_path: Path) -> None:
    config = tmp_path / "edge.toml"
    config.touch(0o644)
    assert list(look_at_secrets(settings(), config)) == []
    assert list(look_at_secrets(settings("rtsp://host/a?channel=1&user=me"), config)) == []
    for source in ("rtsp://me:secret@host/a", "http://host/a?user=me&Password=secret", "http://host/a?usr=me&pwd=b"):
        (found,) = look_at_secrets(settings(source), config)
        assert (found.level, "passwords of cameras" in found.what) == (Level.DOUBT, True)


@pytest.mark.parametrize(
    ("days", "level", "said"),
    [
        (400, Level.WELL, "is valid until"),
        (10.5, Level.DOUBT, "runs out in 10 days"),
        (-1, Level.FAULT, "ran out at"),
    ],
)
def test_certificates_are_renewed_in_time(tmp_path: Path, days: float, level: Level, said: str) -> None:
    make_certificate(tmp_path, days)
    found = list(look_at_certificates(page(tmp_path)))
    one = only(found, "page.tls.certificate_file")
    assert (one.level, said in one.is_) == (level, True)
    assert not [finding for finding in found if finding.what.startswith("page.tls.key_file")]


@pytest.mark.parametrize(
    ("days", "of_authorities", "of_a_chain"),
    [((-1, 400), Level.WELL, Level.FAULT), ((-1, 10), Level.DOUBT, Level.FAULT), ((-1, -2), Level.FAULT, Level.FAULT)],
)
def test_of_authorities_one_that_is_valid_is_enough_and_of_a_chain_all_are_needed(
    tmp_path: Path, days: tuple[float, float], of_authorities: Level, of_a_chain: Level
) -> None:
    """As the list of a distribution, in which some have always run out."""
    made = [make_certificate(tmp_path, one)[0].read_bytes() for one in days]
    (tmp_path / "box.pem").write_bytes(b"".join(reversed(made)))
    broker = settings(publish={"tls": {"ca_file": tmp_path / "box.pem"}})
    assert only(list(look_at_certificates(broker)), "publish.tls.ca_file").level is of_authorities
    assert only(list(look_at_certificates(page(tmp_path))), "page.tls.certificate_file").level is of_a_chain


def test_certificate_and_key_belong_together(tmp_path: Path) -> None:
    make_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, other = make_certificate(tmp_path / "other")
    found = list(look_at_certificates(page(tmp_path, key_file=other)))
    assert only(found, "page.tls.key_file").level is Level.FAULT


def test_a_file_that_is_no_certificate_is_told(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    found = list(look_at_certificates(settings(publish={"tls": {"ca_file": tmp_path / "ca.pem"}})))
    one = only(found, "publish.tls.ca_file")
    assert (one.level, "PEM" in one.is_) == (Level.FAULT, True)
