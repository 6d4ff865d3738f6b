from linewatch.edge.complaint import Complaint


def test_it_tells_at_once_then_ever_more_seldom_and_once_when_it_is_over() -> None:
    now = [0.0]
    complaint = Complaint(lambda: now[0])
    told = []
    for second in range(8 * 3600):
        now[0] = float(second)
        if complaint.fails():
            told.append(second)
    assert told[:5] == [0, 60, 180, 420, 900]
    assert told[-1] - told[-2] == 3600
    assert complaint.works() == 8 * 3600
    assert complaint.works() == 0
    assert complaint.fails()
