from linewatch.edge.counted import counted


def test_one_is_no_plural() -> None:
    assert [counted(count, "change") for count in (0, 1, 2)] == ["0 changes", "1 change", "2 changes"]
