"""Which version is spoken after which answer."""

from linewatch.edge.publish.dialect import Dialect, Version


def spoken(dialect: Dialect) -> Version:
    return dialect.version


def test_a_broker_that_refuses_version_5_gets_3_1_1_at_once() -> None:
    dialect = Dialect("auto")
    assert spoken(dialect) == Version.V5
    assert dialect.refused()
    assert spoken(dialect) == Version.V311
    assert not dialect.refused()


def test_silence_makes_it_try_the_other_until_one_was_accepted() -> None:
    dialect = Dialect("auto")
    assert dialect.guessing()
    dialect.silent()
    assert spoken(dialect) == Version.V311
    dialect.silent()
    assert spoken(dialect) == Version.V5
    dialect.accepted()
    assert not dialect.guessing()
    dialect.silent()
    assert spoken(dialect) == Version.V5


def test_a_version_that_was_asked_for_stays() -> None:
    dialect = Dialect("5")
    dialect.silent()
    assert not dialect.refused()
    assert not dialect.guessing()
    assert spoken(dialect) == Version.V5
